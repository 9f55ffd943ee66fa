"""``squall eval crises``: a backtest's crises, and what a change gains and loses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from app.cli import main
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent
from app.core.partition import PartitionFold
from app.core.rules import HOUR_MS, Rules
from app.report.compared import Difference, Incident, Kind, differences, listing
from app.wire import event as event_wire
from app.wire.rfc3339 import format_ms
from tests.unit.crisis_streams import Incident as Planted
from tests.unit.crisis_streams import shop
from tests.unit.folding import MONDAY_MS, QUICK, crisis_events

Capture = pytest.CaptureFixture[str]
MINUTE_MS = 60_000
BREAKS_MS = MONDAY_MS + 34 * HOUR_MS


def opening(
    crisis: str, minute: int, brand: str = "larkmoor", **fields: object
) -> list[CrisisEvent]:
    """Return a crisis that is watched at ``minute``, open two minutes on, over after an hour."""
    steps = [
        (EventType.WATCH, State.WATCH, 0),
        (EventType.OPENED, State.OPEN, 2),
        (EventType.RESOLVED, State.RESOLVED, 62),
    ]
    values: dict[str, object] = {
        "brand": brand,
        "crisis_id": crisis,
        "previous_state": State.QUIET,
        "severity": Severity.WARNING,
        "reasons": ("a sign",),
    }
    return [
        CrisisEvent(
            id=f"{crisis}-{seq}",
            type=kind,
            seq=seq,
            state=state,
            time_ms=MONDAY_MS + (minute + after) * MINUTE_MS,
            **(values | fields),  # type: ignore[arg-type]
        )
        for seq, (kind, state, after) in enumerate(steps, start=1)
    ]


def incident(name: str, minute: int, brand: str = "larkmoor", minutes: int = 180) -> Incident:
    return Incident(
        name=name,
        brand=brand,
        starts_ms=MONDAY_MS + minute * MINUTE_MS,
        ends_ms=MONDAY_MS + (minute + minutes) * MINUTE_MS,
    )


def test_a_listing_has_delays_rates_and_what_was_missed() -> None:
    events = [*opening("a", 10), *opening("b", 600), *opening("c", 20, "domarenka")]
    known = [incident("the leak", 3), incident("the boycott", 3000)]

    found = listing(events, known, from_ms=MONDAY_MS, to_ms=MONDAY_MS + 14 * 24 * HOUR_MS)

    assert [(one.crisis_id, one.incident, one.after_s) for one in found.opened] == [
        ("a", "the leak", 9 * 60),
        ("c", "", 2 * 60),
        ("b", "", 2 * 60),
    ]
    assert [one.name for one in found.missed] == ["the boycott"]
    assert found.a_week == {"domarenka": 0.5, "larkmoor": 1.0}


def test_crises_outside_the_bounds_are_not_counted() -> None:
    found = listing(
        opening("a", 10), [], from_ms=MONDAY_MS + HOUR_MS, to_ms=MONDAY_MS + 2 * HOUR_MS
    )
    assert not found.opened


def test_a_change_that_gains_loses_delays_and_regrades() -> None:
    known = [incident("leak", 0), incident("boycott", 1000), incident("delay", 2000)]
    before = [
        *opening("leak", 10),
        *opening("delay", 2010),
        *opening("noise", 5000),
        *opening("same", 6000),
        *opening("graded", 7000),
    ]
    after = [
        *opening("boycott", 1010),
        *opening("delay", 2014),
        *opening("same", 6000),
        *opening("graded", 7030, severity=Severity.ERROR),
        *opening("new", 6000, "domarenka"),
    ]

    found = differences(listing(before, known), listing(after, known))

    assert [(one.kind, _of(one), one.later_s) for one in found] == [
        (Kind.LOST, "leak", 0),
        (Kind.KEPT, "delay", 4 * 60),
        (Kind.FOUND, "boycott", 0),
        (Kind.DROPPED, "noise", 0),
        (Kind.MOVED, "graded", 30 * 60),
        (Kind.ADDED, "new", 0),
    ]


def _of(one: Difference) -> str:
    crisis = one.before or one.after
    return one.incident or (crisis.crisis_id if crisis else "")


def test_the_same_events_differ_in_nothing() -> None:
    events = [*opening("a", 10), *opening("b", 600)]
    assert differences(listing(events), listing(events)) == []


# A change of settings on the same log, through the live fold.


def folded(rules: Rules) -> list[CrisisEvent]:
    """Return the events of a shop with a wave of 60 complaints an hour and a small one of six."""
    waves = [
        Planted(3, 60, (("delivery",),)),
        Planted(3, 7, (("refund",),), start_ms=BREAKS_MS + 10 * HOUR_MS),
    ]
    fold = PartitionFold(rules)
    return crisis_events(
        output
        for offset, record in enumerate(shop(1, waves))
        for output in fold.apply(offset, record)
    )


def written(path: Path, events: Iterable[CrisisEvent]) -> Path:
    path.write_bytes(b"".join((event_wire.encode(one).value or b"") + b"\n" for one in events))
    return path


KNOWN = f"""
- name: late parcels
  brand: Larkmoor
  starts: {format_ms(BREAKS_MS)}
  ends: {format_ms(BREAKS_MS + 3 * HOUR_MS)}
"""


def run(*arguments: str | Path) -> int:
    return main.run(["eval", "crises", *map(str, arguments)])


def test_a_change_that_loses_a_known_crisis_is_stopped(tmp_path: Path, capsys: Capture) -> None:
    usual = written(tmp_path / "before.jsonl", folded(QUICK))
    deaf = written(tmp_path / "deaf.jsonl", folded(Rules(warm_blocks=20, minimum_negatives=5_000)))
    known = tmp_path / "known.yaml"
    known.write_text(KNOWN)

    assert run(usual, "--known", known) == 0
    listed = capsys.readouterr().out
    assert "after the beginning of 'late parcels'" in listed
    assert "MISSED" not in listed

    assert run(deaf, "--before", usual, "--known", known) == 1
    told = capsys.readouterr().out
    assert told.startswith("LOST     larkmoor (delivery)")
    assert "this change: 1 lost" in told

    assert run(usual, "--before", usual, "--known", known) == 0
    assert capsys.readouterr().out == "no crisis differs\n"


def test_a_change_that_asks_for_more_signs_is_told_as_later(
    tmp_path: Path, capsys: Capture
) -> None:
    usual = written(tmp_path / "before.jsonl", folded(QUICK))
    patient = Rules(warm_blocks=20, open_steps=4)
    slow = written(tmp_path / "slow.jsonl", folded(patient))
    known = tmp_path / "known.yaml"
    known.write_text(KNOWN)

    assert run(slow, "--before", usual, "--known", known, "--json") == 0
    found = json.loads(capsys.readouterr().out)["differences"]

    (kept,) = [one for one in found if one["kind"] == "kept"]
    first = [
        one.time_ms
        for rules in (QUICK, patient)
        for one in folded(rules)
        if one.type is EventType.OPENED and one.theme == "delivery"
    ]
    assert kept["later_s"] == (first[1] - first[0]) // 1000 > 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[", "is no YAML that can be read"),
        ("a: b", "holds no list of incidents"),
        ("- {name: x, brand: y, starts: 2026-03-02T18:00:00Z}", "incident 1: has other keys than"),
        (
            "- {name: x, brand: 7, starts: 2026-03-02T18:00:00Z, ends: 2026-03-03T18:00:00Z}",
            "incident 1: name or brand is no text",
        ),
        (
            "- {name: x, brand: y, starts: 2026-03-02T18:00:00, ends: 2026-03-03T18:00:00Z}",
            "incident 1: starts and ends are no times with an offset",
        ),
        (
            "- {name: x, brand: y, starts: 2026-03-04T18:00:00Z, ends: 2026-03-03T18:00:00Z}",
            "one before the other: write a list of",
        ),
        (KNOWN * 2, "'late parcels' of larkmoor is there twice: give it two names"),
    ],
)
def test_a_broken_file_of_incidents_is_named(
    text: str, says: str, tmp_path: Path, capsys: Capture
) -> None:
    events = written(tmp_path / "events.jsonl", opening("a", 10))
    known = tmp_path / "known.yaml"
    known.write_text(text)

    assert run(events, "--known", known) == 65
    assert f"{known}: {says}" in (told := capsys.readouterr().err) or says in told


def test_other_bad_input_is_named(tmp_path: Path, capsys: Capture) -> None:
    events = written(tmp_path / "events.jsonl", opening("a", 10))
    none = written(tmp_path / "none.jsonl", [])
    mentions = tmp_path / "mentions.jsonl"
    mentions.write_text('{"id": "1"}\n')

    assert run(tmp_path / "gone.jsonl") == 65
    assert run(mentions) == 65
    assert "mentions.jsonl:1: no crisis event" in capsys.readouterr().err
    assert run(none) == 65
    assert "holds no event: say what it is of by --since and --until" in capsys.readouterr().err
    assert run(events, "--since", "yesterday") == 64
    assert "--since 'yesterday': is no time such as" in capsys.readouterr().err
    assert run(events, "--known", tmp_path / "gone.yaml") == 65
    assert "gone.yaml: No such file or directory; name a readable file" in capsys.readouterr().err
