"""No bytes make `wire.mention.parse` raise, and what it accepts comes back from `encode`."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.event_time import event_time_ms
from app.core.mention import Label, Mention, Rejected, RejectReason
from app.core.record import Origin, ScoredMention
from app.wire import log, strict_json
from app.wire import mention as wire
from tests.wire_values import MENTIONS

MANY = settings(max_examples=5_000, derandomize=True, deadline=None, database=None)
SOME = settings(max_examples=500, derandomize=True, deadline=None, database=None)
VALID = (
    b'{"id":"twitter:1","text":"R\xc3\xb3\xc5\xbca \\ud83d\\ude00","brand":"ACME","reach":12,'
    b'"published_at":"2026-03-02T09:15:00.5+01:00","url":"https://x.example/1","source":"review",'
    b'"author":{"followers":3},"rating":{"value":4.5,"scale":5},'
    b'"sentiment":{"label":"negative","probabilities":[0.9,0.1,0],"model":"m"}}'
)
FIELDS = tuple(json.loads(VALID))
SURROGATES = st.characters(categories=["Cs"])
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters() | SURROGATES | st.just("\0"), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=6,
)


def is_answer(answer: object) -> bool:
    return isinstance(answer, Mention) or (
        isinstance(answer, Rejected) and answer.reason in RejectReason and bool(answer.detail)
    )


@MANY
@given(st.binary(max_size=400))
def test_any_bytes_get_an_answer(value: bytes) -> None:
    assert is_answer(wire.parse(value))


@MANY
@given(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.integers(0, 7)), max_size=6))
def test_flipped_bits_get_an_answer(flips: list[tuple[int, int]]) -> None:
    value = bytearray(VALID)
    for position, bit in flips:
        value[position] ^= 1 << bit
    answer = wire.parse(bytes(value))
    assert is_answer(answer)
    if isinstance(answer, Mention):
        assert wire.parse(wire.encode(answer)) == answer


@SOME
@given(st.sampled_from(FIELDS), JSON)
def test_any_json_in_any_field_gets_an_answer(field: str, value: Any) -> None:
    document = {**json.loads(VALID), field: value}
    answer = wire.parse(json.dumps(document).encode())
    assert is_answer(answer)
    if isinstance(answer, Mention):
        assert wire.parse(wire.encode(answer)) == answer


@SOME
@given(st.sampled_from(FIELDS), st.booleans(), st.binary(max_size=4))
def test_a_rejection_never_quotes_the_input(field: str, is_listed: bool, tail: bytes) -> None:
    secret = "secret of the author\x00"
    document = {**json.loads(VALID), field: [secret] if is_listed else secret, secret: 1}
    answer = wire.parse(json.dumps(document).encode() + tail)
    assert isinstance(answer, Rejected)
    assert "secret" not in answer.detail


@SOME
@given(MENTIONS)
def test_a_mention_comes_back_equal_and_in_the_same_bytes(mention: Mention) -> None:
    value = wire.encode(mention)
    parsed = wire.parse_counted(value)
    assert parsed == wire.Parsed(mention=mention, unknown_fields=0)
    assert wire.encode(mention) == value


@SOME
@given(MENTIONS, st.binary(min_size=4, max_size=4))
def test_confluent_framing_changes_nothing(mention: Mention, schema_id: bytes) -> None:
    assert wire.parse(b"\0" + schema_id + wire.encode(mention)) == mention


@SOME
@given(JSON)
def test_strict_json_accepts_no_more_than_plain_json_and_reads_it_alike(document: Any) -> None:
    value = json.dumps({"value": document}).encode()
    answer = strict_json.decode(value)
    if not isinstance(answer, Rejected):
        assert answer == json.loads(value)
        json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()


@SOME
@given(MENTIONS, st.integers(-1, 2**63 - 1))
def test_what_is_accepted_can_be_written_to_the_log(mention: Mention, timestamp_ms: int) -> None:
    """Else one mention would end a scorer again and again."""
    rating = mention.rating
    followers = mention.author.followers if mention.author else None
    sentiment = mention.sentiment
    record = ScoredMention(
        brand=mention.brand or "acme",
        mention_id=mention.id,
        origin=Origin(topic="mentions", partition=0, offset=0),
        event_time_ms=event_time_ms(mention.published_at_ms, timestamp_ms, 300_000),
        label=sentiment.label if sentiment else Label.UNSCORED,
        probabilities=sentiment.probabilities if sentiment else (),
        model=sentiment.model if sentiment else "m",
        fingerprint="f",
        author="a",
        source=mention.source,
        reach=mention.reach or followers or 0,
        rating=rating.value / rating.scale if rating else None,
        excerpt=mention.text,
        url=mention.url,
    )
    message = log.encode(record)
    assert log.decode(message.value, message.headers) == record
