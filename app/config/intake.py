"""Where mentions come from by themselves: webhooks of others, and feeds that are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from app.config.group import Group
from app.errors import ConfigError
from app.sources.mapping import FieldMap, check_place
from app.sources.times import TimeForm

MOST: Final = 200
KEPT_DAYS: Final = 6.0  # the topic mentions keeps a week: what is older could not be told as taken
_SECRET_MAX_BYTES: Final = 4_096
_SECRET_LEAST: Final = 16
_HEADER: Final = r"^[A-Za-z0-9-]{1,100}$"

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Place = Annotated[str, Field(min_length=1, max_length=500)]
Places = Place | tuple[Place, ...]
Fixed = Annotated[str, Field(min_length=1, max_length=500)]
CountedAt = Literal["arrival", "published"]


class MappingSettings(Group):
    """``map``: where a field of a mention stands; ``set``: what it always is."""

    map: dict[str, Places] = Field(default={}, max_length=50)
    set: dict[str, Fixed] = Field(default={}, max_length=50)
    time_format: str | None = None
    time_zone: str | None = None

    def places(self) -> dict[str, tuple[str, ...]]:
        """Return the places of each field, one or several."""
        return {
            name: (found,) if isinstance(found, str) else found for name, found in self.map.items()
        }

    def field_map(self) -> FieldMap:
        """Return it as rows are read with. Raises ValueError for what can't be."""
        times = TimeForm(self.time_format, self.time_zone)
        return FieldMap(places=self.places(), fixed=self.set, times=times)

    def problems(self) -> Iterator[str]:
        try:
            self.field_map()
        except ValueError as error:
            yield f"map: {error}"


class HookSettings(MappingSettings):
    """One receiver, ``POST /in/NAME``: who may send, and what of a body is a mention."""

    auth: Literal["bearer", "hmac-sha256"] = "bearer"
    secret: SecretStr | None = None
    secret_file: Path | None = None  # looked at where it is used: other roles need not have it
    signature_header: str = Field(default="X-Signature", pattern=_HEADER)
    timestamp_header: str | None = Field(default=None, pattern=_HEADER)
    items: str | None = None
    counted_at: CountedAt = "arrival"

    def key(self) -> bytes:
        """Return the secret. Raises ConfigError when its file holds none."""
        if self.secret is not None:
            return self.secret.get_secret_value().encode()
        path = self.secret_file
        try:
            found = b"" if path is None else path.read_bytes().rstrip(b"\r\n")
        except OSError:
            found = b""
        if not _SECRET_LEAST <= len(found) <= _SECRET_MAX_BYTES:
            raise ConfigError(
                f"{path}: holds no secret of {_SECRET_LEAST} to {_SECRET_MAX_BYTES} bytes; "
                "make one with: openssl rand -hex 32"
            )
        return found

    def problems(self) -> Iterator[str]:
        yield from super().problems()
        if (self.secret is None) == (self.secret_file is None):
            yield "secret: give it or secret_file, one of the two; no hook is open to anybody"
        elif self.secret is not None and len(self.secret.get_secret_value()) < _SECRET_LEAST:
            yield f"secret: has fewer than {_SECRET_LEAST} signs; use: openssl rand -hex 32"
        for needed in ("id", "text"):
            if needed not in self.map:
                yield f"map: {needed} is missing; without it a repeated delivery would count again"
        if self.counted_at == "published" and "published_at" not in self.map:
            yield "map: published_at is missing; map it, or take counted_at: arrival"
        if self.items is not None and not self.items.startswith("/"):
            yield "items: is no JSON pointer; write one such as /tickets"
        elif self.items is not None:
            check_place(self.items)


class FeedSettings(Group):
    """One RSS or Atom feed, and what its mentions always are."""

    url: str = Field(max_length=2_048)
    interval_s: float = Field(default=300, ge=5, le=86_400)
    set: dict[str, Fixed] = Field(default={}, max_length=50)
    counted_at: CountedAt = "arrival"

    @field_validator("url")
    @classmethod
    def _check_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an http or https address")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must not hold a user name or password")
        return value

    def problems(self) -> Iterator[str]:
        try:
            FieldMap(fixed=self.set)
        except ValueError as error:
            yield f"set: {error}"
        if own := sorted({"id", "text", "published_at"} & set_of(self.set)):
            yield f"set: {own[0]} is the entry's own; leave it out"


def set_of(mapping: Mapping[str, str]) -> frozenset[str]:
    """Return the keys; in a class with a field ``set`` the type has no name."""
    return frozenset(mapping)


class IntakeSettings(Group):
    """``squall intake``: its receiver of webhooks, and its feeds."""

    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to receive webhooks on; beyond this machine put TLS before it.",
    )
    port: int = Field(default=8088, ge=0, le=65_535, description="Port of /in/NAME, 0 for none.")
    body_max_kib: int = Field(
        default=1_024, ge=1, le=16_384, description="Size of a body; a larger one is answered 413."
    )
    mentions_max: int = Field(
        default=1_000, ge=1, le=10_000, description="Mentions in one body; more are answered 413."
    )
    answer_within_s: float = Field(
        default=8,
        ge=0.5,
        le=60,
        description="Time for the brokers to acknowledge a body's mentions; then 503 is answered.",
    )
    max_age_days: float = Field(
        default=1,
        ge=0.01,
        le=KEPT_DAYS,
        description="What was published longer ago is left out, and counted as old.",
    )
    feed_max_kib: int = Field(
        default=4_096, ge=16, le=65_536, description="Size of a feed; a larger one is not read."
    )
    feed_timeout_s: float = Field(
        default=20, ge=1, le=120, description="Time for one feed to answer as a whole."
    )
    hooks: dict[Name, HookSettings] = Field(
        default={},
        max_length=MOST,
        description="Receivers of webhooks by name; docs/sources.md says what each key means.",
    )
    feeds: dict[Name, FeedSettings] = Field(
        default={},
        max_length=MOST,
        description="RSS and Atom feeds by name; docs/sources.md says what each key means.",
    )
