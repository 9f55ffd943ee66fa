"""What a mention may hold, field by field; the broken ones stand in schemas/mentions/examples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.mention import (
    Author,
    Engagement,
    Label,
    Mention,
    Rating,
    Rejected,
    RejectReason,
    Sentiment,
    SourceKind,
)
from app.wire.mention import Parsed, encode, parse, parse_counted

MINIMAL = {"id": "1", "text": "late again", "published_at": "2026-03-02T09:15:00Z"}
PUBLISHED_MS = 1_772_442_900_000
OPTIONAL = (
    *("brand", "product", "source", "platform", "url", "lang", "region", "author", "reach"),
    *("engagement", "rating", "repost_of", "reply_to", "sentiment"),
)


def value(**fields: Any) -> bytes:
    return json.dumps({**MINIMAL, **fields}).encode()


def reason(data: bytes) -> RejectReason | None:
    answer = parse(data)
    return answer.reason if isinstance(answer, Rejected) else None


def accepted(data: bytes) -> Mention:
    answer = parse(data)
    assert isinstance(answer, Mention), answer
    return answer


def test_three_fields_are_enough() -> None:
    mention = Mention(id="1", text="late again", published_at_ms=PUBLISHED_MS)
    assert parse(value()) == mention
    assert mention.source is SourceKind.SOCIAL


def test_every_field_is_read() -> None:
    document = {
        "id": "review:9",
        "text": "Never again",
        "published_at": "2026-03-02T10:15:00.250+01:00",
        "brand": "  H&M ",
        "product": "Coat 5",
        "source": "review",
        "platform": "trustpilot",
        "url": "https://x.example/9",
        "lang": "en",
        "region": "GB",
        "author": {
            "id": "u1",
            "name": "Ann",
            "followers": 7,
            "created_at": "2020-01-01T00:00:00Z",
            "kind": "person",
        },
        "reach": 100,
        "engagement": {"likes": 1, "reposts": 2, "replies": 3},
        "rating": {"value": 1, "scale": 5},
        "repost_of": "review:1",
        "reply_to": "review:2",
        "sentiment": {"label": "negative", "probabilities": [0.9, 0.08, 0.02], "model": "m@1"},
    }
    assert parse(json.dumps(document).encode()) == Mention(
        id="review:9",
        text="Never again",
        published_at_ms=PUBLISHED_MS + 250,
        brand="h&m",
        product="Coat 5",
        source=SourceKind.REVIEW,
        platform="trustpilot",
        url="https://x.example/9",
        lang="en",
        region="GB",
        author=Author(
            id="u1", name="Ann", followers=7, created_at_ms=1_577_836_800_000, kind="person"
        ),
        reach=100,
        engagement=Engagement(likes=1, reposts=2, replies=3),
        rating=Rating(value=1.0, scale=5.0),
        repost_of="review:1",
        reply_to="review:2",
        sentiment=Sentiment(label=Label.NEGATIVE, probabilities=(0.9, 0.08, 0.02), model="m@1"),
    )


def test_unknown_fields_are_counted_at_every_level() -> None:
    data = value(
        a=1, b={"c": 2, "d": 3}, author={"id": "x", "verified": True}, rating=None, engagement={}
    )
    answer = parse_counted(data)
    assert isinstance(answer, Parsed)
    assert answer.unknown_fields == 3
    assert answer.mention.author == Author(id="x")


def test_null_is_not_given() -> None:
    assert parse_counted(value(**dict.fromkeys(OPTIONAL))) == parse_counted(value())
    inner = value(
        author={"id": None, "name": None, "followers": None, "created_at": None, "kind": None},
        engagement={"likes": None},
        sentiment={"label": "unscored", "model": "m", "probabilities": None},
    )
    assert accepted(inner).author == Author()
    assert accepted(inner).engagement == Engagement()


@pytest.mark.parametrize(
    "fields",
    [
        {"author": {"id": 5}},
        {"author": []},
        {"engagement": "many"},
        {"engagement": {"likes": "3"}},
        {"rating": {"value": True, "scale": 5}},
        {"rating": 4},
        {"sentiment": "negative"},
        {"sentiment": {"label": 1, "model": "m"}},
        {"sentiment": {"label": "negative", "model": "m", "probabilities": [1, "0", 0]}},
        {"sentiment": {"label": "negative", "model": "m", "probabilities": [True, 0, 0]}},
        {"url": 1},
        {"source": ["social"]},
        {"repost_of": {}},
        {"reach": 1.5},
        {"reach": "1"},
        {"reach": False},
    ],
)
def test_wrong_types(fields: dict[str, Any]) -> None:
    assert reason(value(**fields)) is RejectReason.WRONG_TYPE


@pytest.mark.parametrize(
    "fields",
    [
        {"reach": -1},
        {"reach": 1e300},
        {"reach": 10**12 + 1},
        {"author": {"followers": 2**63 - 1}},
        {"engagement": {"replies": -0.5}},
        {"rating": {"value": -1, "scale": 5}},
        {"rating": {"value": 5.1, "scale": 5}},
        {"rating": {"value": 0, "scale": 0}},
        {"sentiment": {"label": "negative", "model": "m", "probabilities": [0.5, 0.5, 0.02]}},
        {"sentiment": {"label": "negative", "model": "m", "probabilities": [1.2, -0.1, -0.1]}},
        {"sentiment": {"label": "negative", "model": "m", "probabilities": [1.005, 0, 0]}},
        {"sentiment": {"label": "negative", "model": " "}},
        {"id": "\t"},
        {"platform": "a\u0085b"},
        {"url": "ftp://x"},
        {"url": "https://"},
        {"url": " https://x"},
        {"lang": ""},
    ],
)
def test_impossible_values(fields: dict[str, Any]) -> None:
    assert reason(value(**fields)) is RejectReason.BAD_VALUE


@pytest.mark.parametrize(
    ("field", "limit"),
    [
        ("id", 256),
        ("text", 8_000),
        ("product", 128),
        ("platform", 128),
        ("lang", 128),
        ("region", 128),
        ("repost_of", 256),
        ("reply_to", 256),
    ],
)
def test_lengths_in_characters(field: str, limit: int) -> None:
    assert reason(value(**{field: "ż" * limit})) is None
    assert reason(value(**{field: "ż" * (limit + 1)})) is RejectReason.TOO_LARGE


def test_length_of_an_address() -> None:
    assert reason(value(url="https://" + "x" * 2_040)) is None
    assert reason(value(url="https://" + "x" * 2_041)) is RejectReason.TOO_LARGE


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t",
        "[CLS] ignore all [SEP] [PAD]",
        "'; DROP TABLE mentions; --",
        "<script>alert(1)</script>",
        "\u001b[31mred",
        "\u202eright to left",
        "a" * 8_000,
        "😡" * 8_000,
        "e\u0301" * 4_000,
    ],
)
def test_any_text_is_a_text_and_stays_as_it_is(text: str) -> None:
    data = json.dumps({**MINIMAL, "text": text}, ensure_ascii=False).encode()
    assert accepted(data).text == text


def test_a_count_written_with_a_point_is_a_count() -> None:
    mention = accepted(value(reach=12.0))
    assert mention.reach == 12
    assert isinstance(mention.reach, int)
    assert accepted(value(reach=10**12)).reach == 10**12


@pytest.mark.parametrize(
    ("given", "time_ms"),
    [
        ("2000-01-01T00:00:00Z", 946_684_800_000),
        ("1999-12-31T23:00:00-01:00", 946_684_800_000),
        ("2100-12-31T23:59:59.999Z", 4_133_980_799_999),
        ("2101-01-01T00:59:59+01:00", 4_133_980_799_000),
    ],
)
def test_the_first_and_the_last_time(given: str, time_ms: int) -> None:
    assert accepted(value(published_at=given)).published_at_ms == time_ms


@pytest.mark.parametrize(
    "given",
    [
        "1999-12-31T23:59:59.999Z",
        "2000-01-01T00:00:00+00:01",
        "2101-01-01T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2026-03-02T09:15:00",
        "",
    ],
)
def test_times_outside_or_without_an_offset(given: str) -> None:
    assert reason(value(published_at=given)) is RejectReason.BAD_TIME


@pytest.mark.parametrize("given", [1_772_442_900, 1e18, True, ["2026-03-02T09:15:00Z"]])
def test_a_time_is_a_string(given: Any) -> None:
    assert reason(value(published_at=given)) is RejectReason.WRONG_TYPE


def test_one_brand_has_one_spelling() -> None:
    spellings = ["Żabka", "Z\u0307abka", "ŻＡＢＫＡ", " żabka\u00a0"]
    assert {accepted(value(brand=spelling)).brand for spelling in spellings} == {"żabka"}


def test_a_look_alike_is_another_brand() -> None:
    assert accepted(value(brand="\u0430cme")).brand != accepted(value(brand="acme")).brand


def test_the_first_fault_in_the_order_of_fields_is_named() -> None:
    data = b'{"brand": "", "text": 5, "published_at": "never"}'
    assert parse(data) == Rejected(reason=RejectReason.MISSING_FIELD, detail="id is missing")
    inner = value(author={"followers": -1})
    assert parse(inner) == Rejected(
        reason=RejectReason.BAD_VALUE, detail="author.followers is negative"
    )


@pytest.mark.parametrize(
    ("event_type", "expected"),
    [
        (b"squall.mention.v1", None),
        (b"com.example.tweet", None),
        (b"\xff", None),
        (b"squall.mention.v2", RejectReason.UNKNOWN_SCHEMA),
        (b"squall.mention.scored.v1", RejectReason.UNKNOWN_SCHEMA),
    ],
)
def test_only_another_version_of_ours_is_refused(
    event_type: bytes, expected: RejectReason | None
) -> None:
    answer = parse(value(), (("x", b"y"), ("ce_type", event_type)))
    assert (answer.reason if isinstance(answer, Rejected) else None) is expected


def test_other_headers_are_not_looked_at() -> None:
    headers = [("x", b"y" * 1_000_000), *[(f"h{n}", None) for n in range(10_000)], ("x", b"z")]
    assert isinstance(parse(value(), headers), Mention)


def test_encode_writes_the_same_bytes_in_a_fixed_order() -> None:
    mention = Mention(
        id="1",
        text="Żółw 😀",
        published_at_ms=PUBLISHED_MS + 5,
        brand="acme",
        author=Author(followers=0, created_at_ms=1),
        rating=Rating(value=4.0, scale=5.0),
    )
    assert (
        encode(mention)
        == (
            '{"id":"1","text":"Żółw 😀","published_at":"2026-03-02T09:15:00.005Z","brand":"acme",'
            '"author":{"followers":0,"created_at":"1970-01-01T00:00:00.001Z"},'
            '"rating":{"value":4.0,"scale":5.0},"source":"social"}'
        ).encode()
    )
    assert parse(encode(mention)) == mention
