"""D7: what `explain` says of a step is what the detector decided there."""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random

import pytest

from app.core.event import CrisisEvent
from app.core.record import ScoredMention
from app.core.rules import STEP_MS, Rules
from app.errors import InputError
from app.report.explanation import NOTHING, Explanation, lines
from app.stream.explaining import Asked, Explainer
from tests.unit.folding import MONDAY_MS, command
from tests.unit.verifying import RESTLESS, World, events_of, world

BRANDS = ("larkmoor", "zumbry", "domarenka")
BEGINNINGS = ("opened", "reopened", "relapsed")
SEEDS = range(6)
ASKED = 1_000
DRAWN = 1_260  # a step may be drawn twice
GATES = {"score", "negatives", "authors", "share", "corrected share", "coordinated"}


@cache
def a_world(seed: int) -> World:
    return world(seed, 500, BRANDS)


def explained(at: World, asked: list[Asked], rules: Rules = RESTLESS) -> dict[Asked, Explanation]:
    explainer = Explainer(rules, asked)
    for offset, record in enumerate(at.records):
        explainer.take(0, offset, record)
    assert explainer.is_done
    return {one: explainer.answer(one) for one in asked}


def random_steps(draw: Random, at: World, count: int) -> list[Asked]:
    """Return steps anywhere in the log, half of them near something that was published."""
    first_ms = {brand: first_mention_ms(at, brand) + STEP_MS for brand in BRANDS}
    last_ms = max(event.time_ms for event in at.events)
    found = []
    for number in range(count):
        brand = draw.choice(BRANDS)
        time_ms = draw.randrange(first_ms[brand], last_ms)
        if number % 2:
            event = draw.choice([e for e in at.events if e.time_ms > first_ms[e.brand] + STEP_MS])
            brand, time_ms = event.brand, event.time_ms - draw.randrange(2 * STEP_MS)
        found.append(Asked.at(brand, time_ms))
    return found


def first_mention_ms(at: World, brand: str) -> int:
    """Return when a brand is first seen: before it there is nothing to explain."""
    mentions = [one for one in at.records if isinstance(one, ScoredMention) and one.brand == brand]
    return min(one.event_time_ms for one in mentions)


def decided(events: tuple[CrisisEvent, ...], asked: Asked) -> str:
    """Return what was published at the end of the step, commands aside."""
    kinds = [
        event.type.value
        for event in events
        if (event.brand, event.time_ms) == asked and event.actor is None
    ]
    return next((kind for kind in kinds if kind in BEGINNINGS), NOTHING)


@pytest.mark.slow
def test_the_explanation_is_the_decision() -> None:
    draw, verdicts, gates = Random(5), Counter[str](), Counter[str | None]()
    for seed in SEEDS:
        at = a_world(seed)
        begun = [Asked(e.brand, e.time_ms) for e in at.events if e.type.value in BEGINNINGS]
        steps = random_steps(draw, at, DRAWN // len(SEEDS)) + begun
        for asked, found in explained(at, steps).items():
            assert found.verdict == decided(at.events, asked), lines(found)
            assert (found.held_by is None) == (found.verdict != NOTHING), lines(found)
            verdicts[found.verdict] += 1
            gates[found.held_by] += 1
            if found.held_by in GATES and found.look:
                closed = {gate.name: gate.is_open for gate in found.look.gates}
                names = {"share", "chance"} if found.held_by == "share" else {found.held_by}
                assert not all(closed[name] for name in names), lines(found)
            if found.verdict != NOTHING and found.look:
                asked_long = {gate.name: gate.is_open for gate in found.look.gates}
                assert asked_long["persistence"], lines(found)
    assert verdicts.total() >= ASKED
    assert verdicts["opened"] >= 10
    assert {"no mention", "score", "already open", "no negative", "persistence"} <= set(gates), (
        gates
    )


def test_looking_changes_nothing() -> None:
    at = a_world(0)
    asked = [Asked(event.brand, event.time_ms) for event in at.events]
    explainer, seen = Explainer(RESTLESS, asked), list[str]()
    for offset, record in enumerate(at.records):
        explainer.take(0, offset, record)
    for events in explainer._events.values():
        seen += [event.id for event in events]
    assert sorted(seen) == sorted(event.id for event in at.events)


def test_a_step_of_a_warming_brand_names_the_absolute_rule() -> None:
    at = a_world(0)
    cold = Rules(warm_blocks=100_000)
    first = Asked.at("larkmoor", MONDAY_MS + 6 * 3_600_000)
    steps = [Asked(first.brand, first.end_ms + STEP_MS * number) for number in range(400)]
    looks = [one.look for one in explained(at, steps, cold).values() if one.look]
    assert looks
    assert not any(look.is_warm for look in looks)
    names = [gate.name for gate in looks[0].gates]
    assert "warming: negatives of an hour" in names


def test_a_silence_is_named_and_holds_nothing_back() -> None:
    at = a_world(0)
    opening = next(event for event in at.events if event.type.value == "opened")
    until = {"until_ms": opening.time_ms + 3_600_000, "brand": opening.brand}
    records = list(at.records)
    records.insert(len(records) // 50, command(100_000, "silence", **until))
    again = World(tuple(records), at.sources, tuple(events_of(records)))
    asked = Asked(opening.brand, opening.time_ms)
    found = explained(again, [asked])[asked]
    assert found.verdict == "opened"
    assert found.look is not None
    assert found.look.silenced_until_ms == until["until_ms"]
    assert "silenced until" in "\n".join(lines(found))


def test_an_unknown_brand_and_a_time_outside_the_log_are_refused() -> None:
    at = a_world(0)
    end_ms = max(event.time_ms for event in at.events) + 10 * 86_400_000
    asked = {
        "has no mention of nobody": Asked("nobody", MONDAY_MS + 3_600_000),
        "is first seen at 2024-01-01T": Asked.at("larkmoor", MONDAY_MS - 1),
        "is judged up to 2024-01-": Asked("larkmoor", end_ms),
    }
    explainer = Explainer(RESTLESS, list(asked.values()))
    for offset, record in enumerate(at.records):
        explainer.take(0, offset, record)
    assert not explainer.is_done
    for words, one in asked.items():
        with pytest.raises(InputError, match=words):
            explainer.answer(one)
