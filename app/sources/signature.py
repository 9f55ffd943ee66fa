"""Who may send: a bearer token, or a signature of the body, compared in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_PREFIX: Final = "sha256="
_HEX_DIGITS: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Guard:
    """Knows a hook's secret. ``signature_header`` None: a bearer token is asked for.

    The signature is HMAC-SHA256 of the body, in hex or base64, ``sha256=`` before it or not; with
    a ``timestamp_header`` of what that header holds and the body, one behind the other.
    """

    secret: bytes
    signature_header: str | None = None
    timestamp_header: str | None = None

    @property
    def needs_body(self) -> bool:
        return self.signature_header is not None

    def lets_in(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Tell whether a request comes from who knows the secret; without a body by its token."""
        if self.signature_header is None:
            scheme, _, token = headers.get("Authorization", "").partition(" ")
            given = token.strip().encode("utf-8", "surrogateescape")
            return scheme.lower() == "bearer" and hmac.compare_digest(given, self.secret)
        signed = body
        if self.timestamp_header is not None:
            time = headers.get(self.timestamp_header, "")
            if not time:
                return False
            signed = time.encode("utf-8", "surrogateescape") + body
        expected = hmac.new(self.secret, signed, hashlib.sha256).digest()
        return hmac.compare_digest(_digest(headers.get(self.signature_header, "")), expected)


def _digest(text: str) -> bytes:
    """Return the digest that a header holds, no bytes when it holds none."""
    bare = text.strip().removeprefix(_PREFIX)
    try:
        if len(bare) == _HEX_DIGITS:
            return bytes.fromhex(bare)
        return base64.b64decode(bare, validate=True)
    except (ValueError, binascii.Error):
        return b""
