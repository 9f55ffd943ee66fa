"""Finding an author in raw records, by handle and by pseudonym."""

from __future__ import annotations

import json

import pytest

from app.core.fingerprint import author_pseudonym
from app.core.naming import names_author
from app.stream.sought import Sought
from tests.kafka_tools import Headers, Record

PSEUDONYM = author_pseudonym("social", "max.7")
MENTION = {"id": "m1", "text": "late again", "published_at": "2026-03-01T12:00:00Z"}


def a_mention(**fields: object) -> Record:
    return Record(value=json.dumps({**MENTION, **fields}).encode())


def sought(handle: str = "max.7", platform: str | None = "social") -> Sought:
    return Sought(handle, platform, PSEUDONYM)


@pytest.mark.parametrize(
    "record",
    [
        a_mention(author={"id": "max.7"}, platform="social"),
        a_mention(author={"id": "12", "name": "max.7"}, platform="social"),
        a_mention(text="so says @Max.7!"),
        a_mention(author={"id": "a2"}, url="https://social.example/max.7/1"),
        Record(value=b'{"id": "m1", "author": {"id": "max.7"'),
        Record(value=None, key=b"max.7"),
        Record(value=b"{}", headers=(("poster", b"max.7"),)),
    ],
)
def test_a_handle_is_found_wherever_it_stands(record: Record) -> None:
    assert sought().is_named(record)


@pytest.mark.parametrize(
    "record",
    [
        a_mention(author={"id": "max.70"}, platform="social"),
        a_mention(text="climax.7 and max_7"),
        Record(value=None),
    ],
)
def test_a_part_of_a_word_is_no_handle(record: Record) -> None:
    assert not sought().is_named(record)


def test_letters_are_found_as_json_escapes_them() -> None:
    name = "Żółw_1"
    escaped, plain = a_mention(text=f"by {name}"), Record(value=f"by {name}".encode())
    assert b"\\u" in (escaped.value or b"")
    assert sought(name).is_named(escaped)
    assert sought(name).is_named(plain)


@pytest.mark.parametrize(
    ("record", "is_found"),
    [
        (a_mention(author={"id": "7"}, platform="social"), True),
        (Record(value=b"{", key=b"7"), True),
        (a_mention(rating={"value": 7, "scale": 10}, text="7 of 10"), False),
    ],
)
def test_a_short_handle_is_a_whole_string(record: Record, *, is_found: bool) -> None:
    assert sought("7").is_named(record) is is_found


def test_who_is_called_the_same_elsewhere_is_somebody_else_and_told() -> None:
    one = sought()
    assert not one.is_named(a_mention(author={"id": "max.7"}, platform="forum"))
    assert not one.is_named(a_mention(author={"id": "max.7"}))
    assert one.elsewhere == {"forum", "none"}


def test_a_handle_is_no_pattern() -> None:
    assert not sought("ma.*").is_named(a_mention(text="maxim"))
    assert sought("ma.*").is_named(a_mention(text="ma.* it is"))


@pytest.mark.parametrize(
    ("value", "is_found"),
    [
        (PSEUDONYM.encode(), True),
        (b"\x82\xcf" + (int(PSEUDONYM, 16) >> 1).to_bytes(8, "big"), True),
        (b"0" * 16, False),
    ],
)
def test_a_pseudonym_is_found_as_text_and_as_the_state_has_it(
    value: bytes, *, is_found: bool
) -> None:
    assert sought().is_hidden(Record(value=value)) is is_found


@pytest.mark.parametrize(
    ("address", "names", "is_so"),
    [
        ("https://social.example/@Ann.Lee/1", ("ann_lee", None), True),
        ("https://social.example/Ann%20Lee/1", (None, "Ann Lee"), True),
        ("https://social.example/żółw", ("Żółw",), True),
        ("https://social.example/annex/1", ("ann",), False),
        ("https://social.example/1", ("", None, "@"), False),
        ("https://social.example/%ff%", ("ann",), False),
    ],
)
def test_an_address_that_names_its_author_is_known(
    address: str, names: tuple[str | None, ...], *, is_so: bool
) -> None:
    assert names_author(address, names) is is_so


def test_headers_without_a_value_are_read_over() -> None:
    headers: Headers = (("poster", b""),)
    assert not sought().is_named(Record(value=None, headers=headers))
