"""C48, C54: what a digest says is what the windows add up to, and what of them is not known."""

from __future__ import annotations

import re
from datetime import date

import pytest

from app.config import Topics
from app.core.crisis import EventType, State
from app.core.digest import Burning, Counts, Digest
from app.core.event import Correction, CrisisEvent
from app.core.mention import Label
from app.metrics import Metrics
from app.report.digest.counted import Counting
from app.report.digest.made import digest_of
from app.report.digest.periods import period_of
from app.report.digest.score import score_of
from app.stream.folding import Folded
from app.stream.telling import Teller
from tests.unit.crisis_streams import Incident, play, shop
from tests.unit.digest_values import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    UTC,
    called_false,
    closed,
    counted,
    crisis,
    edges,
    made,
    told,
)
from tests.unit.folding import closed_windows, crisis_events
from tests.unit.report_values import event


def only(windows: object = (), events: object = (), **more: object) -> Digest:
    (found,) = made(windows, events, **more).digests  # type: ignore[arg-type]
    return found


def day_of_two() -> list[object]:
    """Return a day of two brands: larkmoor 60 distinct mentions of 100, 20 negative, 4 unscored."""
    labels = {"negatives": 5, "neutrals": 6, "positives": 2, "uncertain": 1, "unscored": 1}
    own = [
        closed("larkmoor", hour * HOUR_MS, mentions=16, distinct=15, reach=7, **labels)
        for hour in (3, 9, 10, 20)
    ]
    other = [closed("domarenka", 5 * HOUR_MS, mentions=50, distinct=40, neutrals=40)]
    return [*edges(), *own, *other]


def test_the_counts_are_the_sums_of_the_windows() -> None:
    found = only(day_of_two())
    assert found.counts == Counts(
        mentions=64,
        distinct=60,
        negatives=20,
        neutrals=24,
        positives=8,
        uncertain=4,
        unscored=4,
        reach=28,
    )
    assert found.negative_share is not None
    assert (found.negative_share.value, found.net_sentiment) == (0.3571, -0.2143)  # of 56
    assert found.negative_share.low < 20 / 56 < found.negative_share.high
    assert (found.is_whole, found.notes) == (True, ())


def test_a_window_that_comes_twice_counts_once() -> None:
    windows = day_of_two()
    assert only([*windows, *reversed(windows)]) == only(windows)


def test_the_bounds_of_a_day_are_those_of_its_windows() -> None:
    """A step of 30 seconds is of the day that it begins in; the last one ends with the day."""
    at = (-30_000, 0, DAY_MS - 30_000, DAY_MS)
    found = only([*edges(), *(closed("larkmoor", one, mentions=10) for one in at)])
    assert found.counts is not None
    assert found.before is not None
    assert (found.counts.mentions, found.before.mentions) == (20, 10)


def test_the_change_is_against_the_day_before() -> None:
    before = closed("larkmoor", -3 * HOUR_MS, distinct=50, negatives=5, neutrals=45)
    now = closed("larkmoor", 3 * HOUR_MS, distinct=50, negatives=20, neutrals=30)
    change = only([*edges(), before, now]).change
    assert change is not None
    assert (change.before, change.now, change.change) == (10.0, 40.0, 30.0)
    assert change.low > 0
    assert change.low < 30 < change.high


def test_the_worst_hour_is_counted_from_the_periods_beginning() -> None:
    three, five = ({"distinct": count, "negatives": count} for count in (3, 5))
    loud = [closed("larkmoor", 7 * HOUR_MS + n * MINUTE_MS, **three) for n in (0, 59)]
    other = [closed("larkmoor", 8 * HOUR_MS, **five), closed("larkmoor", 0, **five)]
    hour = only([*edges(), *loud, *other]).worst_hour
    assert hour is not None
    assert (hour.start_ms, hour.negatives) == (START_MS + 7 * HOUR_MS, 6)
    assert only([*edges(), closed("larkmoor", 0)]).worst_hour is None


def test_a_day_without_a_mention_is_zero_where_windows_go_beyond_it() -> None:
    found = only(edges())
    assert (found.counts, found.before, found.is_whole) == (Counts(), Counts(), True)
    assert (found.negative_share, found.change, found.score) == (None, None, None)


def test_a_day_of_which_nothing_is_known_has_no_counts() -> None:
    for windows in ((), [closed("larkmoor", 3 * DAY_MS)]):
        found = only(windows)
        assert (found.counts, found.is_whole, found.share_of_voice) == (None, False, None)
        assert "No window of the period is known" in found.notes[0]


def test_a_day_before_that_is_known_up_to_noon_alone_is_not_told() -> None:
    found = only([closed("larkmoor", -2 * DAY_MS), closed("larkmoor", -DAY_MS // 2)])
    assert (found.before, found.counts, found.change) == (None, None, None)


def test_what_has_expired_is_said() -> None:
    found = only([closed("larkmoor", 6 * HOUR_MS), closed("larkmoor", 2 * DAY_MS)])
    assert (found.known_from_ms, found.is_whole) == (START_MS + 6 * HOUR_MS, False)
    assert (found.before, found.change) == (None, None)
    assert found.notes[0].startswith("Counted from 2026-03-02 06:00 on: windows before have")
    assert found.notes[1].startswith("The day before is not known in full, so no change is told")


def test_what_is_not_judged_yet_is_said() -> None:
    found = only([closed("larkmoor", -2 * DAY_MS), closed("larkmoor", 6 * HOUR_MS - 30_000)])
    assert (found.known_to_ms, found.is_whole) == (START_MS + 6 * HOUR_MS, False)
    assert found.notes[0].startswith("Counted until 2026-03-02 06:00: the last window")


def test_another_partition_s_windows_do_not_make_a_day_whole() -> None:
    counting = Counting(period_of("day", date(2026, 3, 2), UTC))
    for one in edges():
        counting.read(one, partition=1)
    counting.read(closed("larkmoor", 6 * HOUR_MS), partition=0)
    found = digest_of("larkmoor", counting, told(()))
    assert (found.is_whole, found.is_voice_whole) == (False, False)
    assert found.known_from_ms == START_MS + 6 * HOUR_MS
    assert "windows of some brands are missing" in found.notes[-1]
    counting.begins(0, START_MS - 2 * DAY_MS)  # older ones are there, and were not read
    assert digest_of("larkmoor", counting, told(())).known_from_ms == START_MS


def test_labels_that_people_corrected_stand_beside_the_counts() -> None:
    def corrected(number: int, hours: int, start_hours: float, label: Label) -> CrisisEvent:
        return event(
            EventType.CORRECTED,
            0,
            0,
            State.QUIET,
            id=f"k{number}-{hours}",
            crisis_id="",
            time_ms=START_MS + hours * HOUR_MS,
            correction=Correction(
                mention_id=f"m{number}",
                label=label,
                before=Label.NEGATIVE if label is not Label.NEGATIVE else Label.NEUTRAL,
                start_ms=round(START_MS + start_hours * HOUR_MS),
            ),
        )

    events = [
        corrected(1, 10, 3, Label.NEUTRAL),
        corrected(2, 11, 9, Label.POSITIVE),
        corrected(3, 12, 10, Label.NEGATIVE),
        corrected(3, 13, 10, Label.NEUTRAL),  # and back again: still one mention
        corrected(3, 14, 10, Label.NEGATIVE),
        corrected(4, 12, 3.5, Label.NEUTRAL),  # no window is there
        corrected(5, 30, 3, Label.NEUTRAL),  # after the day's end
    ]
    found = only(day_of_two(), events)
    assert (found.corrected, found.corrected_negatives) == (3, -1)
    assert found.counts == only(day_of_two()).counts
    assert "add corrected_negatives" in found.notes[-1]


def test_the_share_of_voice_is_of_all_brands() -> None:
    found = made(day_of_two(), brands=("larkmoor", "domarenka")).digests  # type: ignore[arg-type]
    shares = [one.share_of_voice or 0 for one in found]
    assert [one.voice_distinct for one in found] == [100, 100]
    assert shares == [0.6, 0.4]
    assert all(one.is_voice_whole for one in found)


def test_what_is_left_out_is_in_no_share_of_voice() -> None:
    counting = Counting(period_of("day", date(2026, 3, 2), UTC), frozenset({"squall-canary"}))
    for one in (*edges(), closed("larkmoor", 0), closed("squall-canary", 0, distinct=9)):
        counting.read(one)
    assert counting.all_distinct() == 1
    assert counting.brands == {"larkmoor"}


def test_the_worked_example_of_the_score() -> None:
    """docs/digest.md does this sum by hand; here it is done of the record's own fields."""
    windows = [*edges(), closed("larkmoor", HOUR_MS, distinct=405, negatives=60, unscored=5)]
    found = only(windows, crisis("c1", 10 * HOUR_MS))
    assert found.counts is not None
    assert found.score is not None
    assert found.known_from_ms is not None
    assert found.known_to_ms is not None
    scored = found.counts.distinct - found.counts.unscored
    sentiment = 100 * (1 - found.counts.negatives / scored)
    burning = found.burning
    assert (burning.warning_ms, burning.error_ms, burning.critical_ms) == (0, HOUR_MS, 3 * HOUR_MS)
    spent_ms = 0.25 * burning.warning_ms + 0.5 * burning.error_ms + burning.critical_ms
    calm = 100 * (1 - spent_ms / (found.known_to_ms - found.known_from_ms))
    assert (found.score.sentiment, found.score.calm) == (round(sentiment, 2), round(calm, 2))
    assert found.score.value == round(0.6 * found.score.sentiment + 0.4 * found.score.calm, 1)
    assert (found.score.sentiment, found.score.calm, found.score.value) == (85.0, 85.42, 85.2)


def test_each_severity_has_its_weight_in_calm() -> None:
    """Of ten hours: four at 0.25, two at 0.5, three at 1."""
    burning = Burning(warning_ms=4 * HOUR_MS, error_ms=2 * HOUR_MS, critical_ms=3 * HOUR_MS)
    found = score_of(Counts(distinct=10), burning, 10 * HOUR_MS)
    assert found is not None
    assert (found.sentiment, found.calm, found.value) == (100.0, 50.0, 80.0)


def test_a_score_is_of_what_is_known() -> None:
    """Half a day with a crisis of four hours weighs twice as much as a whole one."""
    half = [closed("larkmoor", -2 * DAY_MS), closed("larkmoor", DAY_MS // 2 - 30_000)]
    events = crisis("c1", 2 * HOUR_MS)
    whole = only([*edges(), closed("larkmoor", HOUR_MS)], events).score
    found = only([*half, closed("larkmoor", HOUR_MS)], events).score
    assert whole is not None
    assert found is not None
    assert 100 - found.calm == pytest.approx(2 * (100 - whole.calm), abs=0.02)  # two places


def test_a_false_alarm_costs_no_calm() -> None:
    windows = [*edges(), closed("larkmoor", HOUR_MS)]
    events = [*crisis("c1", 10 * HOUR_MS), called_false("c1", 20 * HOUR_MS)]
    found = only(windows, events)
    assert found.score is not None
    assert (found.score.calm, found.false_alarms, found.behind) == (100.0, 1, None)


def test_the_numbers_are_what_the_metrics_counted() -> None:
    """A detector's own day: every mention and negative that Prometheus has is in the digests."""
    outputs = play(shop(3, [Incident(3, 60, (("payment",),))], hours=72))
    metrics = Metrics("detector", brands=["larkmoor"])
    Teller(metrics, Topics()).partition(0, Folded([], outputs, []), None)
    windows = closed_windows(outputs)
    days = [
        digest_of(
            "larkmoor", counted(windows, day=date(2024, 1, day)), told(crisis_events(outputs))
        )
        for day in (1, 2, 3)
    ]
    counts = [one.counts for one in days if one.counts is not None]
    assert len(counts) == 3

    def counter(name: str) -> float:
        (value,) = re.findall(rf'{name}{{brand="larkmoor"}} (\S+)', metrics.render().decode())
        return float(value)

    assert sum(one.mentions for one in counts) == counter("squall_brand_mentions_total") > 0
    assert sum(one.negatives for one in counts) == counter("squall_brand_negatives_total") > 0
    assert sum(one.distinct for one in counts) == sum(one.distinct for one in windows)
    opened = [one for one in crisis_events(outputs) if one.type is EventType.OPENED]
    assert sum(one.opened for one in days) == len(opened) == 1
