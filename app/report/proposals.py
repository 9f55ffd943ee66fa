"""A higher line for each trigger, made of what people said of its alarms. Proposed, never applied.

The line is the highest that keeps the wanted part of the confirmed alarms, chosen by rank: of T
confirmed ones the next lies at or above the k-th largest with a chance of k / (T + 1), whatever
their distribution (Wilks, Annals of Mathematical Statistics 12, 1941, 91-96), and k is the least
for which that is enough. Where several lines drop the same false ones it is the lowest of them.

What is known is how strongly a trigger fired when the crisis opened, so a line is held against
that. A confirmed crisis below it might still have opened later, and how many did pass it later is
told. A lower line can't be proposed: nobody judged what did not open.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

import msgspec

from app.core.crisis import Judged
from app.core.drivers.shift import wilson
from app.report.alarms import Alarm
from app.report.precision import Precision, detected, names_of, precision_of

WIDEST = 0.2  # of Wilson's interval: 20 points
HIGHEST_SCORE = 0.999  # scores end at 1, and no budget stands for that
BUDGET = "detector.false_alarms_per_week"
BY_BUDGET = frozenset({"reach", "rating_drop", "cascade"})
SCORED = frozenset({"negatives", "negatives_rate"})  # they open with a risen share beside them
COUNTED = {  # unit and setting
    "absolute": ("negatives", "detector.absolute_negatives"),
    "risk_keyword": ("authors", "detector.keyword_authors"),
}


class Standing(NamedTuple):
    """The settings in effect that a proposal speaks of."""

    settings: dict[str, float]  # by name
    deciding: frozenset[str]  # of the detectors' triggers, those that open a crisis


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A setting, as it is and as it would be. ``proposed`` None: the trigger has no line of its
    own, and the setting moves that of others with it.
    """

    setting: str
    now: float
    proposed: float | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A proposed line, in ``unit``: score, authors, negatives, or times the present threshold.

    ``kept`` of the ``confirmed`` reach it; the next does with a chance of ``chance`` at least.
    ``later``: of the others, those that passed it by a later event. ``dropped``: of the ``false``
    ones. ``otherwise``: of these, those that another trigger would have opened all the same.
    """

    at: float
    unit: str
    kept: int
    confirmed: int
    chance: float
    later: int
    dropped: int
    false: int
    otherwise: int


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about one trigger: a ``line``, or ``why`` none is proposed. ``missing``: so many
    more judged alarms are needed, as far as can be told.
    """

    trigger: str
    line: Line | None = None
    change: Change | None = None
    why: str = ""
    missing: int = 0


def proposals(alarms: Sequence[Alarm], keep: float, standing: Standing) -> tuple[Proposal, ...]:
    """Return one proposal a trigger that fired; ``keep``: the part of confirmed alarms to keep,
    below 1.
    """
    own = detected(alarms)
    return tuple(_proposal(name, own, keep, standing) for name in names_of(own))


def missing(confirmed: int, judged: int) -> int:
    """Return how many more judged alarms Wilson's interval needs to be at most ``WIDEST``, when as
    many of them are confirmed as so far; of none, half.
    """
    share = confirmed / judged if judged else 0.5
    needed = max(judged, 1)
    while _width(share, needed) > WIDEST:
        needed += 1
    return needed - judged


def percent(share: float) -> str:
    return f"{100 * share:g} %"


def _width(share: float, judged: int) -> float:
    low, high = wilson(share, judged)
    return high - low


def _proposal(name: str, own: Sequence[Alarm], keep: float, standing: Standing) -> Proposal:
    alarms = [one for one in own if name in one.strengths]
    found = precision_of(name, alarms)
    if not _opens(name, standing):
        return Proposal(trigger=name, why="opens no crisis by itself, so it has no line to move")
    if (why := _too_few(found, keep)) is not None:
        return why
    line = _line(name, alarms, keep, standing)
    if line is None:
        return Proposal(trigger=name, why=f"no line drops a false one and keeps {percent(keep)}")
    change = _change(name, line, standing)
    if change is not None and change.proposed is not None and _is_there(name, change):
        return Proposal(trigger=name, change=change, why="the setting is there already")
    return Proposal(trigger=name, line=line, change=change)


def _opens(name: str, standing: Standing) -> bool:
    return name != "volume" and (name not in SCORED or name in standing.deciding)


def _too_few(found: Precision, keep: float) -> Proposal | None:
    more = missing(found.confirmed, found.judged)
    if more:
        width = 100 * _width(found.confirmed / found.judged, found.judged) if found.judged else 100
        why = f"the interval is {width:.0f} points wide, {100 * WIDEST:.0f} are the most"
        return Proposal(trigger=found.name, why=why, missing=more)
    least = ceil(keep / (1 - keep) - 1e-9)
    if found.confirmed < least:
        why = f"to keep {percent(keep)} it takes {least} confirmed ones"
        return Proposal(trigger=found.name, why=why, missing=least - found.confirmed)
    return None if found.false else Proposal(trigger=found.name, why="no false one to drop")


def _line(name: str, alarms: Sequence[Alarm], keep: float, standing: Standing) -> Line | None:
    real = [one for one in alarms if one.verdict is Judged.CONFIRMED]
    false = [one for one in alarms if one.verdict is Judged.FALSE_POSITIVE]
    ranked = sorted((one.strengths[name] for one in real), reverse=True)
    rank = ceil(keep * (len(real) + 1) - 1e-9)
    highest = ranked[rank - 1]
    if _unit(name) == "score":
        highest = min(highest, HIGHEST_SCORE)
    dropped = [one for one in false if one.strengths[name] < highest]
    if not dropped:
        return None
    passed = max(one.strengths[name] for one in dropped)
    at = min([strength for strength in ranked if strength > passed] + [highest])
    lost = [one for one in real if one.strengths[name] < at]
    return Line(
        at=at,
        unit=_unit(name),
        kept=len(real) - len(lost),
        confirmed=len(real),
        chance=round((len(real) - len(lost)) / (len(real) + 1), 4),
        later=sum(one.later.get(name, 0.0) >= at for one in lost),
        dropped=len(dropped),
        false=len(false),
        otherwise=sum(_opens_otherwise(name, one, standing) for one in dropped),
    )


def _opens_otherwise(name: str, alarm: Alarm, standing: Standing) -> bool:
    """Tell whether another trigger that fired opens by itself; without a risen share no count of
    negatives does.
    """
    others = {one for one in alarm.strengths if one not in (name, "negative_share")}
    if name == "negative_share":
        others -= SCORED
    return any(_opens(one, standing) for one in others)


def _unit(name: str) -> str:
    if name in SCORED:
        return "score"
    return COUNTED[name][0] if name in COUNTED else "times the threshold"


def _change(name: str, line: Line, standing: Standing) -> Change | None:
    if name in COUNTED:
        setting = COUNTED[name][1]
        return Change(setting=setting, now=standing.settings[setting], proposed=line.at)
    if name in SCORED:
        now = standing.settings[BUDGET]
        return Change(setting=BUDGET, now=now, proposed=_up(now * (1 - line.at) / line.at))
    return Change(setting=BUDGET, now=standing.settings[BUDGET]) if name in BY_BUDGET else None


def _is_there(name: str, change: Change) -> bool:
    """Tell whether the setting asks for no less already: a count is a line, a budget the inverse
    of one.
    """
    proposed = change.proposed or 0.0
    return change.now >= proposed if name in COUNTED else change.now <= proposed


def _up(budget: float) -> float:
    """Return a budget with two digits that count, rounded up: a line never higher than meant."""
    step = 10.0 ** (floor(log10(budget)) - 1)
    return round(ceil(budget / step - 1e-9) * step, 6)
