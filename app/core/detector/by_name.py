"""River's anomaly detectors by name: which there are, and one made with the settings' parameters.

``river.anomaly.GaussianScorer``, or ``anomaly.GaussianScorer`` for short, is the class of that name
that River offers; nothing else can be named, so no setting makes the service import something. A
filter is no detector of its own. What draws gets a seed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import msgspec
import river
from river.base import AnomalyDetector, SupervisedAnomalyDetector

RATE: Final = "rate-1"  # our own, which takes no parameters
LONG: Final = "river.anomaly."
SHORT: Final = "anomaly."
SEED: Final = 1
NO_PARAMETERS: Final = "{}"

Make = Callable[[], Any]


class NoDetector(ValueError):
    """Raised when a name or its parameters make no detector; says what to do."""


@cache
def kinds() -> dict[str, type[Any]]:
    """Return River's detectors by the name of their class, sorted."""
    from river import anomaly  # noqa: PLC0415 - seconds of import, for those who name one

    offered = {name: getattr(anomaly, name) for name in sorted(anomaly.__all__)}
    return {
        name: kind
        for name, kind in offered.items()
        if inspect.isclass(kind) and issubclass(kind, AnomalyDetector | SupervisedAnomalyDetector)
    }


def kind_of(name: str) -> type[Any]:
    """Return the class that ``name`` stands for; raises NoDetector with the names there are."""
    found = kinds()
    plain = name.removeprefix("river.").removeprefix(SHORT)
    if name not in {LONG + plain, SHORT + plain} or plain not in found:
        raise NoDetector(
            f"names no detector: write {RATE}, or {LONG}NAME with NAME one of {', '.join(found)}"
        )
    return found[plain]


@cache
def called(name: str) -> str:
    """Return the name as events tell it, with River's version, which its scores depend on.

    >>> called("anomaly.GaussianScorer").split("@")[0]
    'river.anomaly.GaussianScorer'
    """
    return name if name == RATE else f"{LONG}{kind_of(name).__name__}@{river.__version__}"


@cache
def is_supervised(name: str) -> bool:
    """Tell whether the detector is given its value as a target, beside the features."""
    return issubclass(kind_of(name), SupervisedAnomalyDetector)


@cache
def maker(name: str, parameters: str = NO_PARAMETERS) -> Make:
    """Return what makes a new detector; ``parameters`` is a JSON object.

    Raises NoDetector for a name that is none, a parameter that it does not take, and values that it
    can't be made with.
    """
    kind, given = kind_of(name), msgspec.json.decode(parameters, type=dict[str, Any])
    taken = inspect.signature(kind).parameters
    for parameter in given:
        if parameter not in taken:
            raise NoDetector(
                f"{parameter!r} is no parameter of {kind.__name__}: it takes {', '.join(taken)}"
            )
    if "seed" in taken and not isinstance(given.get("seed"), int):
        given["seed"] = SEED

    def make() -> Any:
        return kind(**msgspec.json.decode(msgspec.json.encode(given)))

    try:
        make()
    except Exception as error:
        raise NoDetector(
            f"{kind.__name__} can't be made with {parameters} ({type(error).__name__}): give"
            f" numbers, texts or lists as River's page of {kind.__name__} has them"
        ) from error
    return make
