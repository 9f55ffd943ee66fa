"""What the canary's brand comes to in the fold, and that it is in no figure of brands or crises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from app.clock import ManualClock
from app.config import CANARY_BRAND, Settings, Topics
from app.core.crisis import EventType, Severity
from app.core.event import CrisisEvent, Late, Output
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.rules import HOUR_MS, Rules
from app.inference.hash import HashEngine
from app.metrics import Metrics
from app.sinks.alert import Alert
from app.stream import receivers as receivers_module
from app.stream.canary import mention as canarys_mention
from app.stream.folding import Folded
from app.stream.notifier import Notifier, make_sink
from app.stream.records import Record
from app.stream.scorer import Scorer
from app.stream.telling import Teller
from app.wire import event as event_wire
from app.wire import state as state_wire
from tests.unit.folding import MONDAY_MS, beat, command, crisis_events, mention

ROUND_MS = 300_000
ROUNDS = 26 * HOUR_MS // ROUND_MS  # past the day in which a crisis is reopened


def the_log(rounds: int, brand: str = CANARY_BRAND) -> Iterator[LogRecord]:
    """Yield what the canary's rounds leave in the log: each minute a mention, and two orders."""
    for number in range(5 * rounds):
        time_ms = MONDAY_MS + number * 60_000 + 15_000
        yield mention(number, time_ms, brand=brand)
        yield beat(time_ms + 50_000)
        if number % 5 == 0:
            yield command(
                2 * number, "open", brand=brand, severity=Severity.WARNING, note="synthetic"
            )
            yield command(2 * number + 1, "resolve", brand=brand)


def folded(rounds: int, brand: str = CANARY_BRAND) -> tuple[PartitionFold, list[Output], list[int]]:
    """Return the fold, what it gave out, and the size of the brand's record after each round."""
    fold, outputs, sizes = PartitionFold(Rules()), list[Output](), list[int]()
    for offset, record in enumerate(the_log(rounds, brand)):
        outputs += fold.apply(offset, record)
        if offset % 12 == 11:
            value = state_wire.encode_brand(fold.brands[brand].state).value
            sizes.append(len(value or b""))
    return fold, outputs, sizes


def test_a_day_of_rounds_is_one_crisis_and_its_record_does_not_grow() -> None:
    _, outputs, sizes = folded(ROUNDS)
    events = [one for one in crisis_events(outputs) if one.crisis_id]
    assert len({event.crisis_id for event in events}) == 1
    kinds = [event.type for event in events]
    assert kinds == [EventType.OPENED, EventType.RESOLVED] + [
        EventType.REOPENED,
        EventType.RESOLVED,
    ] * (ROUNDS - 1)
    assert {event.severity for event in events} == {Severity.WARNING}
    assert len(sizes) == ROUNDS
    assert max(sizes) <= 1.5 * sizes[ROUNDS // 2]


def without_timings(metrics: Metrics) -> list[str]:
    lines = metrics.render().decode().splitlines()
    return [line for line in lines if not line.startswith(("process_", "squall_brands{"))]


def told(brand: str) -> tuple[list[str], list[str]]:
    """Return what a detector shows before and after it told of the brand."""
    fold, outputs, _ = folded(3, brand)
    metrics = Metrics("detector", brands=[brand], clock=ManualClock(MONDAY_MS + HOUR_MS))
    before = without_timings(metrics)
    teller = Teller(metrics, Topics())
    teller.loaded({0: fold})
    teller.partition(0, Folded([], outputs, []), None)
    teller.brands([fold])
    return before, without_timings(metrics)


def test_the_detector_tells_nothing_of_it() -> None:
    before, after = told(CANARY_BRAND)
    assert after == before


def test_the_detector_tells_of_any_other_brand_that_does_the_same() -> None:
    before, after = told("larkmoor")
    changed = {line.partition("{")[0].partition(" ")[0] for line in set(after) - set(before)}
    assert {
        "squall_brand_mentions_total",
        "squall_events_total",
        "squall_judged_after_seconds_count",
        "squall_crisis_resolved_after_seconds_count",
    } <= changed


def test_a_late_one_is_a_dead_letter_like_any_other() -> None:
    metrics = Metrics("detector")
    late: list[Output] = [Late(brand=CANARY_BRAND, lateness_ms=1)]
    Teller(metrics, Topics()).partition(0, Folded([], late, []), None)
    assert b'squall_dead_letters_total{reason="late"} 1.0' in metrics.render()


async def test_the_scorer_counts_it_as_read_and_not_as_a_label() -> None:
    metrics = Metrics("scorer")
    scorer = Scorer(Settings(), HashEngine(), metrics)
    await scorer.handle([Record("t", 0, 1, MONDAY_MS, b"k", canarys_mention(MONDAY_MS), ())])
    lines = metrics.render().decode().splitlines()
    assert 'squall_mentions_total{outcome="scored"} 1.0' in lines
    assert all(line.endswith(" 0.0") for line in lines if line.startswith("squall_scored_total{"))
    assert all(line.endswith(" 0.0") for line in lines if line.startswith("squall_languages_"))
    assert all(line.endswith(" 0.0") for line in lines if line.startswith("squall_sources_"))


class TakesAll:
    """A sink that keeps what it took."""

    def __init__(self) -> None:
        self.taken: list[Alert] = []

    async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        self.taken += alerts
        return alerts


async def test_the_notifier_tells_it_and_does_not_count_it(monkeypatch: pytest.MonkeyPatch) -> None:
    url = {"alertmanager_url": "http://127.0.0.1:9093"}
    for brand, count in ((CANARY_BRAND, "0.0"), ("larkmoor", "2.0")):
        _, outputs, _ = folded(1, brand)
        metrics, taking = Metrics("notifier"), TakesAll()
        monkeypatch.setattr(
            receivers_module, "Alertmanager", lambda *_, taking=taking, **__: taking
        )
        settings = Settings.model_validate({"notifier": url})
        sink = make_sink(settings.notifier, metrics)
        notifier = Notifier(settings, sink, metrics, ManualClock(MONDAY_MS + HOUR_MS))
        for event in crisis_events(outputs):
            await notifier.handle([a_record_of(event)])
        assert [(one.labels["brand"], one.ends_ms is None) for one in taking.taken] == [
            (brand, True),
            (brand, False),
        ]
        series = 'squall_notifications_total{outcome="sent",sink="alertmanager"}'
        assert f"{series} {count}" in metrics.render().decode().splitlines()


def a_record_of(event: CrisisEvent) -> Record:
    message = event_wire.encode(event)
    return Record("t", 0, 1, MONDAY_MS, message.key, message.value, tuple(message.headers))
