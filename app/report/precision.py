"""How many of the alarms that people judged were real: by trigger, and by severity at opening.

A share is told with Wilson's 95 % interval (JASA 22, 1927, 209-212), so that three of three is not
read as all. Only what was judged counts: that somebody acknowledged or resolved a crisis says that
it was looked at, not that it was one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from app.core.crisis import TRIGGERS, Judged, Severity
from app.core.drivers.shift import wilson
from app.report.alarms import Alarm, Alarms


class Precision(msgspec.Struct, frozen=True, kw_only=True):
    """Of one group of alarms. ``precision`` and its limits are shares, None when none was
    judged.
    """

    name: str
    judged: int
    confirmed: int
    false: int
    unjudged: int
    precision: float | None = None
    low: float | None = None
    high: float | None = None


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """All that people said. ``by_hand``: judged, but opened by a person; ``watches``: judged, but
    never opened; ``without_opening``: the crisis's first events are no longer kept. None of the
    three counts. ``baselines``: detectors and rules that the judged alarms came from.
    """

    first_ms: int | None
    last_ms: int | None
    all: Precision
    triggers: tuple[Precision, ...]
    severities: tuple[Precision, ...]
    by_hand: int
    watches: int
    without_opening: int
    baselines: int


def precision_of(name: str, alarms: Iterable[Alarm]) -> Precision:
    """Return what people said of these alarms; shares are rounded to six places."""
    said = [one.verdict for one in alarms]
    confirmed, false = (said.count(word) for word in (Judged.CONFIRMED, Judged.FALSE_POSITIVE))
    judged = confirmed + false
    found = Precision(
        name=name, judged=judged, confirmed=confirmed, false=false, unjudged=len(said) - judged
    )
    if not judged:
        return found
    low, high = wilson(confirmed / judged, judged)
    return msgspec.structs.replace(
        found, precision=round(confirmed / judged, 6), low=round(low, 6), high=round(high, 6)
    )


def detected(alarms: Iterable[Alarm]) -> list[Alarm]:
    """Return the alarms that the detector itself raised."""
    return [one for one in alarms if not one.is_by_hand]


def names_of(alarms: Sequence[Alarm]) -> list[str]:
    """Return the triggers that fired at an opening: those that are known in their order, others
    after them.
    """
    fired = {name for one in alarms for name in one.strengths}
    return [name for name in TRIGGERS if name in fired] + sorted(fired - set(TRIGGERS))


def verdicts_of(collected: Alarms) -> Verdicts:
    """Return every share that can be told of what was collected."""
    found = collected.found()
    alarms = detected(found)
    judged = [one for one in alarms if one.verdict is not None]
    return Verdicts(
        first_ms=alarms[0].opened_ms if alarms else None,
        last_ms=alarms[-1].opened_ms if alarms else None,
        all=precision_of("all", alarms),
        triggers=tuple(
            precision_of(name, [one for one in alarms if name in one.strengths])
            for name in names_of(alarms)
        ),
        severities=tuple(
            precision_of(severity.value, of)
            for severity in Severity
            if (of := [one for one in alarms if one.severity is severity])
        ),
        by_hand=sum(one.is_by_hand and one.verdict is not None for one in found),
        watches=collected.judged_unopened(is_watch=True),
        without_opening=collected.judged_unopened(is_watch=False),
        baselines=len({one.baseline for one in judged}),
    )


def lines(found: Verdicts) -> list[str]:
    """Return the table for a person, a line each."""
    everything = found.all
    total = everything.judged + everything.unjudged
    shown = [f"{everything.judged} of {total} crises judged{_span(found)}", *_left_out(found), ""]
    shown.append(
        f"{'fired at opening':<18}{'judged':>7}{'real':>7}{'false':>7}{'precision':>11}"
        f"{'95 % interval':>16}{'not judged':>12}"
    )
    shown += [_row(one) for one in (everything, *found.triggers)]
    if found.severities:
        shown += ["opened as", *(_row(one) for one in found.severities)]
    if not everything.judged:
        shown += ["", "Judge crises with `squall crisis confirm ID` and `false-positive ID`."]
    return shown


def _row(one: Precision) -> str:
    share = "" if one.precision is None else f"{one.precision:.1%}"
    limits = "" if one.low is None or one.high is None else f"{one.low:.1%} to {one.high:.1%}"
    return (
        f"{one.name:<18}{one.judged:>7}{one.confirmed:>7}{one.false:>7}{share:>11}"
        f"{limits:>16}{one.unjudged:>12}"
    )


def _span(found: Verdicts) -> str:
    if found.first_ms is None or found.last_ms is None:
        return ""
    first, last = (
        f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d}"
        for ms in (found.first_ms, found.last_ms)
    )
    return f", opened from {first} to {last} (event time, UTC)"


def _left_out(found: Verdicts) -> list[str]:
    told = (
        (found.by_hand, "judged that a person opened"),
        (found.watches, "judged that never opened, a watch"),
        (found.without_opening, "judged whose opening is no longer in the events"),
    )
    return [f"left out: {count} {what}" for count, what in told if count]
