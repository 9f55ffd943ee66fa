"""C23: what was announced is no surprise, and what is negative in it is told with its name."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from app.config import load_settings
from app.core.calendar import CalendarEntry
from app.core.event import CrisisEvent
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.errors import ConfigError
from app.report.explanation import lines
from app.stream.explaining import Asked, Explainer
from tests.unit.crisis_streams import play
from tests.unit.folding import MONDAY_MS, QUICK, crisis_events, fold, turns
from tests.unit.sources import Said, said_log

HOURS, SALE_H = 4 * 24, 74
SALE = CalendarEntry(
    name="sale", from_ms=MONDAY_MS + SALE_H * HOUR_MS, to_ms=MONDAY_MS + (SALE_H + 10) * HOUR_MS
)
USUAL = Said("social", 1_000, 0, HOURS)


def during(*entries: CalendarEntry) -> Rules:
    return msgspec.structs.replace(QUICK, calendar=entries)


def four_times(negative: float) -> list[LogRecord]:
    """Return four days; for ten hours of the last, four times the mentions."""
    risen = Said("social", 3_000, SALE_H, SALE_H + 10, negative)
    return said_log(1, [USUAL, risen], HOURS)


def test_four_times_the_neutral_mentions_are_nothing_while_they_were_announced() -> None:
    log = four_times(negative=0.1)
    assert turns(fold(log)) == ["warmed", "watch", "dismissed"]
    assert turns(fold(log, during(SALE))) == ["warmed"]


def test_four_times_the_negative_ones_are_a_crisis_with_the_entrys_name() -> None:
    log = four_times(negative=0.9)
    told = [one for one in crisis_events(fold(log, during(SALE))) if one.crisis_id]
    opened = next(one for one in told if one.type == "opened")
    assert opened.calendar == ("sale",)
    assert opened.time_ms - SALE.from_ms < HOUR_MS
    for event in told:
        assert event.calendar == (("sale",) if event.time_ms < SALE.to_ms + STEP_MS else ())
    plain = [one for one in crisis_events(fold(log)) if one.type == "opened"]
    assert [one.time_ms for one in plain] == [opened.time_ms]
    assert plain[0].calendar == ()


@pytest.mark.parametrize(
    "entry",
    [
        msgspec.structs.replace(SALE, brands=("another brand",)),
        msgspec.structs.replace(SALE, to_ms=SALE.from_ms - HOUR_MS, from_ms=MONDAY_MS),
    ],
)
def test_another_brands_entry_and_one_that_is_over_change_nothing(entry: CalendarEntry) -> None:
    log = four_times(negative=0.1)
    assert turns(fold(log, during(entry))) == ["warmed", "watch", "dismissed"]


def test_a_brand_of_the_entry_is_meant_by_name() -> None:
    entry = msgspec.structs.replace(SALE, brands=("another brand", "larkmoor"))
    assert turns(fold(four_times(negative=0.1), during(entry))) == ["warmed"]


def test_what_was_announced_teaches_little() -> None:
    levels = []
    for rules in (QUICK, during(SALE)):
        partition = PartitionFold(rules)
        play(four_times(negative=0.1), rules, partition)
        levels.append(partition.brands["larkmoor"].state.channels["mentions"].baseline.level())
    usual = 1_000 / 2_880
    assert levels[1] < 1.15 * usual < levels[0]


def test_the_calendar_is_part_of_the_baselines_name() -> None:
    assert QUICK.baseline_id("v") != during(SALE).baseline_id("v")
    assert during(SALE).baseline_id("v") == during(SALE).baseline_id("v")


def test_the_explanation_names_what_was_announced() -> None:
    rules = during(SALE)
    steps = [Asked.at("larkmoor", SALE.from_ms + STEP_MS * number) for number in range(1, 60)]
    explainer = Explainer(rules, steps)
    for offset, record in enumerate(four_times(negative=0.1)):
        explainer.take(0, offset, record)
    shown = [explainer.answer(step) for step in steps]
    looked = [one for one in shown if one.look]
    assert looked
    assert all(one.look and one.look.calendar == ("sale",) for one in looked)
    assert "announced: sale" in "\n".join(lines(looked[0]))


def read(tmp_path: Path, entry: str) -> tuple[CalendarEntry, ...]:
    path = tmp_path / "squall.yaml"
    path.write_text(f"detector: {{calendar: {{black friday: {entry}}}}}\n")
    return load_settings(path).rules().calendar


def test_the_settings_name_times_with_an_offset_and_brands_in_any_spelling(tmp_path: Path) -> None:
    entry = (
        "{starts: 2026-11-27T00:00:00+01:00, ends: '2026-11-29T23:00:00Z', brands: [Acme, ACME ]}"
    )
    (found,) = read(tmp_path, entry)
    assert (found.name, found.brands) == ("black friday", ("acme",))
    assert (found.from_ms, found.to_ms) == (1_795_734_000_000, 1_795_993_200_000)


STARTS, ENDS = "starts: 2026-11-27T00:00:00+01:00", "ends: 2026-11-30T00:00:00+01:00"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (f"{{starts: 2026-11-27T00:00:00, {ENDS}}}", "starts: has no offset from UTC, as in 2026"),
        (f"{{starts: 2026-11-27, {ENDS}}}", "starts: is no time such as 2026-11-27T00:00:00+01:00"),
        (f"{{starts: next week, {ENDS}}}", "starts: is no time such as"),
        (f"{{starts: 5, {ENDS}}}", "starts: is no time such as"),
        (f"{{{ENDS}}}", "starts: field required"),
        (f"{{{STARTS}, ends: 2026-11-27T00:00:00+01:00}}", "ends: is not after starts; give"),
        (f"{{{STARTS}, ends: 2027-11-27T00:00:00+01:00}}", "ends: is more than 120 days after"),
        (f"{{{STARTS}, {ENDS}, brands: [a/b]}}", "brands: 'a/b' is no brand of a watch list"),
        (f"{{{STARTS}, {ENDS}, brand: a}}", "brand: unknown key"),
        ("[1]", "should be a valid dictionary"),
    ],
)
def test_a_bad_entry_is_refused_by_its_name(tmp_path: Path, entry: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, entry)
    assert f"detector.calendar.black friday{'.' if ': ' in says else ': '}{says}" in str(
        caught.value
    )


def test_an_entry_without_a_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "squall.yaml"
    path.write_text(f"detector: {{calendar: {{'': {{{STARTS}, {ENDS}}}}}}}\n")
    with pytest.raises(ConfigError, match="calendar"):
        load_settings(path)


def test_the_same_log_and_calendar_give_the_same_events() -> None:
    log = four_times(negative=0.9)
    found: list[list[CrisisEvent]] = [crisis_events(fold(log, during(SALE))) for _ in range(2)]
    assert found[0] == found[1]
