"""Windows of a crisis that rises for half an hour, fades, and is responded to, for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import floor
from typing import Any

from app.core.crisis import EventType, State
from app.core.event import ClosedWindow, CrisisEvent
from app.core.rules import HOUR_MS, STEP_MS
from tests.unit.report_values import MONDAY_MS, event, window

USUAL = 20.0  # negatives an hour
RISE_H = 0.5
STEPS_AN_HOUR = HOUR_MS // STEP_MS
AT_H = 4.5  # of the response
AT_MS = MONDAY_MS + round(AT_H * HOUR_MS)
BEGAN_MS = MONDAY_MS + STEP_MS


def faded(left: float = 1.0, peak: float = 600.0, half_h: float = 2.0) -> Callable[[float], float]:
    """Return negatives an hour by the hour; from half an hour after the response on ``left`` of
    those beyond the usual come.
    """

    def rate(hour: float) -> float:
        beyond = peak * (hour / RISE_H if hour < RISE_H else 0.5 ** ((hour - RISE_H) / half_h))
        return USUAL + beyond * (left if hour >= AT_H + 0.5 else 1.0)

    return rate


def windows(
    rate: Callable[[float], float], hours: float = AT_H + 4.5, **more: Any
) -> Iterator[ClosedWindow]:
    """Yield windows whose negatives add up to the rate: nothing is left to chance."""
    told, total = 0, 0.0
    for step in range(round(hours * STEPS_AN_HOUR)):
        total += rate((step + 0.5) / STEPS_AN_HOUR) / STEPS_AN_HOUR
        count, told = floor(total) - told, floor(total)
        usual = USUAL / STEPS_AN_HOUR
        fields: dict[str, Any] = {
            "mentions": count + 1,
            "distinct": count + 1,
            "negatives": count,
            "expected_negatives": usual,
            "upper_negatives": usual + 3 * usual**0.5,
        }
        yield window("larkmoor", step, **(fields | more))


def told(*responses_ms: int, **more: Any) -> list[CrisisEvent]:
    """Return a crisis with a note for each of the times, marked as a response."""
    notes = [
        event(
            EventType.ANNOTATED,
            3 + place,
            (at_ms - MONDAY_MS) // 60_000,
            State.OPEN,
            **({"actor": "ann", "note": f"Published, no. {place}.", "response": True} | more),
        )
        for place, at_ms in enumerate(responses_ms)
    ]
    return [
        event(EventType.WATCH, 1, 1, State.WATCH),
        event(EventType.OPENED, 2, 3, State.OPEN),
        *notes,
    ]
