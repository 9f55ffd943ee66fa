"""Times as others write them, to RFC 3339 in UTC: never guessed where the offset is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UNIX: Final = re.compile(r"[0-9]{1,14}(?:\.[0-9]{1,9})?")
_MILLISECONDS_FROM: Final = 100_000_000_000  # as seconds that is the year 5138
_LONGEST: Final = 64


class BadTimeError(ValueError):
    """Raised when something is no time, or says no offset from UTC and no zone was named."""


@dataclass(frozen=True, slots=True)
class TimeForm:
    """How times are written: ``pattern`` in strptime's letters, ``zone`` for those without offset.

    Without a pattern it may be ISO 8601, a mail's date (RFC 5322), or Unix seconds or milliseconds.
    Raises ValueError for a zone that there is not.

    >>> TimeForm(zone="Europe/Warsaw").utc("2026-03-01 10:00")
    '2026-03-01T09:00:00.000Z'
    >>> TimeForm("%d.%m.%Y", "UTC").utc("01.03.2026")
    '2026-03-01T00:00:00.000Z'
    """

    pattern: str | None = None
    zone: str | None = None

    def __post_init__(self) -> None:
        if self.zone is not None:
            _zone(self.zone)

    def utc(self, value: object) -> str:
        """Return the time as UTC with three decimal places. Raises BadTimeError."""
        moment = self._moment(value)
        if moment.tzinfo is None:
            if self.zone is None:
                raise BadTimeError("has no offset from UTC, and no time zone is named")
            moment = moment.replace(tzinfo=_zone(self.zone))
        try:
            return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        except (OverflowError, ValueError):
            raise BadTimeError("lies outside the years 1 to 9999") from None

    def _moment(self, value: object) -> datetime:
        if isinstance(value, datetime):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _unix(float(value))
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise BadTimeError("is no time")
        text = value.strip()
        if self.pattern is not None:
            return _read(text, lambda found: datetime.strptime(found, self.pattern or ""))  # noqa: DTZ007 - the zone comes after
        if _UNIX.fullmatch(text):
            return _unix(float(text))
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return _read(text, parsedate_to_datetime)


def _read(text: str, reader: object) -> datetime:
    try:
        moment: datetime = reader(text)  # type: ignore[operator]
    except (ValueError, TypeError, IndexError, OverflowError):
        raise BadTimeError("is no time, or is written in another form") from None
    return moment


def _unix(number: float) -> datetime:
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise BadTimeError("lies outside the years 1 to 9999") from None


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name[:40]!r} is no time zone; write one such as Europe/Warsaw"
        raise ValueError(message) from None
