"""What makes a crisis and what does not: rows C07, C15, C18, C19, C21, C22, C25, C29, C36."""

from __future__ import annotations

from random import Random

import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent
from app.core.fingerprint import author_pseudonym, text_fingerprint
from app.core.lifecycle import TRANSITIONS
from app.core.mention import Label
from app.core.record import LogRecord, ScoredMention
from app.core.rules import STEP_MS, Rules
from tests.unit.folding import (
    MONDAY_MS,
    QUICK,
    Stream,
    beat,
    closed_windows,
    crisis_events,
    fold,
    mention,
    moved,
    turns,
    types,
)

HOUR_MS = 3_600_000
CRISIS_MS = MONDAY_MS + 76 * HOUR_MS  # Thursday, four in the morning


def crisis(seed: int = 1) -> Stream:
    return Stream(seed, per_day=300).wave(CRISIS_MS, hours=3, per_hour=40, negative_share=0.9)


def test_a_wave_of_negatives_is_one_crisis_from_watch_to_resolved() -> None:
    assert turns(fold(crisis().records(days=4))) == [
        "warmed",
        "watch",
        "opened",
        "severity_changed",
        "severity_changed",
        "recovering",
        "resolved",
    ]


def test_a_calm_week_has_no_crisis() -> None:
    assert types(fold(Stream(2, per_day=300).records(days=7))) == ["warmed"]


def test_a_loud_joke_is_watched_but_never_opens() -> None:
    """C25: ten times the volume with fewer negatives than usual."""
    joke = Stream(3, per_day=300).wave(CRISIS_MS, hours=4, per_hour=125, negative_share=0.08)
    seen = types(fold(joke.records(days=4)))
    assert seen == ["warmed", "watch", "dismissed"]


def test_numbers_run_without_a_gap_along_the_table() -> None:
    outputs = crisis_events(fold(crisis().records(days=4)))
    course = [event for event in outputs if event.crisis_id]
    assert len({event.crisis_id for event in course}) == 1
    assert [event.seq for event in course] == list(range(1, len(course) + 1))
    assert len({event.id for event in outputs}) == len(outputs)
    for event in course:
        assert TRANSITIONS[event.previous_state, event.type] is event.state


def test_evidence_is_the_sum_of_the_published_windows() -> None:
    """C36: a consumer recomputes what was observed from the closed windows."""
    outputs = fold(crisis().records(days=4))
    windows = closed_windows(outputs)
    checked = 0
    for event in crisis_events(outputs):
        if event.evidence is None:
            continue
        for reading in event.evidence.readings:
            inside = [
                window
                for window in windows
                if reading.start_ms <= window.start_ms and window.end_ms <= reading.end_ms
            ]
            column = "negatives" if reading.channel == "negatives" else "distinct"
            assert sum(getattr(window, column) for window in inside) == reading.observed
            checked += 1
    assert checked >= 40


def test_five_authors_are_the_least() -> None:
    """C18: the same wave from four authors opens nothing."""

    def by_few(records: list[LogRecord], authors: int) -> list[LogRecord]:
        names = [author_pseudonym("social", f"few {n}") for n in range(authors)]
        changed: list[LogRecord] = []
        for number, record in enumerate(records):
            if isinstance(record, ScoredMention) and record.label is Label.NEGATIVE:
                record = ScoredMention(  # noqa: PLW2901
                    **{
                        field: getattr(record, field)
                        for field in record.__struct_fields__
                        if field != "author"
                    },
                    author=names[number % authors],
                )
            changed.append(record)
        return changed

    records = crisis().records(days=4)
    assert "opened" not in types(fold(by_few(records, 4)))
    assert "opened" in types(fold(by_few(records, 5)))


def test_a_warming_brand_opens_only_by_the_absolute_rule() -> None:
    """C19: on the first day a wave of 40 negatives is held, one of 60 opens."""
    cold = Rules(warm_blocks=10_000)

    def first_day(per_hour: int) -> list[str]:
        early = MONDAY_MS + 6 * HOUR_MS
        stream = Stream(4, per_day=100).wave(early, 1, per_hour, negative_share=1.0)
        return types(fold(stream.records(days=0.5), cold))

    assert first_day(30) == []
    assert "opened" in first_day(90)


def test_evidence_says_of_a_brand_that_it_is_warming_until_it_is_learnt() -> None:
    """C19: a consumer sees that what is called usual is a guess."""
    stream = Stream(4, per_day=100).wave(MONDAY_MS + 6 * HOUR_MS, 1, 90, negative_share=1.0)
    stream = stream.wave(CRISIS_MS, 2, 40, negative_share=0.9)
    told = [
        (one.type.value, one.evidence.warming)
        for one in fold(stream.records(days=5), Rules(warm_blocks=150))
        if isinstance(one, CrisisEvent) and one.evidence is not None
    ]
    early = [is_warming for kind, is_warming in told if kind == "opened"]
    assert early == [True, False]


def test_a_blip_of_one_step_is_watched_but_does_not_open() -> None:
    """C21: persistence asks for a sign in a second step within half an hour."""
    calm = Stream(5, per_day=96).records(days=4)
    calm = [r for r in calm if isinstance(r, ScoredMention) and r.event_time_ms < CRISIS_MS]
    blip: list[LogRecord] = [
        mention(90_000 + n, CRISIS_MS + 60_000, label=Label.NEGATIVE) for n in range(12)
    ]
    close: list[LogRecord] = [beat(CRISIS_MS + 5 * HOUR_MS)]
    assert types(fold([beat(None), *calm, *blip, *close])) == ["warmed", "watch", "dismissed"]
    second: list[LogRecord] = [mention(91_000, CRISIS_MS + 300_000, label=Label.NEGATIVE)]
    assert "opened" in types(fold([beat(None), *calm, *blip, *second, *close]))


def test_a_signal_that_flutters_opens_and_resolves_once() -> None:
    """C22: forty bursts in six hours are one crisis."""
    stream = Stream(6, per_day=300)
    for burst in range(40):
        stream.wave(CRISIS_MS + burst * 9 * 60_000, 0.05, per_hour=200, negative_share=0.95)
    seen = types(fold(stream.records(days=5)))
    assert seen.count("opened") == 1
    assert seen.count("resolved") == 1
    assert seen.count("reopened") == 0


def test_a_second_wave_within_a_day_reopens_the_same_crisis() -> None:
    """C34: a relapse keeps the id; the wave of another week is another crisis."""
    again = crisis().wave(CRISIS_MS + 12 * HOUR_MS, 2, per_hour=60, negative_share=0.95)
    events = [event for event in crisis_events(fold(again.records(days=5))) if event.crisis_id]
    assert [event.type for event in events].count(EventType.REOPENED) == 1
    assert len({event.crisis_id for event in events}) == 1
    later = crisis().wave(CRISIS_MS + 72 * HOUR_MS, 3, per_hour=60, negative_share=0.95)
    events = [event for event in crisis_events(fold(later.records(days=8))) if event.crisis_id]
    assert len({event.crisis_id for event in events if event.type is EventType.OPENED}) == 2


@pytest.mark.parametrize(("hours", "per_hour"), [(0.17, 150), (18, 9)])
def test_a_short_burst_and_a_slow_rise_are_both_found(hours: float, per_hour: float) -> None:
    """C16: ten minutes of many, eighteen hours of twice as many negatives."""
    stream = Stream(7, per_day=600).wave(CRISIS_MS, hours, per_hour, negative_share=1.0)
    events = crisis_events(fold(stream.records(days=5)))
    opened = [event for event in events if event.type is EventType.OPENED]
    assert len(opened) == 1
    assert opened[0].evidence is not None
    assert any(reading.fired for reading in opened[0].evidence.readings)
    assert CRISIS_MS < opened[0].time_ms < CRISIS_MS + 18 * HOUR_MS


def test_order_within_the_lateness_changes_nothing() -> None:
    """C07, D2: shuffled by up to eight seconds, the same events and windows to the byte."""
    records = crisis().records(days=4)
    draw = Random(8)
    jitter = {
        id(record): record.event_time_ms + draw.randint(0, 8_000)
        for record in records
        if isinstance(record, ScoredMention)
    }
    arriving = sorted(records[1:-1], key=lambda record: jitter[id(record)])
    shuffled = [moved(record, number) for number, record in enumerate(arriving)]
    assert shuffled != records[1:-1]
    assert fold([records[0], *shuffled, records[-1]]) == fold(records)


def test_late_mentions_are_told_and_named_in_the_next_event() -> None:
    records = crisis().records(days=4)
    stale: list[LogRecord] = [
        mention(500_000 + n, MONDAY_MS + n, label=Label.NEGATIVE) for n in range(7)
    ]
    place = next(
        number
        for number, record in enumerate(records)
        if isinstance(record, ScoredMention) and record.event_time_ms > CRISIS_MS - HOUR_MS
    )
    # Their offsets lie behind, so that what follows does not count as a repeat of them.
    stale = [moved(record, n, topic="x") for n, record in enumerate(stale)]
    outputs = fold(records[:place] + stale + records[place:])
    late = [output for output in outputs if type(output).__name__ == "Late"]
    assert len(late) == 7
    first = next(event for event in crisis_events(outputs) if event.evidence)
    assert first.evidence is not None
    assert first.evidence.late == 7


def test_copies_of_one_text_count_once() -> None:
    """C04: a thousand copies are one distinct negative, and no crisis."""
    copies = text_fingerprint("the same wire story")
    calm = Stream(9, per_day=300).records(days=4)
    calm = [r for r in calm if isinstance(r, ScoredMention) and r.event_time_ms < CRISIS_MS]
    flood: list[LogRecord] = [
        mention(90_000 + n, CRISIS_MS + n * 5_000, label=Label.NEGATIVE, fingerprint=copies)
        for n in range(1_000)
    ]
    outputs = fold([beat(None), *calm, *flood, beat(CRISIS_MS + 5 * HOUR_MS)])
    assert "opened" not in types(outputs)
    inside = [window for window in closed_windows(outputs) if window.start_ms >= CRISIS_MS]
    assert sum(window.mentions for window in inside) == 1_000
    assert sum(window.negatives for window in inside) == 1


def test_a_mention_delivered_twice_counts_once() -> None:
    twice: list[LogRecord] = [beat(None)]
    for number in range(20):
        time_ms = MONDAY_MS + number * 40_000
        twice.append(mention(2 * number, time_ms, mention_id=f"m{number}"))
        twice.append(mention(2 * number + 1, time_ms, mention_id=f"m{number}"))
    outputs = fold([*twice, beat(MONDAY_MS + HOUR_MS)])
    assert sum(window.mentions for window in closed_windows(outputs)) == 20


def test_a_brand_that_holds_too_much_is_judged_early() -> None:
    """The stored record stays bounded while a source partition holds time back."""
    tight = Rules(pending_bytes=1_024)
    records: list[LogRecord] = [beat(None, partitions=2)]
    records += [mention(n, MONDAY_MS + n * STEP_MS // 4) for n in range(200)]
    windows = closed_windows(fold(records, tight))
    assert len(windows) > 30
    assert fold(records, QUICK) == []


def test_severity_is_there_from_the_first_open_event() -> None:
    opened = [e for e in crisis_events(fold(crisis().records(days=4))) if e.state is State.OPEN]
    assert opened[0].severity is not Severity.INFO
    assert opened[-1].severity is Severity.CRITICAL
