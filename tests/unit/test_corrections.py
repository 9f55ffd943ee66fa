"""A person's label: it moves the windows it can, is answered by an event, and joins the pool."""

from __future__ import annotations

from random import Random

import msgspec
import pytest

from app.core import recent
from app.core.crisis import EventType
from app.core.event import CrisisEvent, Labelled
from app.core.mention import Label, SourceKind
from app.core.partition import PartitionFold
from app.core.record import Command
from app.core.rules import STEP_MS
from app.core.state import BrandState
from app.core.window import NEGATIVES, zero
from app.wire import state as state_wire
from tests.unit.folding import MONDAY_MS, QUICK, beat, closed_windows, command, mention

LATENESS_MS = QUICK.allowed_lateness_ms
FELT = (None, (), ("anger",), ("fear",), ("anger", "fear"))
GIVEN = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)


def correction(number: int, mention_id: str, label: Label, **fields: object) -> Command:
    return command(
        number, "correct-label", mention_id=mention_id, label=label, labeller="f" * 16, **fields
    )


class Log:
    """A fold and the next offset of its log."""

    def __init__(self) -> None:
        self.fold, self.offset = PartitionFold(QUICK), 0
        self.add(beat(None))

    def add(self, record: object) -> list[object]:
        outputs = self.fold.apply(self.offset, record)  # type: ignore[arg-type]
        self.offset += 1
        return list(outputs)

    def correct(self, *args: object, **fields: object) -> tuple[CrisisEvent, Labelled]:
        event, labelled = self.add(correction(*args, **fields))  # type: ignore[arg-type]
        assert isinstance(event, CrisisEvent)
        assert isinstance(labelled, Labelled)
        return event, labelled

    def pass_time(self, until_ms: int) -> list[object]:
        return self.add(beat(until_ms + LATENESS_MS))

    @property
    def state(self) -> BrandState:
        return self.fold.brands["larkmoor"].state

    @property
    def negatives(self) -> list[int]:
        return [counts[NEGATIVES] for _, counts in self.state.rings.windows()]


def judged(label: Label = Label.NEGATIVE, **fields: object) -> Log:
    """Return a log whose one mention was judged."""
    log = Log()
    log.add(mention(1, MONDAY_MS, label=label, lang="pl", **fields))
    log.pass_time(MONDAY_MS + STEP_MS)
    return log


def test_a_mention_that_waits_is_judged_with_the_new_label() -> None:
    log = Log()
    log.add(mention(1, MONDAY_MS, label=Label.NEGATIVE, lang="de", url="https://a.example/1"))
    assert log.state.pending[MONDAY_MS // STEP_MS].top
    event, labelled = log.correct(1, "m1", Label.NEUTRAL)
    assert event.type is EventType.CORRECTED
    assert (event.crisis_id, event.actor, event.command_id) == ("", "ada", "c1")
    assert "still open" in event.reasons[1]
    assert event.correction is not None
    assert event.correction.start_ms is None
    assert (labelled.before, labelled.label, labelled.lang) == (
        Label.NEGATIVE,
        Label.NEUTRAL,
        "de",
    )
    assert not log.state.pending[MONDAY_MS // STEP_MS].top
    (window,) = closed_windows(log.pass_time(MONDAY_MS + STEP_MS))  # type: ignore[arg-type]
    assert (window.negatives, window.neutrals) == (0, 1)
    assert log.state.pending_bytes == 0


def test_a_judged_mention_leaves_every_window_it_lies_in() -> None:
    log = judged()
    assert log.negatives == [1, 1, 1, 1]
    event, labelled = log.correct(1, "m1", Label.POSITIVE)
    assert log.negatives == [0, 0, 0, 0]
    assert event.correction is not None
    assert event.correction.start_ms == MONDAY_MS
    assert (event.correction.before, event.correction.label) == (Label.NEGATIVE, Label.POSITIVE)
    assert (labelled.mention_id, labelled.brand, labelled.labeller) == ("m1", "larkmoor", "f" * 16)
    assert log.state.top == []


def test_a_judged_mention_joins_the_negatives() -> None:
    log = judged(Label.UNCERTAIN)
    log.correct(1, "m1", Label.NEGATIVE)
    assert log.negatives == [1, 1, 1, 1]
    assert all(counts[4] == 0 for _, counts in log.state.rings.windows())


@pytest.mark.parametrize("seed", range(4))
def test_corrected_windows_are_those_of_a_log_that_was_right_from_the_start(seed: int) -> None:
    """Over five hours, in any order, of mentions judged or waiting, some corrected twice."""
    draw, wrong, right = Random(seed), Log(), Log()
    times = sorted(draw.randrange(5 * 3_600_000) for _ in range(300))
    labels = {number: draw.choice(list(Label)) for number in range(300)}
    truth = dict(labels)
    for number in draw.sample(range(300), 80):
        truth[number] = draw.choice(GIVEN)
    for number, after_ms in enumerate(times):
        for log, said in ((wrong, labels), (right, truth)):
            felt = FELT[number % 5]
            log.add(mention(number, MONDAY_MS + after_ms, label=said[number], emotions=felt))
            log.pass_time(MONDAY_MS + after_ms - 40_000)
    orders = [n for n in range(300) if truth[n] != labels[n] or (n % 7 == 0 and labels[n] in GIVEN)]
    draw.shuffle(orders)
    for place, number in enumerate(orders):
        wrong.correct(2 * place, f"m{number}", draw.choice(GIVEN))
        wrong.correct(2 * place + 1, f"m{number}", truth[number])
    for log in (wrong, right):
        log.pass_time(MONDAY_MS + times[-1] + STEP_MS)
    assert wrong.state.rings == right.state.rings


def test_the_same_label_is_a_confirmation() -> None:
    log = judged()
    event, labelled = log.correct(1, "m1", Label.NEGATIVE)
    assert log.negatives == [1, 1, 1, 1]
    assert "confirmed" in event.reasons[1]
    assert labelled.before == labelled.label == Label.NEGATIVE


def test_a_copy_was_counted_with_its_first_and_moves_nothing() -> None:
    log = judged()
    copy = mention(1, 0).fingerprint
    log.add(mention(2, MONDAY_MS + STEP_MS, label=Label.NEGATIVE, fingerprint=copy))
    log.pass_time(MONDAY_MS + 2 * STEP_MS)
    event, _ = log.correct(1, "m2", Label.NEUTRAL)
    assert log.negatives == [1, 1, 1, 1]
    assert "first copy" in event.reasons[1]


def test_a_forgotten_mention_is_accepted_on_the_givers_word() -> None:
    log = judged()
    event, labelled = log.correct(1, "m99", Label.NEUTRAL, model_label=Label.NEGATIVE, lang="hi-IN")
    assert (event.type, log.negatives) == (EventType.CORRECTED, [1, 1, 1, 1])
    assert "no longer remembered" in event.reasons[1]
    assert (labelled.before, labelled.lang, labelled.is_again) == (Label.NEGATIVE, "hi", False)
    _, unknown = log.correct(2, "m98", Label.NEUTRAL)
    assert (unknown.before, unknown.lang) == (None, "unknown")


def test_what_is_remembered_outweighs_the_givers_word() -> None:
    log = judged()
    _, labelled = log.correct(1, "m1", Label.NEUTRAL, model_label=Label.POSITIVE, lang="en")
    assert (labelled.before, labelled.lang) == (Label.NEGATIVE, "pl")


@pytest.mark.parametrize("is_judged", [True, False])
def test_a_second_correction_is_told_as_one(is_judged: bool) -> None:
    log = Log()
    log.add(mention(1, MONDAY_MS, label=Label.NEGATIVE))
    if is_judged:
        log.pass_time(MONDAY_MS + STEP_MS)
    assert not log.correct(1, "m1", Label.NEUTRAL)[1].is_again
    _, labelled = log.correct(2, "m1", Label.POSITIVE)
    assert (labelled.is_again, labelled.before) == (True, Label.NEUTRAL)


def test_an_id_of_two_sources_needs_the_source() -> None:
    log = judged()
    log.add(mention(2, MONDAY_MS + STEP_MS, mention_id="m1", source="review"))
    (refused,) = log.add(correction(1, "m1", Label.NEUTRAL))
    assert isinstance(refused, CrisisEvent)
    assert refused.type is EventType.REFUSED
    assert "name the source" in refused.reasons[0]
    assert log.negatives == [1, 1, 1, 1]
    log.correct(2, "m1", Label.NEUTRAL, source="social")
    assert log.negatives == [0, 0, 0, 0]


def test_a_repeat_of_a_correction_is_answered_once() -> None:
    log = judged()
    assert log.add(correction(1, "m1", Label.NEUTRAL))
    assert log.add(correction(1, "m1", Label.NEGATIVE)) == []
    assert log.negatives == [0, 0, 0, 0]


def test_a_correction_finds_its_mention_after_a_restart() -> None:
    log = judged()
    message = state_wire.encode_brand(log.state)
    assert message.value is not None
    state = state_wire.decode(message.key, message.value)
    assert isinstance(state, BrandState)
    log.fold = PartitionFold.restore(QUICK, log.fold.clock, [state])
    log.correct(1, "m1", Label.NEUTRAL)
    assert log.negatives == [0, 0, 0, 0]


def test_a_state_stored_before_there_were_corrections_is_read() -> None:
    log = judged()
    message = state_wire.encode_brand(log.state)
    assert message.value is not None
    old = msgspec.msgpack.decode(message.value[1:], strict=False)
    del old["recent"]
    value = state_wire.PREFIX + msgspec.msgpack.encode(old)
    state = state_wire.decode(b"larkmoor", value)
    assert isinstance(state, BrandState)
    assert state.recent == b""


def test_a_brand_that_nobody_heard_of_takes_a_correction() -> None:
    event, labelled = Log().correct(1, "m1", Label.NEUTRAL)
    assert (event.type, labelled.brand) == (EventType.CORRECTED, "larkmoor")


def test_ten_thousand_corrections_at_once_are_accepted_and_the_state_stays_small() -> None:
    log = Log()
    for number in range(2_000):
        log.add(mention(number, MONDAY_MS + number * 1_000, label=Label.NEGATIVE))
        log.pass_time(MONDAY_MS + number * 1_000)
    before_bytes = len(state_wire.encode_brand(log.state).value or b"")
    before = log.negatives
    moved = 0
    for number in range(10_000):
        event, labelled = log.correct(number, f"m{number % 2_500}", Label.NEUTRAL)
        assert event.correction is not None
        moved += event.correction.start_ms is not None
        assert labelled.label is Label.NEUTRAL
    assert moved > 450
    assert before[-1] - log.negatives[-1] == moved
    assert len(state_wire.encode_brand(log.state).value or b"") <= before_bytes + 16
    assert len(log.state.recent) == recent.REMEMBERED * recent.ENTRY_BYTES


def test_the_memory_forgets_what_no_window_holds() -> None:
    kept = recent.remember(b"", 100, [(7, 0), (8, 1)])
    assert recent.look_up(kept, 8, 100) == (recent.ENTRY_BYTES, 100, 1)
    later = recent.remember(kept, 100 + recent.REMEMBERED_STEPS - 1, [(9, 2)])
    assert len(later) == 3 * recent.ENTRY_BYTES
    assert recent.look_up(later, 7, 100 + recent.REMEMBERED_STEPS - 1) == (0, 100, 0)
    latest = recent.remember(later, 100 + recent.REMEMBERED_STEPS, [])
    assert recent.look_up(latest, 7, 100 + recent.REMEMBERED_STEPS) is None


def test_the_memory_finds_whole_entries_alone() -> None:
    """The number looked for stands across two entries as well, where it means nothing."""
    number = 0x00_00_07_00
    kept = recent.remember(b"", 0, [(0, 0), (0x0700_0000, 7)])
    assert recent.look_up(kept, number, 0) is None


def test_a_change_reaches_exactly_the_rings_that_hold_the_step() -> None:
    log = judged()
    change = zero()
    change[NEGATIVES] = 1
    rings = log.state.rings
    for _ in range(60):
        rings.push(zero())
    assert rings.change(MONDAY_MS // STEP_MS, change)
    assert [counts[NEGATIVES] for _, counts in rings.windows()] == [0, 0, 2, 2]
    for _ in range(800):
        rings.push(zero())
    assert not rings.change(MONDAY_MS // STEP_MS, change)


def test_every_source_is_looked_through() -> None:
    for kind in SourceKind:
        log = judged(source=kind.value)
        log.correct(1, "m1", Label.NEUTRAL)
        assert log.negatives == [0, 0, 0, 0]
