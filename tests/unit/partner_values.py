"""A crisis event in which each text and number is planted, so that a leak of any is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import msgspec

from app.core.cause import Drivers, EmotionShare, Shift
from app.core.crisis import EventType, Judged, Severity, State
from app.core.event import (
    Change,
    Correction,
    CrisisEvent,
    Evidence,
    Judgement,
    SourceGap,
    Summary,
    Trigger,
)
from app.core.mention import Label
from app.core.playbook import OF_THEME
from app.core.scenario import Scenario
from tests.unit.story_values import drivers, full_evidence

KEPT = ("type", "state", "previous_state", "severity", "verdict", "before", "opened_as", "label")


class LaterScenario(Scenario, frozen=True, kw_only=True):
    """A scenario with what a later version may add."""

    later_hint: str


class LaterDrivers(Drivers, frozen=True, kw_only=True):
    """Drivers with what a later version may add."""

    later_driver: str


class LaterEvidence(Evidence, frozen=True, kw_only=True):
    """Evidence with what a later version may add."""

    later_number: int
    drivers: LaterDrivers | None = None


class LaterEvent(CrisisEvent, frozen=True, kw_only=True):
    """An event with what a later version may add: a text, a number, and several."""

    later_text: str
    later_count: int
    later_table: tuple[str, ...]
    evidence: LaterEvidence | None = None
    scenario: LaterScenario | None = None


def planted(scenario: str) -> LaterEvent:
    """Return an opened crisis of the scenario with every field set; each text is ``planted-N`` and
    each number seven digits, but for the words of closed lists.
    """
    document = msgspec.to_builtins(_whole(scenario))
    found = msgspec.convert(_planted(document, "", count(1_000_000)), LaterEvent)
    theme = next((one for one, name in OF_THEME.items() if name == scenario), "")
    return _of(found, scenario, theme)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every text and number within builtins."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for place, one in enumerate(value):
            yield from leaves(one, f"{path}[{place}]")
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield path, value


def _whole(scenario: str) -> CrisisEvent:
    """Return an event without an empty field."""
    cause = msgspec.structs.replace(
        drivers(),
        emotions=(EmotionShare(emotion="anger", negatives=1, of=2, shift=Shift(**_SHIFT)),),
    )
    evidence = msgspec.structs.replace(
        full_evidence(),
        second_score=0.5,
        drivers=LaterDrivers(later_driver="x", **msgspec.structs.asdict(cause)),
        silent_sources=("news",),
        agreeing_sources=1,
        corrected_negative_share=0.5,
        usual_corrected_share=0.5,
        copies=3,
        inauthentic_share=0.5,
        triggers=(Trigger(name="x", unit="x", scale_s=1, value=1, threshold=1, expected=1),),
    )
    return LaterEvent(
        later_text="x",
        later_count=1,
        later_table=("x",),
        id="e",
        type=EventType.OPENED,
        brand="b",
        crisis_id="c",
        seq=1,
        state=State.OPEN,
        previous_state=State.WATCH,
        severity=Severity.ERROR,
        time_ms=1,
        reasons=("by ann", "a reason"),
        evidence=LaterEvidence(later_number=1, **msgspec.structs.asdict(evidence)),
        actor="a",
        command_id="a",
        note="a",
        correction=Correction(mention_id="m", label=Label.NEGATIVE, before=None, start_ms=1),
        theme="t",
        owner="o",
        escalated_to="r",
        milestone=25,
        change=Change(since_ms=1, negatives_before=1, negatives=1, share_before=1, share=1),
        silenced_until_ms=1,
        summary=Summary(en="e", pl="p"),
        source=SourceGap(kind="news", last_ms=1, usual_gap_s=1),
        calendar=("entry",),
        drill_id="x",
        drill_began_ms=1,
        drill_until_ms=1,
        judgement=Judgement(verdict=Judged.CONFIRMED, triggers=("x",)),
        scenario=LaterScenario(
            later_hint="x",
            id=scenario,
            because="theme",
            about="x",
            negatives=1,
            share=0.5,
            usual=0.5,
            team="x",
            chain=("x",),
            spokesperson="x",
            templates=("x",),
            faq="x",
            first_assessment_ms=1,
            assess_by_ms=1,
        ),
    )


_SHIFT = {"before": 1.0, "now": 1.0, "change": 1.0, "low": 1.0, "high": 1.0}


def _planted(value: Any, name: str, numbers: Iterator[int]) -> Any:
    if isinstance(value, dict):
        return {key: _planted(one, key, numbers) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_planted(one, name, numbers) for one in value]
    if value is None or isinstance(value, bool) or name in KEPT:
        return value
    make: dict[type, Callable[[int], Any]] = {
        str: lambda number: f"planted-{number}",
        int: lambda number: number,
        float: lambda number: number + 0.5,
    }
    return make[type(value)](next(numbers))


def _of(event: LaterEvent, scenario: str, theme: str) -> LaterEvent:
    """Give back the names that are looked for: the scenario's, its facet's and its theme's."""
    assert event.scenario is not None
    assert event.evidence is not None
    assert event.evidence.drivers is not None
    first, *others = event.evidence.drivers.facets
    own = msgspec.structs.replace(first.shares[0], value=theme or "delivery")
    themes = msgspec.structs.replace(first, name="theme", shares=(own, *first.shares[1:]))
    cause = msgspec.structs.replace(event.evidence.drivers, facets=(themes, *others))
    return msgspec.structs.replace(
        event,
        scenario=msgspec.structs.replace(event.scenario, id=scenario),
        evidence=msgspec.structs.replace(event.evidence, drivers=cause),
    )
