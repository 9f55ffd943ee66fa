"""A detector of River on trial, before it may stand in a process: what the settings ask for.

It has to give the same scores from the same counts, whether its process was restarted meanwhile or
not, and to see a tenfold rise in them at all.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec

from app.core.detector.by_name import NO_PARAMETERS, RATE, NoDetector, maker
from app.core.detector.plugged import FIRST, PluggedDetector, PluggedState
from app.core.window import BLOCK_STEPS, BLOCKS

LENGTH: Final = 2 * FIRST + 24  # blocks: it is made twice in them
RESTARTS: Final = FIRST + 100
USUAL, RISE = 6, 10
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(PluggedState)


@cache
def fault_of(name: str, parameters: str = NO_PARAMETERS) -> str | None:
    """Return what is wrong with a detector and what to do, None when it may be used.

    >>> fault_of("river.anomaly.GaussianScorer") is None
    True
    """
    if name == RATE:
        return f"{RATE} takes no parameters: remove them" if parameters != NO_PARAMETERS else None
    try:
        maker(name, parameters)
        scores, seen = _scores(name, parameters, restarts=False)
        again, _ = _scores(name, parameters, restarts=True)
    except NoDetector as error:
        return str(error)
    except Exception as error:
        return (
            f"{name} with {parameters} failed on counts of a trial ({type(error).__name__}: {error}"
            "): choose other parameters, or another detector"
        )
    if scores != again:
        return f"{name} scores the same counts otherwise after a restart: choose another detector"
    if seen <= max(scores[FIRST:]):
        return (
            f"{name} with {parameters} sees no tenfold rise in a trial of {LENGTH} blocks: choose"
            " other parameters, or another detector"
        )
    return None


def _scores(name: str, parameters: str, *, restarts: bool) -> tuple[list[float], float]:
    """Return the statistic of each of the usual blocks, and that of a rise after them."""
    detector, values, found = PluggedDetector(name, parameters), list[int](), list[float]()
    for place in range(LENGTH):
        if restarts and place == RESTARTS:
            stored = _decoder.decode(_encoder.encode(detector.state))
            detector = PluggedDetector(name, parameters, state=stored)
        values.append(_drawn(place))
        verdict = detector.judge((place + 1) * BLOCK_STEPS, _windows(values), values[-1])
        found.append(verdict.statistic)
        detector.note(verdict)
        detector.learn((place + 1) * BLOCK_STEPS, _windows(values), 1.0)
    values += [RISE * USUAL] * BLOCKS
    end = (LENGTH + BLOCKS) * BLOCK_STEPS
    return found, detector.judge(end, _windows(values), values[-1]).statistic


def _windows(values: list[int]) -> tuple[int, ...]:
    return values[-1], sum(values[-3:]), sum(values[-BLOCKS:]), sum(values[-72:])


def _drawn(place: int) -> int:
    """Return a count around the usual one, as if drawn: the sum of four digits of a hash."""
    number = (place + 1) * 2_654_435_761 % 2**32
    return sum(number >> shift & 3 for shift in (28, 22, 16, 10))
