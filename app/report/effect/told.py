"""The effect of a response as lines of text."""

from __future__ import annotations

from typing import Final

from app.report.effect.fading import STEADY
from app.report.effect.measured import Course, Effect, Rate, Response, Verdict, time

NO_EXPERIMENT: Final = (
    "What would have come is the course since the peak, back towards the usual by itself. This is"
    " no experiment: what else happened then, the hour of the day too, counts as the response."
)
_SAID: Final = {
    Verdict.FEWER: "fewer negatives came than would have",
    Verdict.MORE: "more negatives came than would have",
    Verdict.NONE: "no effect seen: what came is what would have come, as far as can be told",
    Verdict.UNTOLD: "can't be told",
}


def lines(effect: Effect) -> list[str]:
    """Return what is said of one response, its figures, and what these are."""
    if effect.before is None or effect.after is None:
        return [f"response {whose(effect.response)}", f"  {verdict(effect)}"]
    return [
        f"response {whose(effect.response)}",
        f"  {verdict(effect)}",
        f"  before    {_counted(effect.before)}",
        f"  after     {_counted(effect.after)}",
        *(f"  expected  {course(one)}" for one in effect.courses),
        f"  usual     {effect.usual_an_hour:.3g} an hour; counts vary {effect.dispersion:.2g} times"
        " as much as single mentions would by chance",
    ]


def verdict(effect: Effect) -> str:
    """Return the verdict with its interval, or with what hinders."""
    said = _SAID[effect.verdict]
    if effect.low is None or effect.high is None:
        return f"{said}: {effect.why}"
    return (
        f"{said}; beyond the usual {changed(effect.low)} to {changed(effect.high)}"
        " (95 % interval, both courses)"
    )


def course(one: Course) -> str:
    """Return what one course says would have come."""
    halves = ""
    if one.halves_h is not None:
        halves = f", half of the peak's excess gone in {one.halves_h:.2g} h"
    return (
        f"{one.an_hour:.3g} an hour (95 % interval {one.low:.3g} to {one.high:.3g}) by"
        f" {shape(one.shape)}{halves}: beyond the usual {changed(one.change)}"
    )


def shape(name: str) -> str:
    """Return a shape of fading in words."""
    return "fading steadily" if name == STEADY else "fading ever slower"


def whose(response: Response) -> str:
    """Return when it was, by whom, and what the note says."""
    by = f" by {response.actor}" if response.actor else ""
    step = f", step {response.seq}" if response.seq is not None else ""
    note = f": {' '.join(response.note.split())}" if response.note else ""
    return f"{time(response.at_ms)}{by}{step}{note}"


def changed(part: float) -> str:
    """Return a change as people say it.

    >>> changed(-0.52), changed(0.31), changed(-1.2)
    ('52 % fewer', '31 % more', '120 % fewer')
    """
    return f"{abs(part):.0%}".replace("%", " %") + (" fewer" if part < 0 else " more")


def _counted(rate: Rate) -> str:
    return (
        f"{rate.an_hour:.3g} an hour (95 % interval {rate.low:.3g} to {rate.high:.3g}):"
        f" {rate.negatives} from {time(rate.from_ms)} to {time(rate.to_ms)}"
    )
