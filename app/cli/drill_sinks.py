"""When each sink took the newest drill's crisis, as the notifier's own metrics say."""

from __future__ import annotations

import re
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from app.errors import InputError, UnavailableError

LIMIT_S: Final = 10
MOST_BYTES: Final = 16 * 1024 * 1024
_SERIES: Final = re.compile(
    r'^squall_drill_told_after_seconds\{sink="([a-z]+)"\} (\S+)$', re.MULTILINE
)


def told_after_s(url: str) -> dict[str, float]:
    """Return the seconds from a drill's first mention until a sink took its crisis, by kind; those
    that took none are left out.

    Raises UnavailableError when nothing answers there, InputError for what is no address.
    """
    if not url.startswith(("http://", "https://")):
        raise InputError(f"{url[:80]!r} is no http address: give the notifier's, with /metrics")
    try:
        with urlopen(url, timeout=LIMIT_S) as answer:  # noqa: S310 - the scheme is looked at above
            text = answer.read(MOST_BYTES).decode("utf-8", "replace")
    except (URLError, OSError) as error:
        message = f"{url}: {error}; give the address of the notifier's /metrics"
        raise UnavailableError(message) from error
    found = {sink: float(value) for sink, value in _SERIES.findall(text)}
    return {sink: seconds for sink, seconds in found.items() if seconds > 0}
