"""The windows of one brand around its crisis, with what people corrected since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from app.core.event import ClosedWindow, Correction
from app.core.mention import Label

_FIELDS = {
    Label.NEGATIVE: "negatives",
    Label.NEUTRAL: "neutrals",
    Label.POSITIVE: "positives",
    Label.UNCERTAIN: "uncertain",
    Label.UNSCORED: "unscored",
}


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """Windows in order of time, one a step; ``first_ms`` and ``last_ms``: from when to when any are
    there, also beyond what was asked for. None: there is no window of the brand at all.
    """

    windows: tuple[ClosedWindow, ...] = ()
    first_ms: int | None = None
    last_ms: int | None = None
    corrected: int = 0  # of the mentions counted in these windows

    def between(self, from_ms: int, to_ms: int) -> tuple[ClosedWindow, ...]:
        """Return the windows that begin from ``from_ms`` on and before ``to_ms``."""
        return tuple(one for one in self.windows if from_ms <= one.start_ms < to_ms)

    def covers(self, from_ms: int, to_ms: int) -> bool:
        """Tell whether windows go back to before ``from_ms`` and on to ``to_ms`` or beyond."""
        if self.first_ms is None or self.last_ms is None:
            return False
        return self.first_ms <= from_ms and to_ms <= self.last_ms


class Counting:
    """Takes windows of any brand and time, and keeps those of ``brand`` that overlap ``from_ms`` to
    ``to_ms`` (None: whatever comes). Of a step told twice the first counts.
    """

    def __init__(self, brand: str, from_ms: int, to_ms: int | None) -> None:
        self.brand = brand
        self._from_ms, self._to_ms = from_ms, to_ms
        self._first_ms: int | None = None
        self._last_ms: int | None = None
        self._kept: dict[int, ClosedWindow] = {}

    def read(self, window: ClosedWindow) -> None:
        """Take one more window."""
        if window.brand != self.brand:
            return
        first, last = self._first_ms, self._last_ms
        self._first_ms = window.start_ms if first is None else min(first, window.start_ms)
        self._last_ms = window.end_ms if last is None else max(last, window.end_ms)
        is_before_end = self._to_ms is None or window.start_ms < self._to_ms
        if window.end_ms > self._from_ms and is_before_end:
            self._kept.setdefault(window.start_ms, window)

    def read_all(self, windows: Iterable[ClosedWindow]) -> None:
        """Take all of these."""
        for window in windows:
            self.read(window)

    def counted(self, corrections: Sequence[Correction]) -> Counted:
        """Return what was kept, each mention counted by the last label that a person gave it."""
        kept, moved = dict(self._kept), 0
        for one in corrections:
            # Of a judged step the label before is always known, and another one.
            if one.start_ms in kept and one.before is not None:
                kept[one.start_ms] = _moved(kept[one.start_ms], one)
                moved += 1
        return Counted(
            windows=tuple(kept[start] for start in sorted(kept)),
            first_ms=self._first_ms,
            last_ms=self._last_ms,
            corrected=moved,
        )


def _moved(window: ClosedWindow, one: Correction) -> ClosedWindow:
    counts = {_FIELDS[one.label]: getattr(window, _FIELDS[one.label]) + 1}
    if one.before is not None:
        left = _FIELDS[one.before]
        counts[left] = max(0, getattr(window, left) - 1)
    return msgspec.structs.replace(window, **counts)
