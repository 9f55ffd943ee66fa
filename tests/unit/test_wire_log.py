"""The log's records: exact bytes, stable ids, and refusals."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.core.mention import Label, Rejected, RejectReason
from app.core.record import Command, Heartbeat, LogRecord, Origin, ScoredMention
from app.errors import InternalError
from app.wire import log
from app.wire.message import Message

MENTION = ScoredMention(
    brand="żabka",
    mention_id="twitter:1",
    origin=Origin(topic="mentions", partition=3, offset=41),
    event_time_ms=1_772_442_900_250,
    label=Label.NEGATIVE,
    probabilities=(0.9123, 0.07, 0.0177),
    model="m@1",
    fingerprint="0f1e2d3c4b5a6978",
    author="8f14e45fceea167a",
    source="social",
)
HEARTBEAT = Heartbeat(
    topic="mentions", partition=0, partitions=4, time_ms=None, is_caught_up=True, at_ms=1_000
)
COMMAND = Command(
    id="c-1",
    brand="acme",
    action="resolve",
    actor="ann",
    at_ms=1_772_443_000_000,
    origin=Origin(topic="crisis.commands", partition=0, offset=7),
)

POSSIBLE: dict[type, LogRecord] = {
    ScoredMention: MENTION,
    Heartbeat: HEARTBEAT,
    Command: COMMAND,
}


def header(message: Message, name: str) -> str:
    return dict(message.headers)[name].decode()


def refusal(value: bytes | None, *headers: tuple[str, bytes | None]) -> RejectReason | None:
    answer = log.decode(value, headers)
    return answer.reason if isinstance(answer, Rejected) else None


def test_a_mention_is_these_bytes() -> None:
    message = log.encode(MENTION)
    assert message.key == "żabka".encode()
    assert (
        message.value
        == (
            '{"brand":"żabka","mention_id":"twitter:1","origin":{"topic":"mentions","partition":3,'
            '"offset":41},"event_time_ms":1772442900250,"label":"negative",'
            '"probabilities":[0.9123,0.07,0.0177],"model":"m@1","fingerprint":"0f1e2d3c4b5a6978",'
            '"author":"8f14e45fceea167a","source":"social"}'
        ).encode()
    )
    assert message.headers == (
        ("ce_specversion", b"1.0"),
        ("ce_id", header(message, "ce_id").encode()),
        ("ce_type", b"squall.mention.scored.v1"),
        ("ce_source", b"/squall/scorer"),
        ("ce_time", b"2026-03-02T09:15:00.250Z"),
        ("ce_subject", "żabka".encode()),
        ("content-type", b"application/json"),
    )


def test_a_heartbeat_has_neither_key_nor_subject() -> None:
    message = log.encode(HEARTBEAT)
    assert message.key is None
    assert b'"time_ms":null' in (message.value or b"")
    assert "ce_subject" not in dict(message.headers)
    assert header(message, "ce_type") == "squall.heartbeat.v1"


def test_a_command_is_keyed_by_brand_and_leaves_out_what_it_lacks() -> None:
    message = log.encode(COMMAND)
    assert message.key == b"acme"
    assert b"note" not in (message.value or b"")
    assert header(message, "ce_source") == "/squall/router"


def test_the_id_of_a_mention_is_that_of_its_brand_and_origin() -> None:
    first = header(log.encode(MENTION), "ce_id")
    rescored = msgspec.structs.replace(MENTION, model="m@2", label=Label.NEUTRAL)
    assert header(log.encode(rescored), "ce_id") == first
    origin = MENTION.origin
    others = [
        msgspec.structs.replace(MENTION, brand="acme"),
        *(
            msgspec.structs.replace(MENTION, origin=changed)
            for changed in (
                msgspec.structs.replace(origin, topic="mentions2"),
                msgspec.structs.replace(origin, partition=34, offset=1),
                msgspec.structs.replace(origin, offset=42),
            )
        ),
    ]
    ids = {first, *(header(log.encode(other), "ce_id") for other in others)}
    assert len(ids) == 5


def test_ids_do_not_change_between_versions() -> None:
    """An id is a promise to consumers who drop repeats: a new hash would repeat everything once."""
    assert header(log.encode(MENTION), "ce_id") == "f231ab6a00a8eb25b01318ccc292a85b"
    assert header(log.encode(COMMAND), "ce_id") == "beda22c6a1b4f89e5f963179f6b515d1"
    assert header(log.encode(HEARTBEAT), "ce_id") == "c951358c61e301a2e8643dd15083fd5c"


DRAWN = msgspec.structs.replace(
    MENTION,
    themes=("delivery", "price"),
    emotions=("anger", "fear"),
    flags=("injury", "legal"),
    terms=("kettle", "k" * 40, *"abcdefghij"),
    author_kind="customer",
    account_days=0,
    sketch="0b5c1d7e" * 8,
    is_kind_inferred=True,
    negative_errors=(109, 93),
)


@pytest.mark.parametrize("record", [MENTION, DRAWN, HEARTBEAT, COMMAND])
def test_a_record_comes_back(record: Any) -> None:
    message = log.encode(record)
    assert log.decode(message.value, message.headers) == record


@pytest.mark.parametrize(
    "changed",
    [
        msgspec.structs.replace(MENTION, probabilities=(float("nan"), 0.5, 0.5)),
        msgspec.structs.replace(MENTION, probabilities=(float("inf"), 0.0, 0.0)),
        msgspec.structs.replace(MENTION, probabilities=(1.0,)),
        msgspec.structs.replace(MENTION, rating=1.01),
        msgspec.structs.replace(MENTION, reach=-1),
        msgspec.structs.replace(MENTION, event_time_ms=-1),
        msgspec.structs.replace(MENTION, brand=""),
        msgspec.structs.replace(MENTION, origin=Origin(topic="m", partition=0, offset=-1)),
        msgspec.structs.replace(MENTION, themes=("weather",)),
        msgspec.structs.replace(MENTION, themes=("price", "delivery")),
        msgspec.structs.replace(MENTION, themes=("price", "price")),
        msgspec.structs.replace(MENTION, emotions=("joy",)),
        msgspec.structs.replace(MENTION, flags=("scandal",)),
        msgspec.structs.replace(MENTION, flags=("legal", "breach")),
        msgspec.structs.replace(MENTION, flags=("breach", "breach")),
        msgspec.structs.replace(MENTION, emotions=("fear", "anger")),
        msgspec.structs.replace(MENTION, emotions=("fear", "fear")),
        msgspec.structs.replace(MENTION, terms=tuple("abcdefghijklm")),
        msgspec.structs.replace(MENTION, terms=("k" * 41,)),
        msgspec.structs.replace(MENTION, terms=("",)),
        msgspec.structs.replace(MENTION, account_days=-1),
        msgspec.structs.replace(MENTION, sketch="0b5c1d7e2f90aa13"),
        msgspec.structs.replace(MENTION, sketch="0b5c1d7e" * 9),
        msgspec.structs.replace(MENTION, sketch="0B5C1D7E" * 3),
        msgspec.structs.replace(MENTION, account_days=10**9),
        msgspec.structs.replace(MENTION, negative_errors=(1_001, 0)),
        msgspec.structs.replace(MENTION, negative_errors=(0, -1)),
        msgspec.structs.replace(MENTION, label=Label.UNSCORED, negative_errors=(109, 93)),
        msgspec.structs.replace(HEARTBEAT, partition=4),
        msgspec.structs.replace(HEARTBEAT, time_ms=-1),
        msgspec.structs.replace(HEARTBEAT, at_ms=10**17),
        msgspec.structs.replace(COMMAND, brand=""),
        msgspec.structs.replace(COMMAND, at_ms=-1),
    ],
)
def test_an_impossible_record_is_neither_written_nor_read(changed: Any) -> None:
    with pytest.raises(InternalError, match="report it as a bug"):
        log.encode(changed)
    headers = log.encode(POSSIBLE[type(changed)]).headers
    reasons = {RejectReason.BAD_VALUE, RejectReason.WRONG_TYPE}  # a NaN is written as null
    assert refusal(msgspec.json.encode(changed), *headers) in reasons


GOOD = (("ce_specversion", b"1.0"), ("ce_type", b"squall.heartbeat.v1"))
VALUE = log.encode(HEARTBEAT).value


@pytest.mark.parametrize(
    "headers",
    [
        (),
        GOOD[:1],
        GOOD[1:],
        (GOOD[0], ("ce_type", b"squall.heartbeat.v2")),
        (GOOD[0], ("ce_type", b"squall.mention.v1")),
        (GOOD[0], ("ce_type", b"")),
        (GOOD[0], ("ce_type", None)),
        (GOOD[0], ("ce_type", b"\xff")),
        (GOOD[0], ("ce_type", b"squall.heartbeat.v1" + b" " * 256)),
        (("ce_specversion", b"0.3"), GOOD[1]),
        (*GOOD, GOOD[1]),
        (*GOOD, ("ce_type", None)),
        (*GOOD, ("content-type", b"application/avro")),
    ],
)
def test_a_type_or_version_that_is_not_ours_is_an_unknown_schema(
    headers: tuple[tuple[str, bytes | None], ...],
) -> None:
    assert refusal(VALUE, *headers) is RejectReason.UNKNOWN_SCHEMA


@pytest.mark.parametrize(
    "more",
    [
        (("content-type", b"application/json; charset=utf-8"),),
        (("traceparent", b"x" * 1_000_000), ("traceparent", None)),
        tuple((f"h{number}", b"") for number in range(10_000)),
    ],
)
def test_other_headers_change_nothing(more: tuple[tuple[str, bytes | None], ...]) -> None:
    assert log.decode(VALUE, (*more, *GOOD)) == HEARTBEAT


def test_a_value_that_is_none_or_too_long() -> None:
    assert refusal(None, *GOOD) is RejectReason.EMPTY
    assert refusal(b" " * (64 * 1024 + 1), *GOOD) is RejectReason.TOO_LARGE


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b'{"u":' + b"[" * 60_000 + b"}", RejectReason.BAD_JSON),
        (b"\xef\xbb\xbf{}", RejectReason.BAD_JSON),
        (b'{"topic":"\\ud800"}', RejectReason.BAD_JSON),
        (b'{"topic":"\xff"}', RejectReason.BAD_ENCODING),
        (b"{}", RejectReason.MISSING_FIELD),
        (b"[]", RejectReason.NOT_AN_OBJECT),
        (b'{"topic":1}', RejectReason.WRONG_TYPE),
    ],
)
def test_hostile_values(value: bytes, expected: RejectReason) -> None:
    assert refusal(value, *GOOD) is expected


def test_a_refusal_names_the_field_and_quotes_nothing() -> None:
    value = msgspec.json.encode({**msgspec.to_builtins(MENTION), "label": "secret"})
    assert log.decode(value, log.encode(MENTION).headers) == Rejected(
        reason=RejectReason.BAD_VALUE, detail="$.label has an impossible value"
    )
    assert log.decode(b'{"topic":"m"}', GOOD) == Rejected(
        reason=RejectReason.MISSING_FIELD, detail="$.partition is missing"
    )
