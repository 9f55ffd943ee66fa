"""RFC 3339 times to milliseconds since 1970-01-01T00:00:00Z and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FORM = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_SECOND = slice(17, 19)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000


def parse_ms(text: str) -> int | None:
    """Return the time in ms, finer digits cut off; None if it is no RFC 3339 time with an offset.

    A leap second (23:59:60 UTC) is the first second of the next day.
    """
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    if form["second"] == "60":
        before_ms = parse_ms(f"{text[: _SECOND.start]}59{text[_SECOND.stop :]}")
        after_ms = None if before_ms is None else before_ms + 1000
        return after_ms if after_ms is not None and after_ms % _DAY_MS < 1000 else None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:  # the thirtieth of February, hour 24, offset +24:00
        return None
    return (moment - _EPOCH) // _MILLISECOND


def format_ms(time_ms: int) -> str:
    """Return ``time_ms`` as UTC with exactly three decimal places: ``2026-02-03T04:05:06.789Z``.

    Raises OverflowError outside the years 1 to 9999.
    """
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"
