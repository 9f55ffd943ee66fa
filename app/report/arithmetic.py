"""What an event's numbers say of each other: checks that need the event alone.

A number in an event is rounded, so one that is computed from it is held to the range that the
rounding leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import floor, isfinite, log10

from app.core.cause import Facet
from app.core.crisis import EventType, Severity
from app.core.detector.tail import SMALLEST, sigma, significant, upper_tail
from app.core.event import CrisisEvent, Evidence, Reading
from app.core.evidence import FIRED_SIGMA
from app.core.lifecycle import short_hash
from app.core.severity import RANK, grade
from app.report.differences import Difference

DIGITS = 6  # of an expectation, a dispersion, a probability
SIGMA_ROUNDING = 0.0006  # three places
SHARE_ROUNDING = 0.00006  # four places
PERCENTS_ROUNDING = 0.05
HELD = "held at "  # the reason that counts bots for nothing
SLACK = 1e-6  # relative: another processor's last bits
BEGINNINGS = frozenset({EventType.OPENED, EventType.REOPENED, EventType.RELAPSED})


def contradictions(event: CrisisEvent) -> Iterator[Difference]:
    """Yield each number that does not follow from the others, beside what would."""
    expected_id = short_hash(event.crisis_id, event.seq)
    if event.crisis_id and event.id != expected_id:
        yield Difference(path="$.id", told=event.id, recomputed=expected_id)
    if event.evidence is not None:
        yield from _of_evidence(event.evidence)
        yield from _of_severity(event, event.evidence)


def _of_evidence(evidence: Evidence) -> Iterator[Difference]:
    share = _share(evidence)
    if abs(evidence.negative_share - share) > SHARE_ROUNDING:
        path = "$.evidence.negative_share"
        yield Difference(path=path, told=evidence.negative_share, recomputed=round(share, 4))
    for place, reading in enumerate(evidence.readings):
        yield from _of_reading(reading, f"$.evidence.readings[{place}]")
    for place, facet in enumerate(evidence.drivers.facets if evidence.drivers else ()):
        yield from _of_facet(facet, f"$.evidence.drivers.facets[{place}]")


def _share(evidence: Evidence) -> float:
    scored = evidence.distinct - evidence.unscored
    return evidence.negatives / scored if scored > 0 else 0.0


def _of_reading(reading: Reading, path: str) -> Iterator[Difference]:
    if not (reading.expected > 0 and reading.dispersion > 0 and reading.observed >= 0):
        yield Difference(path=f"{path}.expected", told=reading.expected)
        return
    tails = [
        upper_tail(reading.observed, expected, dispersion)
        for expected, dispersion in product(_range(reading.expected), _range(reading.dispersion))
    ]
    lowest, highest = min(tails) * (1 - SLACK), max(tails) * (1 + SLACK)
    low, high = _range(reading.probability)
    if not (isfinite(lowest) and low <= highest and lowest <= high):
        exact = upper_tail(reading.observed, reading.expected, reading.dispersion)
        told = reading.probability
        yield Difference(path=f"{path}.probability", told=told, recomputed=significant(exact))
    quantiles = [sigma(min(max(one, SMALLEST), 1.0)) for one in (lowest, highest)]
    if not min(quantiles) - SIGMA_ROUNDING <= reading.sigma <= max(quantiles) + SIGMA_ROUNDING:
        exact = round(quantiles[0], 3)
        yield Difference(path=f"{path}.sigma", told=reading.sigma, recomputed=exact)
    is_clear = abs(reading.sigma - FIRED_SIGMA) > SIGMA_ROUNDING
    if is_clear and reading.fired != (reading.sigma > FIRED_SIGMA):
        yield Difference(path=f"{path}.fired", told=reading.fired, recomputed=not reading.fired)


def _of_facet(facet: Facet, path: str) -> Iterator[Difference]:
    total = sum(share.percent for share in facet.shares)
    if abs(total - 100) > PERCENTS_ROUNDING:
        yield Difference(path=f"{path}.shares", told=round(total, 1), recomputed=100)


def _of_severity(event: CrisisEvent, evidence: Evidence) -> Iterator[Difference]:
    """Yield a severity that is not the one of the facts that the event gives as its reasons."""
    strongest = min(
        (one for one in evidence.readings if one.channel == "negatives"),
        key=lambda reading: reading.probability,
        default=None,
    )
    if strongest is None or event.type not in BEGINNINGS:
        return
    sigma_told, agree = strongest.sigma, evidence.agreeing_sources
    graded, facts = grade(evidence.negatives, sigma_told, _share(evidence), agree)
    if any(reason.startswith(HELD) for reason in event.reasons):
        graded = min(graded, _of_others(evidence), key=RANK.__getitem__)
    if set(facts) <= set(event.reasons) and event.severity is not graded:
        yield Difference(path="$.severity", told=event.severity, recomputed=graded)


def _of_others(evidence: Evidence) -> Severity:
    """Return what the event itself says that is left without bots: of a crisis at least a
    warning.
    """
    answers = evidence.drivers.counterfactuals if evidence.drivers else ()
    left = next((one.severity for one in answers if one.without == "bots"), None)
    return left or Severity.WARNING


def _range(told: float) -> tuple[float, float]:
    """Return the least and the greatest number that are told as ``told``."""
    if told <= 0:
        return told, told
    half = 0.5 * 10.0 ** (floor(log10(told)) - DIGITS + 1) * (1 + SLACK)
    return told - half, told + half
