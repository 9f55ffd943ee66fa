"""C26: the same wave counts for more when several kinds of source bring it, and says why."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import msgspec
import pytest

from app.core.crisis import Severity
from app.core.drivers.counterfactual import counterfactuals_of
from app.core.event import CrisisEvent
from app.core.mention import Label, SourceKind
from app.core.record import LogRecord, ScoredMention
from app.core.severity import agreeing
from app.report.arithmetic import contradictions
from tests.unit.driver_facts import fact, window_of
from tests.unit.folding import MONDAY_MS, Stream, crisis_events, fold

WAVE_MS = MONDAY_MS + 40 * 3_600_000
KINDS = [kind.value for kind in SourceKind]
AGREE = "6 kinds of source agree, each with 5 negatives at least"


def a_log(kinds: Sequence[str]) -> list[LogRecord]:
    """Return two days with a wave whose negatives come from these kinds in turn."""
    stream = Stream(1, per_day=900).wave(WAVE_MS, 2, per_hour=40, negative_share=0.6)
    log, numbers = list[LogRecord](), count()
    for record in stream.records(days=2):
        if is_of_wave(record):
            kind = kinds[next(numbers) % len(kinds)]
            log.append(msgspec.structs.replace(record, source=kind))
        else:
            log.append(record)
    return log


def is_of_wave(record: LogRecord) -> bool:
    if not isinstance(record, ScoredMention):
        return False
    return record.event_time_ms >= WAVE_MS and record.label is Label.NEGATIVE


def opened(kinds: Sequence[str]) -> CrisisEvent:
    return next(one for one in crisis_events(fold(a_log(kinds))) if one.type.value == "opened")


def test_six_sources_raise_the_severity_and_one_leaves_it() -> None:
    one, six = opened(["social"]), opened(KINDS)
    assert one.evidence is not None
    assert six.evidence is not None
    assert (one.time_ms, one.evidence.negatives) == (six.time_ms, six.evidence.negatives)
    assert (one.evidence.agreeing_sources, six.evidence.agreeing_sources) == (1, 6)
    assert (one.severity, six.severity) == (Severity.WARNING, Severity.ERROR)
    assert AGREE in six.reasons
    assert not any("kinds of source" in reason for reason in one.reasons)
    assert not list(contradictions(one))
    assert not list(contradictions(six))


def test_an_event_that_claims_fewer_sources_contradicts_itself() -> None:
    six = opened(KINDS)
    assert six.evidence is not None
    fewer = msgspec.structs.replace(six.evidence, agreeing_sources=1)
    reasons = tuple(reason for reason in six.reasons if reason != AGREE)
    told = msgspec.structs.replace(six, evidence=fewer, reasons=reasons)
    assert [one.path for one in contradictions(told)] == ["$.severity"]


@pytest.mark.parametrize(("kinds", "left"), [(3, 2), (4, 3), (1, 0)])
def test_what_is_left_without_the_top_source_is_graded_by_what_agrees_then(
    kinds: int, left: int
) -> None:
    facts = [fact(n, source=KINDS[n % kinds]) for n in range(12 * kinds)]
    asked = list[int]()

    def regrade(kept: float, authors: int, agree: int) -> Severity | None:
        asked.append(agree)
        return Severity.WARNING

    counterfactuals_of(facts, (), window_of(facts), regrade)
    assert asked == [kinds, kinds, kinds, left, kinds]


def test_less_than_five_of_a_source_say_nothing() -> None:
    assert agreeing(["social"] * 99 + ["news"] * 4 + ["forum"] * 4) == 1
