"""Addresses of services that are told of crises: with a host, and without a password in them."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.config.kafka import is_loopback


def address(value: str | None) -> str | None:
    """Return an address without a slash at its end; ValueError, with the remedy, for what is none
    or holds a password.
    """
    if value is None:
        return None
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be an http or https address")
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "must not hold a user name or password; use alertmanager_token or webhook_secret"
        )
    return value.rstrip("/")


def is_clear(url: str | None) -> bool:
    """Tell whether what goes there could be read on the way, this machine's own loopback aside."""
    parts = urlsplit(url or "")
    return parts.scheme == "http" and not is_loopback(parts.hostname or "")
