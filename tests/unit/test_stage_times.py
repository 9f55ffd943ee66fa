"""How long a record took through each stage: told from the broker's time to the end of the work."""

from __future__ import annotations

import re

import msgspec
import pytest

from app.clock import ManualClock
from app.config import Settings, Topics
from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent, CrisisState, Output
from app.inference.hash import HashEngine
from app.metrics import HistogramName, Metrics
from app.stream.folding import Folded
from app.stream.notifier import Notifier, make_sink
from app.stream.records import Record
from app.stream.scorer import Scorer
from app.stream.telling import Teller

NOW_MS = 1_772_366_400_000


def seconds(metrics: Metrics, name: HistogramName) -> tuple[float, float]:
    """Return count and sum of a histogram."""
    text = metrics.render().decode()
    found = [re.search(rf"^{name}_{part} (\S+)$", text, re.MULTILINE) for part in ("count", "sum")]
    count, total = (float(one[1]) for one in found if one is not None)
    return count, total


def a_record(age_s: float, value: bytes = b"{}") -> Record:
    return Record("t", 0, 1, NOW_MS - round(age_s * 1000), b"k", value, ())


def a_window(end_ms: int) -> ClosedWindow:
    counts = dict.fromkeys(
        ("distinct", "positives", "neutrals", "uncertain", "unscored", "reach"), 0
    )
    numbers = dict.fromkeys(("expected_mentions", "severity_score"), 0.0)
    values = {
        "brand": "acme",
        "start_ms": end_ms - 30_000,
        "end_ms": end_ms,
        "mentions": 7,
        "negatives": 3,
        "expected_negatives": 0.5,
        "upper_negatives": 2.5,
        "score": 0.4,
        "state": State.QUIET,
    }
    return msgspec.convert({**counts, **numbers, **values}, ClosedWindow)


def a_crisis(**fields: object) -> CrisisState:
    values = {
        "crisis_id": "c",
        "brand": "acme",
        "state": State.OPEN,
        "severity": Severity.ERROR,
        "seq": 2,
        "watch_since_ms": NOW_MS,
        "opened_ms": NOW_MS + 120_000,
        "updated_ms": NOW_MS + 120_000,
    }
    return msgspec.convert({**values, **fields}, CrisisState)


def an_event(kind: EventType) -> CrisisEvent:
    values = {
        "id": "e",
        "type": kind,
        "brand": "acme",
        "crisis_id": "c",
        "seq": 1,
        "state": State.OPEN,
        "previous_state": State.WATCH,
        "severity": Severity.ERROR,
        "time_ms": NOW_MS,
        "reasons": (),
    }
    return msgspec.convert(values, CrisisEvent)


def test_a_time_that_is_still_to_come_counts_as_zero() -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    metrics.since("squall_folded_after_seconds", NOW_MS + 5_000)
    metrics.since("squall_folded_after_seconds", NOW_MS - 1_500)
    assert seconds(metrics, "squall_folded_after_seconds") == (2, 1.5)


def test_the_detector_tells_of_each_log_record_and_each_judged_step() -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    teller = Teller(metrics, Topics())
    teller.batch([a_record(2), a_record(3)], 0.01)
    teller.partition(0, Folded([], [a_window(NOW_MS - 12_000)], []), None)
    assert seconds(metrics, "squall_folded_after_seconds") == (2, 5)
    assert seconds(metrics, "squall_judged_after_seconds") == (1, 12)


def test_a_window_tells_what_the_brand_had_and_what_was_expected() -> None:
    metrics = Metrics(brands=["acme"], clock=ManualClock(NOW_MS))
    Teller(metrics, Topics()).partition(0, Folded([], [a_window(NOW_MS)], []), None)
    text = metrics.render().decode()
    assert 'squall_brand_mentions_total{brand="acme"} 7.0' in text
    assert 'squall_brand_negatives_total{brand="acme"} 3.0' in text
    assert 'squall_brand_expected_negatives{brand="acme"} 0.5' in text
    assert 'squall_brand_upper_negatives{brand="acme"} 2.5' in text


def test_a_crisis_tells_how_long_its_steps_took_each_once() -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    teller = Teller(metrics, Topics())
    opened: list[Output] = [an_event(EventType.WATCH), an_event(EventType.OPENED), a_crisis()]
    later = a_crisis(updated_ms=NOW_MS + 720_000, state=State.RESOLVED)
    acknowledged: list[Output] = [an_event(EventType.ACKNOWLEDGED), later]
    ended: list[Output] = [an_event(EventType.RESOLVED), later]
    teller.partition(0, Folded([], [*opened, *acknowledged, *ended], []), None)
    assert seconds(metrics, "squall_crisis_opened_after_seconds") == (1, 120)
    assert seconds(metrics, "squall_crisis_acknowledged_after_seconds") == (1, 600)
    assert seconds(metrics, "squall_crisis_recovering_after_seconds") == (0, 0)
    assert seconds(metrics, "squall_crisis_resolved_after_seconds") == (1, 600)


def test_a_watch_that_never_opened_took_no_time() -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    dismissed = a_crisis(opened_ms=None, state=State.DISMISSED)
    outputs: list[Output] = [an_event(EventType.DISMISSED), dismissed]
    Teller(metrics, Topics()).partition(0, Folded([], outputs, []), None)
    assert seconds(metrics, "squall_crisis_resolved_after_seconds") == (0, 0)


async def test_the_scorer_tells_of_each_record_even_a_rejected_one() -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    await Scorer(Settings(), HashEngine(), metrics).handle([a_record(4), a_record(1, b"no JSON")])
    assert seconds(metrics, "squall_scored_after_seconds") == (2, 5)


async def test_the_notifier_tells_only_of_what_the_sink_took() -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    notifier = Notifier(
        Settings(), make_sink(Settings().notifier, metrics), metrics, ManualClock(NOW_MS)
    )
    await notifier.handle([a_record(7)])
    assert seconds(metrics, "squall_notified_after_seconds") == (1, 7)


async def test_an_event_that_a_sink_refuses_is_not_told_as_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics = Metrics(clock=ManualClock(NOW_MS))
    notifier = Notifier(
        Settings(), make_sink(Settings().notifier, metrics), metrics, ManualClock(NOW_MS)
    )

    async def refused() -> None:
        raise OSError("refused")

    monkeypatch.setattr(notifier, "post_due", refused)
    with pytest.raises(OSError, match="refused"):
        await notifier.handle([a_record(7)])
    assert seconds(metrics, "squall_notified_after_seconds") == (0, 0)
