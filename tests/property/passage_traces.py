"""Random courses of crises without the counting before them: what a step shows is drawn, and what
follows from it, with people's commands and passing time, is the real thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec
import pytest

from app.core import course, lifecycle, passage
from app.core.brand import Brand
from app.core.course import Course
from app.core.crisis import Severity
from app.core.detector.spike import ScaleVerdict, Verdict
from app.core.event import CrisisState, Evidence, Output, Summary
from app.core.evidence import Case, Group
from app.core.orders import obey
from app.core.record import Command
from app.core.rules import STEP_MS, Rules
from app.core.state import BrandState
from app.core.timers import run_out
from app.core.window import SCALES_S, Rings, zero
from tests.unit.folding import command

THEMES = ("", "delivery", "security")
SIGMAS = (0.5, 0.01, 1e-10, 1e-40)  # as tail probabilities
FIRST_STEP = 56_802_240
NOTHING = zero()
SEEN = [1, 1, 1, 0, 0, 0, 0]
LULLS = (1, 1, 1, 2, 6, 15, 40, 300, 3_000)  # steps until the next one that is judged
ACTIONS: tuple[tuple[str, dict[str, object]], ...] = (
    ("acknowledge", {}),
    ("assign", {"owner": "bob"}),
    ("assign", {}),
    ("annotate", {"note": "seen"}),
    ("resolve", {}),
    ("confirm", {}),
    ("false-positive", {}),
    ("open", {}),
    ("open", {"theme": "security", "severity": Severity.CRITICAL}),
    ("silence", {"until_ms": (FIRST_STEP + 5_000) * STEP_MS}),
    ("unsilence", {}),
    ("erase-author", {"author": "0123456789abcdef"}),
    ("explode", {}),
)
EVIDENCE = Evidence(
    start_ms=0,
    end_ms=STEP_MS,
    mentions=9,
    distinct=9,
    negatives=8,
    unscored=0,
    uncertain=0,
    distinct_authors=8,
    negative_share=0.9,
    usual_negative_share=0.1,
    score=0.9,
    threshold=0.5,
    late=0,
    baseline="drawn",
    readings=(),
    top_mentions=(),
)
SUMMARY = Summary(en="It burns.", pl="Pali się.")
CASES = 300


def drawn_cases(seed: int) -> tuple[Case, ...]:
    """Return what steps may show: every severity, calm and loud ones."""
    draw = Random(seed)
    return tuple(_case(draw) for _ in range(CASES))


def _case(draw: Random) -> Case:
    negatives = draw.choice((0, 2, 8, 35, 120))
    others = draw.randrange(1, 60)
    counts = [negatives + others, negatives + others, negatives, 0, 0, 0, 0]
    verdict = Verdict(0.0, draw.choice((0.0, 0.9)), 1.0, 1.0)
    scales = tuple(
        ScaleVerdict(
            scale_s=scale_s,
            observed=negatives,
            expected=draw.choice((0.3, 2.0, 50.0)),
            dispersion=2.0,
            probability=draw.choice(SIGMAS),
        )
        for scale_s in SCALES_S
    )
    return a_case(scales, counts, verdict=verdict, authors=draw.randrange(16))


def a_case(
    scales: tuple[ScaleVerdict, ...],
    counts: list[int],
    *,
    verdict: Verdict,
    authors: int = 16,
    usual_share: float = 0.15,
) -> Case:
    """Return a case in which every window counts the same and every channel is judged alike."""
    return Case(
        windows=tuple((0, counts) for _ in scales),
        negatives=verdict,
        mentions=verdict,
        second=verdict,
        negative_scales=scales,
        mention_scales=scales,
        scale=min(scales, key=lambda scale: scale.probability),
        start_step=0,
        counts=counts,
        authors=authors,
        usual_share=usual_share,
    )


class Drawn:
    """What stands in for the counting: signs and groups as the trace draws them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.draw = Random(0)
        self.heat = 0.5  # chance of a sign, and that negatives are out of the band
        monkeypatch.setattr(passage, "describe", lambda *_: EVIDENCE)
        monkeypatch.setattr(lifecycle, "summary_of", lambda _: SUMMARY)
        monkeypatch.setattr(Course, "_closed", lambda _: self._gate())
        monkeypatch.setattr(passage, "is_praise", lambda *_: self.draw.random() < 0.1)
        monkeypatch.setattr(passage, "missed", lambda *_: self._missed())
        monkeypatch.setattr(course, "targets", self._targets)
        monkeypatch.setattr(course, "group_of", self._group)

    def _gate(self) -> str | None:
        return None if self.draw.random() < self.heat else "score"

    def _missed(self) -> tuple[str, ...]:
        return ("social",) if self.draw.random() < 0.1 else ()

    def _targets(self, *_: object) -> tuple[str, ...]:
        return tuple(sorted(self.draw.sample(THEMES, self.draw.choice((1, 1, 1, 2)))))

    def _group(self, _state: object, case: Case, theme: str, *, is_alone: bool) -> Group:
        kept = 1.0 if is_alone else self.draw.choice((0.1, 0.5, 0.9))
        return Group(theme, kept, case.authors, self.draw.random() >= self.heat)


def trace(seed: int, cases: tuple[Case, ...], drawn: Drawn, rules: Rules) -> Iterator[Output]:
    """Yield what a brand gives out over 15 to 45 steps of a day or a few, with commands between."""
    draw = drawn.draw = Random(seed)
    brand = _fresh_brand(rules)
    for number in range(draw.randrange(15, 45)):
        if draw.random() < 0.15:
            drawn.heat = draw.choice((0.02, 0.3, 0.7, 0.98))
        lull = draw.choice(LULLS)
        if draw.random() < 0.2:
            yield from _ordered(brand, number, draw)
        brand.state.rings.next_step += lull
        yield from run_out(brand.state, rules, (brand.state.rings.next_step - 1) * STEP_MS)
        step = Course(brand.state, rules, "drawn", draw.choice(cases))
        yield from step.run(draw.choice((NOTHING, SEEN, SEEN)))


def _ordered(brand: Brand, number: int, draw: Random) -> list[Output]:
    action, fields = draw.choice(ACTIONS)
    crises = [one.crisis_id for one in brand.state.episodes.values()]
    named = draw.choice([None, None, "0" * 24, *crises])
    given: Command = msgspec.structs.replace(command(number, action, **fields), crisis_id=named)
    outputs = obey(brand, number, given, brand.state.rings.next_step)
    answers = [one for one in outputs if not isinstance(one, CrisisState)]
    assert len(answers) == 1, (action, answers)  # C32: one answer to each command
    return outputs


def _fresh_brand(rules: Rules) -> Brand:
    state = BrandState(brand="larkmoor", rings=Rings.starting_at(FIRST_STEP), is_started=True)
    state.is_warm = True
    state.last_mention_step = FIRST_STEP
    return Brand(state, rules)
