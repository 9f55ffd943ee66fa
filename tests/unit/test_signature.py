"""Who may send to a hook: tokens and signatures, right, wrong and missing."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from multidict import CIMultiDict

from app.sources.signature import Guard

SECRET = b"0123456789abcdef"
BODY = b'{"id": 1}'
DIGEST = hmac.new(SECRET, BODY, hashlib.sha256).digest()
SIGNED = Guard(secret=SECRET, signature_header="X-Signature")


@pytest.mark.parametrize(
    ("given", "is_in"),
    [
        ("Bearer 0123456789abcdef", True),
        ("bearer 0123456789abcdef ", True),
        ("Bearer 0123456789abcdeX", False),
        ("Bearer ", False),
        ("Basic 0123456789abcdef", False),
        ("0123456789abcdef", False),
        ("Bearer 0123456789abcdef\udce9", False),
        ("", False),
    ],
)
def test_a_token_lets_in_whoever_has_it(given: str, is_in: bool) -> None:
    assert Guard(secret=SECRET).lets_in({"Authorization": given}, b"") is is_in
    assert not Guard(secret=SECRET).lets_in({}, b"")


@pytest.mark.parametrize(
    "given",
    [
        DIGEST.hex(),
        DIGEST.hex().upper(),
        f"sha256={DIGEST.hex()}",
        base64.b64encode(DIGEST).decode(),
    ],
)
def test_a_signature_is_taken_as_others_write_it(given: str) -> None:
    assert SIGNED.lets_in(CIMultiDict({"x-signature": given}), BODY)
    assert not SIGNED.lets_in({"X-Signature": given}, BODY + b" ")


@pytest.mark.parametrize(
    "given", ["", "sha256=", "0" * 64, "z" * 64, "\u0661" * 64, "é", DIGEST.hex()[:-2], "a" * 9_999]
)
def test_what_is_no_signature_of_the_body_is_refused(given: str) -> None:
    assert not SIGNED.lets_in({"X-Signature": given}, BODY)


def test_a_timestamp_is_signed_with_the_body() -> None:
    guard = Guard(secret=SECRET, signature_header="X-Signature", timestamp_header="X-Time")
    digest = hmac.new(SECRET, b"1772359200" + BODY, hashlib.sha256).hexdigest()
    headers = {"X-Signature": digest, "X-Time": "1772359200"}
    assert guard.lets_in(headers, BODY)
    assert not guard.lets_in({**headers, "X-Time": "1772359201"}, BODY)
    assert not guard.lets_in({"X-Signature": digest}, BODY)
    assert not guard.lets_in({"X-Signature": DIGEST.hex(), "X-Time": ""}, BODY)


def test_a_guard_shows_no_secret() -> None:
    assert "0123456789abcdef" not in repr(SIGNED)
