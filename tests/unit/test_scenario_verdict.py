"""Exactly the planted crisis is found, whatever the seed, by a model that is sometimes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from app.cli.demo.verdict import differences
from app.config import Settings
from app.core.crisis import EventType
from app.core.event import CrisisEvent
from app.core.mention import Mention
from app.inference.calibration import Calibration, Probabilities
from app.inference.negative_errors import NegativeErrors
from app.sources.scenario.week import Week, week
from app.sources.watchlist import load
from app.stream.offline import Replay
from app.wire import mention as mention_wire

NEGATIVE = {"complaint", "start", "peak", "fade"}
POSITIVE = {"praise", "share", "riff"}


class Oracle:
    """Knows what each text was meant to say, and errs on ``wrong`` of a hundred texts."""

    model = "oracle@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages: frozenset[str] = frozenset()

    def __init__(self, scenario: Week, wrong: int) -> None:
        self._wrong = wrong
        self._moods: dict[str, str] = {}
        for record in scenario.records:
            parsed = mention_wire.parse(record.value)
            assert isinstance(parsed, Mention)
            self._moods[parsed.text] = record.mood

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Probabilities:
        mood = self._moods[text]
        label = 0 if mood in NEGATIVE else 2 if mood in POSITIVE else 1
        noise = int(hashlib.sha256(text.encode()).hexdigest(), 16)
        if noise % 100 < self._wrong:
            label = (label + 1 + noise // 100 % 2) % 3
        return (
            (0.9, 0.05, 0.05)
            if label == 0
            else (0.05, 0.9, 0.05)
            if label == 1
            else (0.05, 0.05, 0.9)
        )


def played(folder: Path, scenario: Week, wrong: int) -> list[CrisisEvent]:
    recorded = folder / "week.jsonl"
    recorded.write_bytes(b"".join(record.value + b"\n" for record in scenario.records))
    match = load(Path(str(files("app.sources.scenario") / "watchlist.yaml"))).match
    replay = Replay(Settings(), Oracle(scenario, wrong), match)
    return [out for out in replay.mentions([recorded]) if isinstance(out, CrisisEvent)]


def told(found: list[CrisisEvent]) -> frozenset[str]:
    return frozenset(event.crisis_id for event in found)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20250303, 1, 2, 3, 4, 5])
def test_exactly_the_planted_crisis_is_found(seed: int, tmp_path: Path) -> None:
    scenario = week(seed)
    found = played(tmp_path, scenario, wrong=10)
    assert differences(found, scenario.planted, fired=told(found), ended=told(found)) == []
    opened = next(event for event in found if event.type is EventType.OPENED)
    assert opened.time_ms - scenario.planted.start_ms < 30 * 60_000


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Week, list[CrisisEvent]]:
    scenario = week()
    return scenario, played(tmp_path_factory.mktemp("week"), scenario, wrong=0)


def test_a_crisis_elsewhere_is_a_difference(shipped: tuple[Week, list[CrisisEvent]]) -> None:
    scenario, found = shipped
    problems = differences(found, scenario.joke, fired=told(found), ended=told(found))
    assert problems[0] == "the planted crisis of zumbry did not open"
    assert "which was not planted" in problems[1]


def test_no_crisis_is_a_difference(shipped: tuple[Week, list[CrisisEvent]]) -> None:
    none: frozenset[str] = frozenset()
    assert differences([], shipped[0].planted, fired=none, ended=none) == [
        "the planted crisis of larkmoor did not open"
    ]


def test_an_unresolved_crisis_is_a_difference(shipped: tuple[Week, list[CrisisEvent]]) -> None:
    scenario, found = shipped
    ends = (EventType.RESOLVED, EventType.CLOSED)
    cut = [event for event in found if event.type not in ends]
    problems = differences(cut, scenario.planted, fired=told(cut), ended=told(cut))
    assert [problem.partition(": ")[2] for problem in problems] == ["it ended as recovering"]


def test_a_lost_event_is_a_difference(shipped: tuple[Week, list[CrisisEvent]]) -> None:
    scenario, found = shipped
    cut = [event for event in found if event.type is not EventType.RECOVERING]
    problems = differences(cut, scenario.planted, fired=told(cut), ended=told(cut))
    assert len(problems) == 1
    assert "has a gap" in problems[0]


def test_an_alert_that_never_came_or_never_ended_is_a_difference(
    shipped: tuple[Week, list[CrisisEvent]],
) -> None:
    scenario, found = shipped
    none: frozenset[str] = frozenset()
    silent = differences(found, scenario.planted, fired=none, ended=none)
    stuck = differences(found, scenario.planted, fired=told(found), ended=none)
    assert ["was not told of" in problem for problem in silent] == [True]
    assert ["was not told that" in problem for problem in stuck] == [True]
