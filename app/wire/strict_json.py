"""JSON from strangers: what two parsers could read in two ways, or what costs too much, is refused.

| reason | refused |
|---|---|
| ``empty`` | no value, or an empty one |
| ``too_large`` | more than 64 KiB, looked at before anything is decoded |
| ``bad_encoding`` | not UTF-8 (UTF-16, overlong, raw surrogates), a byte-order mark, |
| | an escaped lone surrogate |
| ``bad_json`` | no JSON, NaN, Infinity, 1e999, an integer past 64 bits, a key twice, |
| | deeper than 16, more than 64 keys in an object, more than 4,096 values |
| ``not_an_object`` | a list or a scalar |
| ``bad_value`` | an escaped NUL, anywhere |
"""

from __future__ import annotations

import json
import math
import re

from app.core.mention import Rejected, RejectReason
from app.wire.refusal import Refusal

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_KEYS = 64
MAX_VALUES = 4_096

_INTEGER_DIGITS = 19  # of 2**63 - 1
_CONFLUENT_MAGIC = 0  # then four bytes of schema id, then the payload
_CONFLUENT_BYTES = 5
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")


def decode(value: bytes | None) -> dict[str, object] | Rejected:
    """Return the object that ``value`` holds, or why it is refused. Never raises."""
    try:
        return read_object(value)
    except Refusal as refusal:
        return refusal.rejected


def read_object(value: bytes | None) -> dict[str, object]:
    """Return the object in ``value``, behind Confluent's 5-byte header or bare. Raises Refusal."""
    text = _text(value)
    if _separators(text) > MAX_VALUES and _separators(_STRING.sub("", text)) > MAX_VALUES:
        raise Refusal(RejectReason.BAD_JSON, f"more than {MAX_VALUES} values")
    document = _loads(text)
    if not isinstance(document, dict):
        raise Refusal(RejectReason.NOT_AN_OBJECT, "the value is JSON but no object")
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_deeper(document, MAX_DEPTH):
        raise _too_deep()
    if _SUSPECT_ESCAPE.search(text):
        _check_characters(document)
    return document


def _text(value: bytes | None) -> str:
    if not value:
        raise Refusal(RejectReason.EMPTY, "the record has no value")
    if len(value) > MAX_BYTES:
        raise Refusal(RejectReason.TOO_LARGE, f"the value is longer than {MAX_BYTES} bytes")
    payload = value[_CONFLUENT_BYTES:] if value[0] == _CONFLUENT_MAGIC else value
    if not payload:
        raise Refusal(RejectReason.EMPTY, "the record has a schema id and nothing behind it")
    if payload.startswith(b"\xef\xbb\xbf"):
        raise Refusal(RejectReason.BAD_ENCODING, "the value begins with a byte-order mark")
    if 0 in payload[:2]:
        raise Refusal(RejectReason.BAD_ENCODING, "the value looks like UTF-16 or UTF-32")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(RejectReason.BAD_ENCODING, f"no UTF-8 at byte {error.start}") from None


def _separators(text: str) -> int:
    """Return how many values ``text`` holds, or a little less, if no string holds such signs."""
    return text.count(",") + text.count("[") + text.count("{")


def _loads(text: str) -> object:
    try:
        document: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise Refusal(RejectReason.BAD_JSON, f"no JSON at character {error.pos}") from None
    except RecursionError:
        raise _too_deep() from None
    return document


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(pairs) > MAX_KEYS:
        raise Refusal(RejectReason.BAD_JSON, f"an object has more than {MAX_KEYS} keys")
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Refusal(RejectReason.BAD_JSON, "an object has a key twice")
    return document


def _integer(digits: str) -> int:
    if len(digits) <= _INTEGER_DIGITS + 1:
        number = int(digits)
        if -(2**63) <= number < 2**63:
            return number
    raise Refusal(RejectReason.BAD_JSON, "an integer does not fit into 64 bits")


def _number(digits: str) -> float:
    number = float(digits)
    if math.isfinite(number):
        return number
    raise Refusal(RejectReason.BAD_JSON, "a number is too large for a float")


def _constant(_name: str) -> float:
    raise Refusal(RejectReason.BAD_JSON, "NaN and Infinity are no JSON")


def _too_deep() -> Refusal:
    return Refusal(RejectReason.BAD_JSON, f"nested deeper than {MAX_DEPTH}")


def _is_deeper(document: object, depth: int) -> bool:
    level = [document]
    for _ in range(depth):
        level = [child for node in level for child in _children(node) if _is_container(child)]
        if not level:
            return False
    return True


def _is_container(node: object) -> bool:
    return isinstance(node, dict | list)


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def _check_characters(document: object) -> None:
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            _check_string(node)
        else:
            waiting.extend(_children(node))
            waiting.extend(node if isinstance(node, dict) else ())


def _check_string(text: str) -> None:
    if "\0" in text:
        raise Refusal(RejectReason.BAD_VALUE, "a string holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refusal(RejectReason.BAD_ENCODING, "a string holds a lone surrogate") from None
