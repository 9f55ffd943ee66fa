"""Signatures of the Standard Webhooks specification 1.0.0 (standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

PREFIX: Final = "whsec_"
LEAST_BYTES: Final = 24


def key_of(secret: str) -> bytes:
    """Return the key: what ``whsec_`` and base64 stand for, any other secret as it is.

    Raises ValueError where ``whsec_`` is not followed by base64, or the key is under 24 bytes.

    >>> key_of("whsec_" + "YWJj" * 8)[:3], key_of("a long enough secret of mine")[:6]
    (b'abc', b'a long')
    """
    try:
        is_coded = secret.startswith(PREFIX)
        key = base64.b64decode(secret[len(PREFIX) :], validate=True) if is_coded else None
    except binascii.Error:
        raise ValueError(f"is not base64 after {PREFIX}") from None
    found = secret.encode() if key is None else key
    if len(found) < LEAST_BYTES:
        raise ValueError(f"is shorter than {LEAST_BYTES} bytes")
    return found


def signature(key: bytes, identity: str, seconds: str, body: bytes) -> str:
    """Return the header ``webhook-signature``: HMAC-SHA256 of id, time and body, in base64."""
    signed = b".".join((identity.encode(), seconds.encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"
