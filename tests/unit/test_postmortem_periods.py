"""Before, during and after a crisis, its peak, and what is said of figures that are not whole."""

from __future__ import annotations

import msgspec
import pytest

from app.core.crisis import EventType, State
from app.core.event import Correction, CrisisEvent
from app.core.mention import Label
from app.core.rules import HOUR_MS, STEP_MS
from app.report.postmortem.figures import BINS, shown
from app.report.postmortem.periods import Period, peak_of
from tests.unit.postmortem_values import (
    BEGAN_MS,
    ENDED_MS,
    MINUTE_MS,
    counted,
    gathered,
    hourly,
    made,
    renamed,
    wave,
)
from tests.unit.report_values import MONDAY_MS, event, window
from tests.unit.story_values import steps


def corrected(number: int, step: int | None, before: Label, label: Label) -> CrisisEvent:
    """Return a person's correction of a mention of a step."""
    start_ms = None if step is None else MONDAY_MS + step * STEP_MS
    said = Correction(mention_id=f"m{number}", label=label, before=before, start_ms=start_ms)
    return event(
        EventType.CORRECTED, 0, 500 + number, State.QUIET, crisis_id="", id=f"k{number}",
        correction=said, evidence=None,
    )  # fmt: skip


def test_the_periods_are_what_their_windows_add_up_to() -> None:
    before, during, after = made().periods
    assert [one.name for one in (before, during, after)] == ["before", "during", "after"]
    assert (before.mentions, before.negatives, before.negative_share) == (360, 0, 0.0)
    assert (during.negatives, during.neutrals, during.distinct) == (190, 170, 360)
    assert during.negative_share == pytest.approx(190 / 360)
    assert during.mentions_an_hour == pytest.approx(72)
    assert (after.neutrals, after.neutral_share) == (360, 1.0)
    assert during.reach == 300 * 100
    assert (before.start_ms, after.end_ms) == (BEGAN_MS - 6 * HOUR_MS, ENDED_MS + 6 * HOUR_MS)


def test_an_uncertain_mention_is_scored_and_one_without_a_language_is_not() -> None:
    fields = {"mentions": 4, "distinct": 4, "negatives": 1, "uncertain": 1, "unscored": 1}
    one = made(windows=[window("larkmoor", 30, **fields), window("larkmoor", 60)]).periods[1]
    assert (one.negative_share, one.uncertain_share, one.unscored) == (0.25, 0.25, 1)


def test_a_step_told_twice_counts_once_and_other_brands_do_not() -> None:
    twice = [*wave(), *wave(), *(window("domarenka", step) for step in range(50))]
    assert made(windows=twice) == made()


def test_a_known_beginning_moves_the_bounds() -> None:
    before, during, _ = made(began_ms=MONDAY_MS - HOUR_MS).periods
    assert (before.end_ms, during.start_ms) == (MONDAY_MS - HOUR_MS, MONDAY_MS - HOUR_MS)


def test_the_peak_is_the_most_negatives_within_15_minutes() -> None:
    peak = made().peak
    assert peak is not None
    assert (peak.negatives, peak.counted_in) == (75, "windows")
    assert peak.end_ms == MONDAY_MS + 69 * STEP_MS
    assert peak.end_ms - peak.start_ms == 15 * MINUTE_MS
    assert peak.expected == pytest.approx(0.01 * 30)
    assert peak.upper is not None
    assert peak.upper > peak.expected


def test_the_peak_is_of_the_crisis_alone() -> None:
    louder = [
        *wave(),
        window("larkmoor", -301, negatives=900),
        window("larkmoor", 801, negatives=9),
    ]
    assert made(windows=louder).peak == made().peak


def test_without_windows_the_peak_is_what_the_events_read() -> None:
    peak = made(windows=[]).peak
    assert peak is not None
    assert (peak.negatives, peak.counted_in, peak.upper) == (14, "events", None)
    assert peak_of([], [event(EventType.WATCH, 1, 10, State.WATCH)]) is None


def test_without_windows_the_counts_are_unknown_and_not_zero() -> None:
    found = made(windows=[])
    assert {one.known_from_ms for one in found.periods} == {None}
    assert {one.negative_share for one in found.periods} == {None}
    assert found.bins == ()
    assert "sentiment.windows keeps them for 30 days" in found.notes[0]


def test_a_period_that_is_known_in_part_says_from_when() -> None:
    late = [one for one in wave() if one.start_ms >= MONDAY_MS - HOUR_MS]
    found = made(windows=[one for one in late if one.end_ms <= ENDED_MS])
    before, _, after = found.periods
    assert before.known_from_ms == MONDAY_MS - HOUR_MS
    assert before.mentions_an_hour == pytest.approx(60)
    assert after.known_from_ms is None
    assert any(note.startswith("Of before, windows are there from") for note in found.notes)
    assert "No window of after is there: its counts are not known." in found.notes


def test_sources_that_were_silent_are_told() -> None:
    silent = [*wave(), window("larkmoor", 101, silent_sources=("review", "news"))]
    found = made(windows=silent)
    assert found.periods[1].silent_sources == ("news", "review")
    assert any("during mentions are missing: news, review" in note for note in found.notes)


def test_a_corrected_label_moves_the_counts_of_its_window() -> None:
    corrections = [
        corrected(1, 40, Label.NEGATIVE, Label.POSITIVE),
        corrected(2, 40, Label.UNSCORED, Label.NEGATIVE),
        corrected(1, 40, Label.NEGATIVE, Label.POSITIVE),  # the same event again
        corrected(3, None, Label.NEGATIVE, Label.NEUTRAL),  # no window moved
        corrected(4, 5000, Label.NEGATIVE, Label.NEUTRAL),  # nor one of these
    ]
    found = made([*steps(), *corrections])
    during = found.periods[1]
    assert (during.negatives, during.positives, during.unscored) == (190, 1, 0)
    assert any(note.startswith("2 times a person's label") for note in found.notes)
    strange = [msgspec.structs.replace(one, brand="domarenka") for one in corrections]
    assert made([*steps(), *strange]) == made()


def test_a_crisis_that_lasts_has_no_after() -> None:
    found = made(steps()[:8])
    before, during = found.periods
    assert during.end_ms == max(one.end_ms for one in wave())
    assert before.mentions == 360
    assert any(note.startswith("It is not over: acknowledged") for note in found.notes)


def test_other_crises_within_these_times_are_told_and_others_not() -> None:
    near = renamed(steps(), "d2", theme="delivery")
    far = [
        msgspec.structs.replace(one, time_ms=one.time_ms + 48 * HOUR_MS)
        for one in renamed(steps(), "e3")
    ]
    found = made([*steps(), *near, *far])
    assert [one.crisis_id for one in found.others] == ["d2"]
    assert any("Another crisis of the brand, d2 about delivery" in note for note in found.notes)


@pytest.mark.parametrize(
    ("events", "says"),
    [
        (steps()[2:], "Steps 1 to 2 are no longer in crisis.events"),
        (steps()[1:], "Step 1 is no longer in crisis.events"),
        (steps()[:4] + steps()[6:], "Of its steps in between 2 are missing."),
        ([event(EventType.OPENED, 1, 12, State.OPEN, actor="ann")], "opened by hand, by ann"),
        (
            [*steps(), event(EventType.FALSE_POSITIVE, 12, 400, State.RESOLVED, actor="bob")],
            "A person called it a false positive",
        ),
        (steps(), "of all the brand's mentions, not only of those about payment"),
    ],
)
def test_what_limits_the_figures_is_said(events: list[CrisisEvent], says: str) -> None:
    assert any(says in note for note in made(events).notes)


def test_a_series_is_compared_and_joined() -> None:
    # 6 values before MONDAY_MS, one within the 10 minutes until it begins, then 5 during, 7 after.
    given = hourly("orders", *([10.0] * 7), *([4.0] * 5), *([9.0] * 6))
    found = made(series=[given])
    (kpi,) = found.kpis
    assert (kpi.before.points, kpi.before.mean, kpi.during.mean) == (6, 10.0, 4.0)
    assert (kpi.change, kpi.change_percent, kpi.change_after) == (-6.0, -60.0, -1.0)
    assert (kpi.during.low, kpi.during.high) == (4.0, 4.0)
    joined = [one.kpis["orders"] for one in found.bins]
    assert joined.count(None) == len(joined) - len(
        given.between(*edges_of(found.bins, found.bin_ms))
    )


def edges_of(bins: object, width_ms: int) -> tuple[int, int]:
    assert isinstance(bins, tuple)
    return bins[0].start_ms, bins[-1].start_ms + width_ms


def test_a_change_from_nothing_has_no_percent() -> None:
    (kpi,) = made(series=[hourly("refunds", *([0.0] * 7), *([4.0] * 5))]).kpis
    assert (kpi.change, kpi.change_percent) == (4.0, None)
    assert (kpi.after.points, kpi.change_after) == (0, None)


def test_a_series_of_another_time_is_said_to_be_so() -> None:
    found = made(series=[hourly("orders", 1.0, 2.0, start_ms=0)])
    assert (found.kpis[0].before.mean, found.kpis[0].change) == (None, None)
    told = "orders has no point before and during and after: its file goes from 1970-01-01 00:00Z"
    assert any(note.startswith(told) for note in found.notes)


def test_bins_are_few_and_add_up_to_the_windows() -> None:
    found = made()
    assert len(found.bins) <= BINS + 2
    start_ms, end_ms = edges_of(found.bins, found.bin_ms)
    within = [one for one in wave() if start_ms <= one.start_ms < end_ms]
    assert sum(one.negatives or 0 for one in found.bins) == sum(one.negatives for one in within)


def during(from_ms: int, to_ms: int) -> Period:
    return Period(name="during", start_ms=from_ms, end_ms=to_ms)


@pytest.mark.parametrize(
    ("hours", "minutes"), [(1, 5), (4, 5), (5, 15), (13, 15), (26, 30), (300, 360), (3_000, 1_440)]
)
def test_the_longer_the_wider(hours: int, minutes: int) -> None:
    found = shown(during(0, hours * HOUR_MS), 10_000 * HOUR_MS)
    assert found.width_ms == minutes * MINUTE_MS


def test_a_bin_without_a_window_is_zero_within_what_is_known_and_unknown_outside() -> None:
    few = [window("larkmoor", 0), window("larkmoor", 600)]
    found = made(windows=few)
    first, *_, last = found.bins
    assert (first.mentions, last.negatives) == (None, None)
    assert [one.mentions for one in found.bins].count(0) == 19


def test_the_picture_has_room_of_three_hours_or_the_crisis_s_length() -> None:
    day_ms = 24 * HOUR_MS
    assert shown(during(0, HOUR_MS), day_ms, is_over=False)[:2] == (-3 * HOUR_MS, HOUR_MS)
    assert shown(during(0, HOUR_MS), day_ms)[:2] == (-3 * HOUR_MS, 4 * HOUR_MS)
    assert shown(during(0, 8 * HOUR_MS), day_ms)[:2] == (-8 * HOUR_MS, 16 * HOUR_MS)
    assert shown(during(0, 8 * HOUR_MS), 2 * HOUR_MS)[:2] == (-2 * HOUR_MS, 10 * HOUR_MS)


def test_the_first_and_the_last_bin_are_whole() -> None:
    found = shown(during(7, HOUR_MS + 7), HOUR_MS)
    assert found == (-HOUR_MS, 2 * HOUR_MS + 5 * MINUTE_MS, 5 * MINUTE_MS)


def test_windows_far_off_are_not_kept_but_known_to_be_there() -> None:
    found = counted(wave(), gathered(steps()), to_ms=MONDAY_MS + HOUR_MS)
    assert len(found.windows) == 350 + 60
    assert found.last_ms == max(one.end_ms for one in wave())
    assert found.covers(MONDAY_MS, MONDAY_MS + 9 * HOUR_MS)
    assert not found.covers(MONDAY_MS - 9 * HOUR_MS, MONDAY_MS)
