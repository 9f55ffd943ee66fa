"""C04: copies of a text count once, whatever a copier changed, and an event says how many came."""

from __future__ import annotations

from random import Random

import pytest

from app.core.copies import (
    COPIED,
    NOTHING_COPIED,
    STEP_TEXTS,
    TEXTS,
    Copied,
    Texts,
    are_sound,
    lowest,
    most_posts,
    note_copy,
)
from app.core.event import Late
from app.core.fingerprint import text_fingerprint
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.sketch import text_sketch
from tests.unit.folding import (
    MONDAY_MS,
    QUICK,
    Stream,
    beat,
    closed_windows,
    crisis_events,
    fold,
    mention,
    moved,
)

HOUR_MS = 3_600_000
STORY_MS = MONDAY_MS + 76 * HOUR_MS
STORY = (
    "The carrier closed its largest depot without a word on Friday, and ten thousand parcels are"
    " still lying there, say its drivers, who were told to stay at home"
)
HEADLINES = ("Parcel chaos", "Depot closed", "Drivers sent home", "No parcels before the holidays")
OUTLETS = ("Harbour News", "The Courier", "Evening Post")


def told(number: int, time_ms: int, text: str, **fields: object) -> ScoredMention:
    """Return a mention of this text as the scorer writes it down."""
    drawn = {"fingerprint": text_fingerprint(text), "sketch": text_sketch(text)}
    return mention(number, time_ms, **(drawn | {"label": Label.NEGATIVE} | fields))


def wire_story(first: int, outlets: int = 12) -> list[LogRecord]:
    """Return one story as so many outlets print it: each with a headline and a source of its own,
    some cut.
    """
    records: list[LogRecord] = []
    for number in range(outlets):
        body = STORY if number % 3 != 1 else STORY[: 118 + 2 * number] + "…"
        headline, outlet = HEADLINES[number % 4], OUTLETS[number % 3]
        text = f"{headline}: {body} via {outlet} https://{number}.example/a"
        when_ms = STORY_MS + number * 70_000
        records.append(
            told(first + number, when_ms, text, mention_id=f"story {number}", source="news")
        )
    return records


def calm(seed: int) -> list[LogRecord]:
    records = Stream(seed, per_day=300).records(days=4)
    return [r for r in records if isinstance(r, ScoredMention) and r.event_time_ms < STORY_MS]


def test_a_wire_story_in_twelve_outlets_is_one_text() -> None:
    """Three are delivered twice: at once, and when their step is long over."""
    story = wire_story(90_000)
    repeats = [moved(story[0], 90_001), moved(story[11], 90_101), moved(story[3], 90_102)]
    log = [story[0], repeats[0], *(moved(s, 90_010 + n) for n, s in enumerate(story[1:]))]
    partition = PartitionFold(QUICK)
    outputs = [
        out
        for offset, record in enumerate(
            [beat(None), *calm(3), *log, *repeats[1:], beat(STORY_MS + 5 * HOUR_MS)]
        )
        for out in partition.apply(offset, record)
    ]
    inside = [window for window in closed_windows(outputs) if window.start_ms >= STORY_MS]
    assert sum(window.mentions for window in inside) == 12
    assert sum(window.distinct for window in inside) == 1
    assert sum(window.negatives for window in inside) == 1
    assert partition.duplicates + sum(isinstance(out, Late) for out in outputs) == 3
    assert not [event for event in crisis_events(outputs) if event.crisis_id]


def test_an_event_tells_how_many_copies_came() -> None:
    wave = [
        mention(91_000 + n, STORY_MS + 900_000 + n * 60_000, label=Label.NEGATIVE)
        for n in range(40)
    ]
    outputs = fold([beat(None), *calm(3), *wire_story(90_000), *wave, beat(STORY_MS + HOUR_MS)])
    opened = next(e for e in crisis_events(outputs) if e.type.value == "opened")
    assert opened.evidence is not None
    assert opened.evidence.copies == 12
    assert opened.evidence.mentions > opened.evidence.distinct
    assert not opened.evidence.coordinated


def test_twelve_stories_of_their_own_are_twelve() -> None:
    words = Random(2)
    texts = [" ".join(f"word{words.randrange(900)}" for _ in range(30)) for _ in range(12)]
    stories = [told(90_000 + n, STORY_MS + n * 70_000, text) for n, text in enumerate(texts)]
    outputs = fold([beat(None), *calm(3), *stories, beat(STORY_MS + HOUR_MS)])
    inside = [window for window in closed_windows(outputs) if window.start_ms >= STORY_MS]
    assert sum(window.distinct for window in inside) == 12


def test_a_copy_that_says_the_opposite_is_no_copy() -> None:
    """Near is not equal: where the label differs, a word may have turned the sense round."""
    both = [
        told(90_000, STORY_MS, STORY),
        told(90_001, STORY_MS + 60_000, "Not true: " + STORY, label=Label.NEUTRAL),
    ]
    windows = closed_windows(fold([beat(None), *both, beat(STORY_MS + HOUR_MS)]))
    assert sum(window.distinct for window in windows) == 2


def test_order_within_a_step_changes_nothing() -> None:
    """More texts than are compared, and two that differ in nothing but a tag."""
    close = [
        told(0, STORY_MS + n, f"{HEADLINES[n % 4]} {n}: {STORY}", mention_id=f"close {n}")
        for n in range(150)
    ]
    close += [told(0, STORY_MS, STORY, mention_id="plain")]
    close += [told(0, STORY_MS, STORY.replace("Friday", "#Friday"), mention_id="tagged")]
    found = []
    for seed in range(4):
        Random(seed).shuffle(close)
        log = [moved(one, offset) for offset, one in enumerate(close)]
        found.append(closed_windows(fold([beat(None), *log, beat(STORY_MS + HOUR_MS)])))
    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][0].mentions == 152
    assert found[0][0].distinct < 152 - STEP_TEXTS // 2


def sketch_of(number: int) -> bytes:
    return bytes.fromhex("".join(f"{number:04x}{place:04x}" for place in range(8)))


def test_the_nearest_text_of_the_same_label_is_found() -> None:
    texts = Texts({})
    texts.remember(7, 0, sketch_of(1))
    texts.remember(8, 1, sketch_of(2))
    assert texts.near_copy(sketch_of(1), 0) == 7
    assert texts.near_copy(sketch_of(2), 0) is None
    assert texts.near_copy(sketch_of(2)[:12] + sketch_of(9)[:20], 1) == 8
    assert texts.near_copy(sketch_of(2)[:8] + sketch_of(9)[:24], 1) is None
    assert Texts({}).near_copy(sketch_of(1), 0) is None


def test_of_equals_the_lowest_is_found_and_else_the_nearest() -> None:
    texts = Texts({})
    texts.remember(8, 0, sketch_of(1)[:16] + sketch_of(3)[:16])
    texts.remember(7, 0, sketch_of(1)[:16] + sketch_of(2)[:16])
    assert texts.near_copy(sketch_of(1)[:16], 0) == 7
    assert texts.near_copy(sketch_of(1)[:16] + sketch_of(3)[:4], 0) == 8


def test_the_text_seen_longest_ago_makes_room() -> None:
    kept = dict[int, bytes]()
    texts = Texts(kept)
    for number in range(TEXTS):
        texts.remember(number, 0, sketch_of(number))
    texts.remember(0, 0, sketch_of(0))
    texts.remember(TEXTS, 0, sketch_of(TEXTS))
    assert len(kept) == TEXTS
    for index in (texts, Texts(kept)):  # and one that begins with what was kept
        assert index.near_copy(sketch_of(0), 0) == 0
        assert index.near_copy(sketch_of(1), 0) is None
        assert index.near_copy(sketch_of(TEXTS), 0) == TEXTS


@pytest.mark.parametrize("entry", [b"", b"\0" * 12, b"\0" * 14, b"\0" * 37])
def test_an_entry_no_fold_wrote_is_told(entry: bytes) -> None:
    assert not are_sound({7: entry})
    assert are_sound({7: b"\0" * 13, 8: b"\0" * 33})
    assert not are_sound(dict.fromkeys(range(TEXTS + 1), b"\x00" * 13))


def test_copies_are_counted_and_the_oldest_let_go() -> None:
    copied = dict[int, Copied]()
    note_copy(copied, 5, 10, is_suspect=True)
    note_copy(copied, 5, 12, is_suspect=False)
    assert copied == {5: Copied(2, 1, 12)}
    assert (most_posts(copied, 12), most_posts(copied, 13), most_posts(NOTHING_COPIED, 0)) == (
        3,
        0,
        0,
    )
    for number in range(COPIED):
        note_copy(copied, 100 + number, 20, is_suspect=False)
    assert len(copied) == COPIED
    assert 5 not in copied


@pytest.mark.parametrize("count", [0, STEP_TEXTS, STEP_TEXTS + 1])
def test_of_many_texts_in_a_step_a_sample_is_compared(count: int) -> None:
    sketches = {Random(number).getrandbits(63): b"" for number in range(count)}
    kept = lowest(sketches, STEP_TEXTS)
    assert list(kept) == sorted(sketches)[:STEP_TEXTS]
    assert lowest(dict(reversed(sketches.items())), STEP_TEXTS) == kept
