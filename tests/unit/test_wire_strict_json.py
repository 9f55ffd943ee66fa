"""Every way in which JSON is refused, at its border."""

from __future__ import annotations

import json

import pytest

from app.core.mention import Rejected, RejectReason
from app.wire.strict_json import MAX_BYTES, decode


def reason(value: bytes | None) -> RejectReason | None:
    answer = decode(value)
    return answer.reason if isinstance(answer, Rejected) else None


def padded(length: int) -> bytes:
    return b'{"text":"' + b"a" * (length - 11) + b'"}'


@pytest.mark.parametrize("length", [MAX_BYTES - 1, MAX_BYTES])
def test_64_kib_are_read(length: int) -> None:
    value = padded(length)
    assert len(value) == length
    assert decode(value) == json.loads(value)


@pytest.mark.parametrize("length", [MAX_BYTES + 1, 900 * 1024])
def test_more_than_64_kib_are_not(length: int) -> None:
    assert reason(padded(length)) is RejectReason.TOO_LARGE
    assert reason(b"\xff" * length) is RejectReason.TOO_LARGE  # before anything is decoded


@pytest.mark.parametrize("value", [None, b"", b"\0\0\0\0\x07"])
def test_nothing_is_empty(value: bytes | None) -> None:
    assert reason(value) is RejectReason.EMPTY


def test_confluent_framing_is_skipped_once() -> None:
    assert decode(b'\0\0\0\0\x07{"a":1}') == {"a": 1}
    assert reason(b'\0\0\0\0\x07\0\0\0\0\x07{"a":1}') is RejectReason.BAD_ENCODING
    assert reason(b'\x01\0\0\0\x07{"a":1}') is RejectReason.BAD_ENCODING
    assert reason(b"\0\0") is RejectReason.EMPTY


def nested(depth: int, opening: str = "[", closing: str = "]") -> bytes:
    return f'{{"a":{opening * (depth - 1)}{closing * (depth - 1)}}}'.encode()


def test_sixteen_levels_are_read() -> None:
    assert reason(nested(16)) is None
    assert reason(b'{"a":' * 15 + b"{}" + b"}" * 15) is None


@pytest.mark.parametrize("depth", [17, 100, 900, 4_000])
def test_more_levels_are_refused_alike(depth: int) -> None:
    answer = decode(nested(depth))
    assert answer == Rejected(reason=RejectReason.BAD_JSON, detail="nested deeper than 16")


def test_unclosed_levels_are_refused() -> None:
    assert reason(nested(30_000)) is RejectReason.BAD_JSON
    assert reason(b"[" * MAX_BYTES) is RejectReason.BAD_JSON
    assert reason(b'{"a":' * 13_000) is RejectReason.BAD_JSON


def test_many_containers_side_by_side_are_no_depth() -> None:
    assert reason(b'{"a":[' + b",".join([b"[]"] * 2_000) + b"]}") is None


def test_a_text_full_of_separators_is_one_value() -> None:
    assert reason(json.dumps({"text": '[{,\\"' * 8_000}).encode()) is None


@pytest.mark.parametrize("item", [b"[]", b"{}", b"1", b'""', b'{"a":1}', b'"a,b"'])
def test_too_many_values_are_refused(item: bytes) -> None:
    answer = decode(b'{"a":[' + b",".join([item] * 4_200) + b"]}")
    assert answer == Rejected(reason=RejectReason.BAD_JSON, detail="more than 4096 values")


@pytest.mark.parametrize(("keys", "expected"), [(64, None), (65, RejectReason.BAD_JSON)])
def test_keys_of_an_object(keys: int, expected: RejectReason | None) -> None:
    inner = {f"k{number}": number for number in range(keys)}
    assert reason(json.dumps(inner).encode()) is expected
    assert reason(json.dumps({"a": [inner]}).encode()) is expected


@pytest.mark.parametrize(
    "value",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"x":{"a":1,"a":2}}',
        b'{"a":NaN}',
        b'{"a":[Infinity]}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":-1e999}',
        b'{"a":9223372036854775808}',
        b'{"a":-9223372036854775809}',
        b'{"a":' + b"9" * 5_000 + b"}",
        b'{"a":1.' + b"9" * 5_000 + b"e400}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":"\n"}',
        b'{"a":"\\x41"}',
        b'{"a":"\\ud8"}',
        b'{"a":1}{"b":2}',
        b'{"a":1',
        b"undefined",
        b"   ",
    ],
)
def test_what_is_no_json_of_ours(value: bytes) -> None:
    assert reason(value) is RejectReason.BAD_JSON


def test_integers_of_64_bits_are_read() -> None:
    value = b'{"most":9223372036854775807,"least":-9223372036854775808,"zero":-0}'
    assert decode(value) == {"most": 2**63 - 1, "least": -(2**63), "zero": 0}


@pytest.mark.parametrize(
    "value",
    [
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        '{"a":1}'.encode("utf-16-le"),
        '{"a":1}'.encode("utf-16-be"),
        '{"a":1}'.encode("utf-32-le"),
        b'{"a":"\xe9"}',
        b'{"a":"\xc0\xaf"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\uDFFF"}',
        b'{"a":"\\ude00\\ud83d"}',
        b'{"a":"\\ud83d","b":"\\ude00"}',
        b'{"\\ud800":1}',
        b'{"a":[{"b":["\\udabc"]}]}',
    ],
)
def test_what_is_no_utf_8(value: bytes) -> None:
    assert reason(value) is RejectReason.BAD_ENCODING


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert decode(b'{"a":"\\ud83d\\ude00","b":"\\\\ud800"}') == {"a": "😀", "b": "\\ud800"}


@pytest.mark.parametrize("value", [b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":[["x\\u0000"]]}'])
def test_an_escaped_nul_is_refused_anywhere(value: bytes) -> None:
    assert reason(value) is RejectReason.BAD_VALUE


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert decode(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


def test_a_raw_nul_is_no_json() -> None:
    assert reason(b'{"a":"x\0"}') is RejectReason.BAD_JSON


@pytest.mark.parametrize("value", [b"[]", b"null", b"true", b"1", b'"a"', b"[" * 16 + b"]" * 16])
def test_other_json_is_no_object(value: bytes) -> None:
    assert reason(value) is RejectReason.NOT_AN_OBJECT
