"""What the fold counts of anger and fear, and what an event says of it: row C11."""

from __future__ import annotations

import msgspec
import pytest

from app.core.cause import EmotionShare, Shift
from app.core.crisis import EventType
from app.core.drivers.emotions import emotions_of, felt_by
from app.core.emotions import EMOTIONS, counts_in
from app.core.event import CrisisEvent
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.rules import STEP_MS
from app.core.share import learn_share
from app.core.state import BrandState, Felt
from app.core.window import FELT, RAW, Counts, zero
from app.wire import state as state_wire
from tests.unit.driver_facts import fact
from tests.unit.folding import (
    MONDAY_MS,
    QUICK,
    Stream,
    beat,
    closed_windows,
    command,
    crisis_events,
    fold,
    mention,
)

HOUR_MS = 3_600_000
CRISIS_MS = MONDAY_MS + 76 * HOUR_MS
Felt3 = tuple[int, int, int]


def felt_in(partition: PartitionFold) -> list[Felt3]:
    """Return the counts of each scale's window."""
    rings = partition.brands["larkmoor"].state.rings
    assert rings.are_sound()
    return [counts_in(counts[FELT]) for _, counts in rings.windows()]


def folded(*records: LogRecord) -> PartitionFold:
    partition = PartitionFold(QUICK)
    for offset, one in enumerate((beat(None), *records)):
        partition.apply(offset, one)
    return partition


def judged(*records: LogRecord) -> PartitionFold:
    return folded(*records, beat(MONDAY_MS + STEP_MS + QUICK.allowed_lateness_ms))


def told(number: int, *emotions: str, **fields: object) -> ScoredMention:
    values: dict[str, object] = {"label": Label.NEGATIVE, "emotions": emotions}
    return mention(number, MONDAY_MS, **(values | fields))


def corrected(number: int, label: Label, order: int = 1) -> LogRecord:
    return command(order, "correct-label", mention_id=f"m{number}", label=label, labeller="f" * 16)


def test_a_step_counts_the_negatives_looked_through_and_what_they_show() -> None:
    records = [
        told(1, "anger"),
        told(2, "anger", "fear"),
        told(3),
        told(4, emotions=None),  # a record of before there were any
        told(5, "anger", label=Label.UNCERTAIN),
    ]
    for order in (records, records[::-1]):
        numbered = [
            msgspec.structs.replace(one, origin=msgspec.structs.replace(one.origin, offset=place))
            for place, one in enumerate(order)
        ]
        assert felt_in(judged(*numbered)) == [(3, 2, 1)] * 4
    (window,) = closed_windows(
        fold([beat(None), *records, beat(MONDAY_MS + STEP_MS + QUICK.allowed_lateness_ms)])
    )
    assert (window.negatives, window.felt, window.anger, window.fear) == (4, 3, 2, 1)


def test_a_copy_counts_once() -> None:
    one = told(1, "fear")
    assert felt_in(judged(one, told(2, "fear", fingerprint=one.fingerprint))) == [(1, 0, 1)] * 4


@pytest.mark.parametrize("is_waiting", [True, False])
@pytest.mark.parametrize(
    ("model", "person", "felt"),
    [
        (Label.NEGATIVE, Label.POSITIVE, (0, 0, 0)),
        (Label.UNCERTAIN, Label.NEGATIVE, (1, 1, 1)),
        (Label.NEGATIVE, Label.NEGATIVE, (1, 1, 1)),
    ],
)
def test_a_persons_label_says_nothing_of_emotions_which_count_while_it_is_negative(
    model: Label, person: Label, felt: Felt3, *, is_waiting: bool
) -> None:
    one, by_hand = told(1, "anger", "fear", label=model), corrected(1, person)
    end = beat(MONDAY_MS + STEP_MS + QUICK.allowed_lateness_ms)
    partition = folded(one, by_hand, end) if is_waiting else folded(one, end, by_hand)
    assert felt_in(partition) == [felt] * 4


def test_a_label_taken_back_brings_the_emotion_back() -> None:
    partition = judged(told(1, "fear"))
    for order, label in enumerate((Label.NEUTRAL, Label.NEGATIVE), 10):
        partition.apply(order, corrected(1, label, order))
        assert felt_in(partition) == [((1, 0, 1) if label is Label.NEGATIVE else (0, 0, 0))] * 4


def test_an_erased_author_stays_counted_as_in_every_other_count() -> None:
    one = told(1, "anger")
    erase = command(1, "erase-author", author=one.author)
    end = beat(MONDAY_MS + STEP_MS + QUICK.allowed_lateness_ms)
    for records in ((one, erase, end), (one, end, erase)):
        assert felt_in(folded(*records)) == [(1, 1, 0)] * 4


def test_a_restored_state_goes_on_with_the_same_counts() -> None:
    partition = folded(told(1, "anger"), told(2))
    message = state_wire.encode_brand(partition.brands["larkmoor"].state)
    restored = state_wire.decode(message.key, message.value or b"")
    assert restored == partition.brands["larkmoor"].state


def with_emotions(records: list[LogRecord]) -> list[LogRecord]:
    """Give one negative in ten anger, in the wave six in ten, and one in twenty fear."""
    made, negatives = list[LogRecord](), 0
    for one in records:
        if isinstance(one, ScoredMention) and one.label is Label.NEGATIVE:
            negatives += 1
            is_wave = CRISIS_MS <= one.event_time_ms < CRISIS_MS + 3 * HOUR_MS
            is_angry = negatives % 10 < 6 if is_wave else negatives % 10 == 0
            emotions = (("anger",) if is_angry else ()) + (("fear",) if negatives % 20 == 7 else ())
            made.append(msgspec.structs.replace(one, emotions=emotions))
        else:
            made.append(one)
    return made


def wave() -> list[LogRecord]:
    stream = Stream(1, per_day=300).wave(CRISIS_MS, hours=3, per_hour=60, negative_share=0.9)
    return stream.records(days=4)


def worst(records: list[LogRecord]) -> CrisisEvent:
    """Return the last event that tells of a severity that rose."""
    events = crisis_events(fold(records))
    return [one for one in events if one.type is EventType.SEVERITY_CHANGED][-1]


def test_an_event_tells_the_shift_of_a_planted_wave_of_anger() -> None:
    event = worst(with_emotions(wave()))
    assert event.evidence is not None
    assert event.evidence.drivers is not None
    assert event.summary is not None
    anger, fear = event.evidence.drivers.emotions
    assert (anger.emotion, fear.emotion) == EMOTIONS
    assert anger.of == event.evidence.negatives
    assert anger.shift is not None
    assert fear.shift is not None
    assert anger.shift.low <= 50.0 <= anger.shift.high
    assert anger.shift.low > 0.0
    assert fear.shift.low <= 0.0 <= fear.shift.high
    assert f"; anger in {anger.shift.now:.0f}% of the negatives, usually" in event.summary.en
    assert f"; złość w {anger.shift.now:.0f}% negatywnych, zwykle w" in event.summary.pl
    assert "fear in" not in event.summary.en


def test_a_log_of_before_there_were_emotions_tells_none_and_the_same_besides() -> None:
    before, now = worst(wave()), worst(with_emotions(wave()))
    assert before.evidence is not None
    assert before.evidence.drivers is not None
    assert before.evidence.drivers.emotions == ()
    assert now.evidence is not None
    assert now.evidence.drivers is not None
    bare = msgspec.structs.replace(now.evidence.drivers, emotions=())
    assert before.evidence == msgspec.structs.replace(now.evidence, drivers=bare)


def test_what_is_not_told_of_the_past_leaves_the_shift_out() -> None:
    assert emotions_of((10, 4, 0), (0.0, 0.0, 0.0)) == (
        EmotionShare(emotion="anger", negatives=4, of=10),
        EmotionShare(emotion="fear", negatives=0, of=10),
    )
    assert emotions_of((0, 0, 0), (50.0, 5.0, 1.0)) == ()


def test_beside_another_crisis_the_facts_looked_at_are_counted() -> None:
    facts = [fact(n, marks=2 * number) for n, number in enumerate((0, 1, 2, 3, 4))]
    assert felt_by(facts) == (4, 2, 2)


def test_the_usual_shares_are_learnt_from_what_was_told() -> None:
    state = BrandState(brand="larkmoor")
    block: Counts = zero()
    block[RAW] = 5
    learn_share(state, block, 1.0)
    assert state.felt == Felt()
    (step,) = closed_windows(
        fold([beat(None), told(1, "anger"), told(2), beat(MONDAY_MS + 10 * HOUR_MS)])
    )
    assert (step.felt, step.anger) == (2, 1)
    partition = folded(told(1, "anger"), told(2), beat(MONDAY_MS + 10 * HOUR_MS))
    for offset, one in enumerate((told(9, "fear", event_time_ms=MONDAY_MS + 11 * HOUR_MS),), 20):
        partition.apply(offset, one)
    partition.apply(30, beat(MONDAY_MS + 12 * HOUR_MS))
    assert partition.brands["larkmoor"].state.felt == Felt(2.0, 1.0, 0.0)


def test_the_shift_of_an_emotion_is_that_of_any_share() -> None:
    anger, _ = emotions_of((30, 18, 0), (60.0, 6.0, 0.0))
    assert anger.shift == Shift(before=10.0, now=60.0, change=50.0, low=29.61, high=66.31)
