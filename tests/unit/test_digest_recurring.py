"""C53: three crises of one theme and product within 90 days are one record; and what is written
where a record is there already.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, NamedTuple

import msgspec
import pytest

from app.config import Settings
from app.core.digest import RecurringCause
from app.core.event import CrisisEvent
from app.report.digest.made import Made
from app.report.digest.recurring import WITHIN_MS
from app.stream import digests
from app.stream.digests import Summary, _new
from app.wire import digest as digest_wire
from app.wire.message import Message
from tests.unit.digest_values import (
    DAY,
    DAY_MS,
    HOUR_MS,
    START_MS,
    called_false,
    closed,
    crisis,
    edges,
    made,
)

THREE = (-60, -30, 0)  # days


def crises(*days: int, **what: str) -> list[CrisisEvent]:
    """Return a crisis on each of these days, by the order in which they opened."""
    return [
        one
        for number, day in enumerate(days)
        for one in crisis(f"c{number}{what.get('product', '')}", day * DAY_MS + HOUR_MS, **what)
    ]


def causes(events: Iterable[CrisisEvent], **more: Any) -> tuple[RecurringCause, ...]:
    return made(edges(), events, **more).causes


def test_three_of_one_theme_and_product_are_one_record() -> None:
    (found,) = causes(crises(*THREE))
    assert (found.brand, found.theme, found.product) == ("larkmoor", "payment", "kettle")
    assert found.crisis_ids == ("c0", "c1", "c2")
    assert found.first_ms == START_MS - 60 * DAY_MS + HOUR_MS
    assert found.last_ms == START_MS + HOUR_MS
    assert (found.within_days, found.looked_from_ms) == (90, found.last_ms - WITHIN_MS)


def test_two_are_none() -> None:
    assert causes(crises(-30, 0)) == ()


@pytest.mark.parametrize(
    "other", [{"product": "toaster"}, {"product": ""}, {"theme": "quality"}, {"theme": ""}]
)
def test_another_product_or_theme_is_another_cause(other: dict[str, str]) -> None:
    assert causes([*crises(-60, -30), *crisis("d1", HOUR_MS, **other)]) == ()


def test_crises_without_a_theme_have_no_cause() -> None:
    assert causes(crises(*THREE, theme="")) == ()


def test_crises_without_a_product_have_one_cause() -> None:
    (found,) = causes(crises(*THREE, product=""))
    assert found.product == ""


def test_a_false_positive_does_not_count() -> None:
    assert causes([*crises(*THREE), called_false("c1", 2 * HOUR_MS)]) == ()
    later = [*crises(*THREE), called_false("c1", 2 * DAY_MS)]
    assert len(causes(later)) == 1  # not known yet by the day's end


def test_a_watch_does_not_count() -> None:
    assert causes([*crises(-60, -30), *crisis("w1", HOUR_MS)[:1]]) == ()


def test_only_ninety_days_count() -> None:
    assert causes(crises(-91, -30, 0)) == ()
    (found,) = causes(crises(-91, -60, -30, 0))
    assert found.crisis_ids == ("c1", "c2", "c3")


def test_an_old_cause_is_told_as_long_as_its_last_crisis_is_of_the_last_ninety_days() -> None:
    """And it stays the same, however many days after."""
    assert causes(crises(-149, -119, -89)) != ()
    assert causes(crises(-151, -121, -91)) == ()
    events = crises(-100, -70, -40)
    assert causes(events) == causes(events, day=date(2026, 3, 20)) != ()


def test_how_far_it_could_look_is_said() -> None:
    known_from_ms = START_MS - 70 * DAY_MS
    (found,) = causes(crises(*THREE), known_from_ms=known_from_ms)
    assert found.looked_from_ms == known_from_ms


class Written(NamedTuple):
    """A record as it lies in the topic."""

    value: bytes | None
    headers: Any


class Topic:
    """What ``crisis.digests`` holds, the latest of each key."""

    def __init__(self) -> None:
        self.latest: dict[bytes, Any] = {}
        self.sent: list[bytes | None] = []

    def publish(self, given: Made) -> Summary:
        summary = Summary()
        for message in list(_new(given, self.latest, summary)):
            assert message.key is not None
            self.sent.append(message.value)
            self.latest.pop(message.key, None)
            if message.value is not None:
                self.latest[message.key] = Written(message.value, message.headers)
        return summary

    def causes(self) -> list[RecurringCause]:
        read = [digest_wire.decode(one.value, one.headers) for one in self.latest.values()]
        return [one for one in read if isinstance(one, RecurringCause)]


def test_a_second_run_adds_nothing() -> None:
    topic = Topic()
    given = made([*edges(), closed("larkmoor", 0)], crises(*THREE))
    assert topic.publish(given) == Summary(written=2)
    assert topic.publish(given) == Summary(unchanged=2)
    assert len(topic.sent) == 2


def test_a_fourth_crisis_updates_the_record() -> None:
    topic = Topic()
    topic.publish(made(edges(), crises(*THREE)))
    topic.publish(made(edges(), crises(-60, -30, -10, 0)))
    (found,) = topic.causes()
    assert found.crisis_ids == ("c0", "c1", "c2", "c3")


def test_an_older_period_takes_nothing_back() -> None:
    topic = Topic()
    topic.publish(made(edges(), crises(-60, -30, -10, 0)))
    before = made(edges(), crises(-60, -30, -10, 0), day=date(2026, 3, 1))
    assert before.causes[0].crisis_ids == ("c0", "c1", "c2")
    assert topic.publish(before) == Summary(written=1, kept=1)  # the day itself is new
    assert len(topic.causes()[0].crisis_ids) == 4


def test_an_older_period_brings_no_crisis_back_that_people_called_false() -> None:
    """Said on Wednesday, and then Sunday is told of again."""
    wednesday = date(2026, 3, 4)
    word = called_false("c1", 2 * DAY_MS)
    for days, ids in (((-60, -30, -10, 0), ["c0", "c2", "c3"]), (THREE, [])):
        topic, told = Topic(), [*crises(*days), word]
        for day in (DAY, wednesday, DAY):
            topic.publish(made(edges(), told, day=day))
            found = [one.crisis_ids for one in topic.causes()]
        assert found == ([tuple(ids)] if ids else [])
        assert made(edges(), told).causes  # as it was known then, it is still printed


def test_a_false_alarm_long_ago_costs_no_later_crisis() -> None:
    """The word is there, the last crisis is not: an earlier period is told of."""
    topic, five = Topic(), crises(-60, -40, -30, -10, 0)
    topic.publish(made(edges(), five))
    words = [*five, called_false("c0", -DAY_MS)]
    assert topic.publish(made(edges(), words, day=date(2026, 3, 1))).kept == 1
    assert topic.causes()[0].crisis_ids == ("c0", "c1", "c2", "c3", "c4")
    topic.publish(made(edges(), words))
    assert topic.causes()[0].crisis_ids == ("c1", "c2", "c3", "c4")


def test_what_people_called_false_is_taken_out_and_leaves_no_record_of_two() -> None:
    topic = Topic()
    four, word = crises(-60, -30, -10, 0), called_false("c3", 9 * HOUR_MS)
    topic.publish(made(edges(), four))
    topic.publish(made(edges(), [*four, word]))
    assert topic.causes()[0].crisis_ids == ("c0", "c1", "c2")
    both = made(edges(), [*four, word, called_false("c2", 9 * HOUR_MS)])
    assert topic.publish(both).retracted == 1
    assert topic.causes() == []
    assert topic.publish(both) == Summary(unchanged=1)


def test_a_crisis_that_turns_out_to_be_about_another_product_is_taken_out() -> None:
    """It was open at the day's end, and had its worst the day after."""
    topic, two = Topic(), crises(-60, -30)
    begun, ended = (crisis("c2", 23 * HOUR_MS, product=one) for one in ("kettle", "toaster"))
    topic.publish(made(edges(), [*two, *begun[:2]]))
    assert topic.causes()[0].crisis_ids == ("c0", "c1", "c2")
    tuesday = made(edges(), [*two, *begun[:2], *ended[2:]], day=date(2026, 3, 3))
    assert topic.publish(tuesday).retracted == 1
    assert topic.causes() == []


def test_a_crisis_whose_first_steps_have_expired_takes_nothing_back() -> None:
    """What is left of it may be about something else than where it was worst."""
    topic, two = Topic(), crises(-60, -30, 0)[5:]
    first = -60 * DAY_MS + HOUR_MS
    topic.publish(made(edges(), [*crisis("c0", first), *two]))
    cut = made(edges(), [*crisis("c0", first, product="toaster")[3:], *two])
    assert topic.publish(cut) == Summary(unchanged=1)
    assert topic.causes()[0].crisis_ids == ("c0", "c1", "c2")


def test_a_cause_that_is_long_past_stays() -> None:
    topic = Topic()
    topic.publish(made(edges(), crises(*THREE)))
    assert topic.publish(made(edges(), ())).retracted == 0
    assert len(topic.causes()) == 1


def test_a_record_of_which_windows_have_expired_replaces_no_whole_one() -> None:
    topic = Topic()
    late = [closed("larkmoor", 6 * HOUR_MS), closed("larkmoor", 2 * DAY_MS)]
    assert topic.publish(made(late)) == Summary(written=1)
    assert topic.publish(made([*edges("larkmoor"), *late])) == Summary(written=1)
    assert topic.publish(made(late)) == Summary(kept=1)


def test_a_record_without_what_a_version_cannot_read_replaces_no_fuller_one() -> None:
    """An older Squall leaves out windows and events of a form that it does not know."""
    topic = Topic()
    windows, events = [*edges("larkmoor"), closed("larkmoor", HOUR_MS)], crisis("c1", HOUR_MS)
    topic.publish(made(windows, events))
    assert topic.publish(made(edges("larkmoor"), events)) == Summary(kept=1)
    assert topic.publish(made(windows)) == Summary(kept=1)
    assert topic.publish(made(windows, events)) == Summary(unchanged=1)


def test_a_period_without_any_window_is_not_published() -> None:
    assert Topic().publish(made((), crisis("c1", HOUR_MS))) == Summary()


def test_what_a_later_version_wrote_is_kept() -> None:
    topic = Topic()
    given = made(edges())
    topic.publish(given)
    (key,) = topic.latest
    topic.latest[key] = Written(b'{"id":"later"}', topic.latest[key].headers)
    assert topic.publish(given) == Summary(kept=1)


async def test_of_the_topic_only_what_is_made_anew_is_held_and_every_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It keeps its records for ever: to hold all of them would take more each day."""
    days = [made(edges(), crises(*THREE), day=date(2026, 3, day)) for day in (2, 3, 4)]
    records = [digest_wire.encode(one) for each in days for one in each.digests]
    cause = digest_wire.encode(days[0].causes[0])
    other = digest_wire.encode_gone(made(edges(), crises(*THREE, product="")).causes[0])

    class Held:
        async def past(self) -> AsyncIterator[Message]:
            for one in (*records, cause, records[1], other):
                yield one

    @asynccontextmanager
    async def follow(*_: object) -> AsyncIterator[Held]:
        yield Held()

    monkeypatch.setattr(digests, "follow", follow)
    only_second = days[1]._replace(causes=())
    found = await digests._published(Settings(), only_second)
    assert set(found) == {records[1].key, cause.key}


def test_the_key_is_of_brand_period_zone_and_beginning_alone() -> None:
    ids = {one.id for windows in (edges(), ()) for one in made(windows).digests}
    assert len(ids) == 1
    (one,) = made(edges()).digests
    message = digest_wire.encode(one)
    assert message.key == one.id.encode()
    assert digest_wire.decode(message.value, message.headers) == one
    changed = digest_wire.encode(msgspec.structs.replace(one, opened=1))
    assert (changed.key, dict(changed.headers)["ce_id"]) != (
        message.key,
        dict(message.headers)["ce_id"],
    )
