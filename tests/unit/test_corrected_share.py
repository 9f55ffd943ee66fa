"""D11: a share that rises with the mix of languages alone opens nothing; one that rises does.

The worked example: a model finds 75 % of the negatives in English and takes 10 % of the others for
negative, in Polish 60 % and 25 %. A true share of 15 % shows as 20.8 % with one Polish mention in
ten and as 26.1 % with six.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import msgspec
import pytest

from app.core.brand import Brand
from app.core.detector.spike import Verdict
from app.core.event import CrisisEvent
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.rules import STEP_MS
from app.core.share import (
    LEAST_WEIGHED,
    NO_ERRORS,
    Errors,
    errors_of,
    expected_share,
    share_of,
    usual_errors,
)
from app.core.state import BrandState
from app.core.why import Look, look
from app.core.window import FALSE, MISSED, zero
from app.wire import state as state_wire
from tests.unit.folding import MONDAY_MS, QUICK, beat, command, crisis_events, mention

HOUR_MS = 3_600_000
ERRORS = {"en": (250, 100), "pl": (400, 250)}  # missed, false, in thousandths
TENTH, SIXTH = Errors(0.265, 0.115), Errors(0.34, 0.19)  # with so many tenths of Polish
SHIFT_MS = MONDAY_MS + 12 * HOUR_MS
END_MS = MONDAY_MS + 19 * HOUR_MS
BEGINNINGS = {"opened", "reopened", "relapsed"}


class Phase(msgspec.Struct, frozen=True):
    """A time with so much Polish, so many mentions an hour, and so many that are negative."""

    polish: float
    per_hour: float
    true_share: float = 0.15


USUAL = Phase(0.1, 600)
CAMPAIGN = Phase(0.6, 1_350)  # the English mentions stay


def labelled(draw: Random, language: str, true_share: float) -> Label:
    missed, false = ERRORS[language]
    chance = 1_000 - missed if draw.random() < true_share else false
    return Label.NEGATIVE if draw.random() < chance / 1_000 else Label.NEUTRAL


def a_log(before: Phase, after: Phase, *, knows_errors: bool = True) -> list[LogRecord]:
    """Return twelve hours of one phase and seven of the next, the same labels each time."""
    draw, log, now_ms = Random(1), list[LogRecord]([beat(None)]), float(MONDAY_MS)
    while now_ms < END_MS:
        phase = before if now_ms < SHIFT_MS else after
        now_ms += draw.expovariate(phase.per_hour / HOUR_MS)
        language = "pl" if draw.random() < phase.polish else "en"
        label = labelled(draw, language, phase.true_share)
        errors = ERRORS[language] if knows_errors else None
        one = mention(len(log), int(now_ms), label=label, lang=language, negative_errors=errors)
        log.append(one)
    return [*log, beat(END_MS + QUICK.allowed_lateness_ms + STEP_MS)]


class Folded:
    """What became of a log; ``looks``: of every fifth minute from the shift on."""

    def __init__(self, log: Sequence[LogRecord]) -> None:
        self.fold, self.events, self.looks = PartitionFold(QUICK), list[CrisisEvent](), list[Look]()
        for offset, one in enumerate(log):
            self.events += crisis_events(self.fold.apply(offset, one))
            if self.fold.brands:
                self.fold.brands["larkmoor"].observer = self._see

    def _see(self, brand: Brand, verdicts: Mapping[str, Verdict]) -> None:
        if brand.now_ms > SHIFT_MS and brand.now_ms % 300_000 == 0:
            self.looks.append(look(brand, verdicts))

    @property
    def state(self) -> BrandState:
        return self.fold.brands["larkmoor"].state

    @property
    def begun_ms(self) -> list[int]:
        return [event.time_ms for event in self.events if event.type.value in BEGINNINGS]


def test_the_worked_example() -> None:
    shown = TENTH.shown(0.15), SIXTH.shown(0.15)
    assert shown == pytest.approx((0.208, 0.2605))
    assert shown[1] - shown[0] == pytest.approx(0.0525)  # 5.3 points as labelled ...
    corrected = TENTH.corrected(shown[0]), SIXTH.corrected(shown[1])
    assert corrected == pytest.approx((0.15, 0.15))  # ... and none corrected
    assert expected_share(shown[0], TENTH, SIXTH) == pytest.approx(shown[1])


def test_a_changed_mix_opens_a_crisis_as_labelled_and_none_corrected() -> None:
    """Six in ten are Polish where one was: nothing is worse, and more is taken for negative."""
    plain = Folded(a_log(USUAL, CAMPAIGN, knows_errors=False))
    corrected = Folded(a_log(USUAL, CAMPAIGN))
    assert plain.begun_ms
    assert not corrected.begun_ms
    counts = corrected.state.rings.sums[-1]  # six hours, all of them after the shift
    now, shown = errors_of(counts), share_of(counts)
    assert now == pytest.approx(SIXTH, abs=0.01)
    assert shown == pytest.approx(0.2605, abs=0.01)
    assert now.corrected(shown) == pytest.approx(0.15, abs=0.02)
    held = [one for one in corrected.looks if one.held_by == "corrected share"]
    assert held
    for one in held:
        gates = {gate.name: gate for gate in one.gates}
        assert gates["share"].is_open
        assert not gates["corrected share"].is_open


def course(folded: Folded) -> list[tuple[object, ...]]:
    return [(one.id, one.type, one.time_ms, one.severity, one.reasons) for one in folded.events]


@pytest.mark.parametrize("polish", [0.0, 1.0])
def test_in_one_language_the_correction_changes_no_step(polish: float) -> None:
    before, after = Phase(polish, 150), Phase(polish, 300, 0.8)
    plain = Folded(a_log(before, after, knows_errors=False))
    corrected = Folded(a_log(before, after))
    assert plain.begun_ms
    assert course(corrected) == course(plain)
    assert all(one.held_by != "corrected share" for one in corrected.looks)


def test_a_rise_in_a_changed_mix_opens_and_tells_both_shares() -> None:
    found = Folded(a_log(USUAL, Phase(0.6, 1_350, 0.5)))
    assert found.begun_ms
    assert found.begun_ms[0] <= SHIFT_MS + 20 * 60_000
    evidence = next(e.evidence for e in found.events if e.type.value == "opened")
    assert evidence is not None
    assert evidence.corrected_negative_share is not None
    assert evidence.usual_corrected_share is not None
    assert evidence.usual_corrected_share == pytest.approx(0.15, abs=0.04)
    assert evidence.corrected_negative_share > 2 * evidence.usual_corrected_share
    assert evidence.usual_negative_share == pytest.approx(0.208, abs=0.03)


def test_without_known_errors_both_shares_are_as_labelled() -> None:
    found = Folded(a_log(Phase(0.1, 150), Phase(0.1, 300, 0.6), knows_errors=False))
    told = [one.evidence for one in found.events if one.evidence is not None]
    assert told
    for evidence in told:
        assert evidence.corrected_negative_share == evidence.negative_share
        assert evidence.usual_corrected_share == evidence.usual_negative_share


def test_the_order_of_arrival_changes_nothing() -> None:
    log = a_log(Phase(0.1, 120), Phase(0.6, 400))
    draw, mixed = Random(5), list(log)
    mentions = [one for one in log if isinstance(one, ScoredMention)]
    by_step = sorted(mentions, key=lambda one: (one.event_time_ms // STEP_MS, draw.random()))
    mixed[1:-1] = [
        msgspec.structs.replace(one, origin=old.origin)
        for one, old in zip(by_step, mentions, strict=True)
    ]
    in_order, shuffled = Folded(log), Folded(mixed)
    assert in_order.state.rings == shuffled.state.rings
    assert in_order.state.share_false == shuffled.state.share_false
    assert in_order.events == shuffled.events


@pytest.mark.parametrize("waits", [True, False])
def test_a_person_s_label_counts_whole(waits: bool) -> None:
    for given in (Label.NEUTRAL, Label.NEGATIVE):
        fold = PartitionFold(QUICK)
        records: list[LogRecord] = [
            beat(None),
            mention(1, MONDAY_MS, label=Label.NEGATIVE, lang="pl", negative_errors=(400, 250)),
            mention(2, MONDAY_MS, label=Label.NEUTRAL, lang="pl", negative_errors=(400, 250)),
        ]
        end = beat(MONDAY_MS + STEP_MS + QUICK.allowed_lateness_ms)
        orders = [
            command(n, "correct-label", mention_id="m1", label=given, labeller="f" * 16)
            for n in (1, 2)  # given twice, it counts once
        ]
        records += [*orders, end] if waits else [end, *orders]
        for offset, one in enumerate(records):
            fold.apply(offset, one)
        for counts in fold.brands["larkmoor"].state.rings.sums:
            assert (counts[MISSED], counts[FALSE]) == (400, 250)  # of the other mention alone
            assert counts[2] == (given is Label.NEGATIVE)
        assert fold.brands["larkmoor"].state.rings.are_sound()


def test_copies_and_unscored_mentions_have_no_errors() -> None:
    fold = PartitionFold(QUICK)
    records: list[LogRecord] = [
        beat(None),
        mention(1, MONDAY_MS, lang="en", negative_errors=(250, 100), fingerprint="a" * 16),
        mention(2, MONDAY_MS, lang="en", negative_errors=(250, 100), fingerprint="a" * 16),
        mention(3, MONDAY_MS, lang="nl", label=Label.UNSCORED, probabilities=()),
        beat(MONDAY_MS + STEP_MS + QUICK.allowed_lateness_ms),
    ]
    for offset, one in enumerate(records):
        fold.apply(offset, one)
    assert fold.brands["larkmoor"].state.rings.sums[0] == [3, 2, 0, 1, 0, 250, 100, 0]


def test_an_unknown_usual_mix_holds_nothing() -> None:
    state = BrandState(brand="larkmoor", share_weighed=LEAST_WEIGHED - 1, share_false=20.0)
    assert usual_errors(state) is None
    assert expected_share(0.2, None, SIXTH) == 0.2
    state.share_weighed = LEAST_WEIGHED
    assert usual_errors(state) == Errors(0.0, 0.2)


def test_a_mix_with_fewer_errors_asks_for_no_less() -> None:
    assert expected_share(0.2605, SIXTH, TENTH) == 0.2605
    assert expected_share(0.99, NO_ERRORS, Errors(0.0, 0.5)) <= 1.0


def test_an_answer_that_says_nothing_does_not_divide_by_nothing() -> None:
    assert Errors(0.9, 0.4).corrected(0.4) == 0.0
    assert errors_of([3, 3, 0, 3, *zero()[4:]]) == NO_ERRORS


def test_the_state_comes_back_with_its_errors() -> None:
    state = Folded(a_log(Phase(0.1, 60), Phase(0.6, 120))).state
    assert state.errors == {language: errors for language, errors in state.errors.items() if errors}
    assert set(state.errors.values()) == set(ERRORS.values())
    message = state_wire.encode_brand(state)
    assert message.value is not None
    assert state_wire.decode(message.key, message.value) == state
