"""Mentions that wait for the watermark: each id once, in no order."""

from __future__ import annotations

import hashlib

from app.core.mention import Label
from app.core.record import ScoredMention
from app.core.rules import STEP_MS
from app.core.state import TOP_PENDING, BrandState, Cited, PendingStep
from app.core.window import Counts

LABELS = tuple(Label)
NEGATIVE = LABELS.index(Label.NEGATIVE)
NEUTRAL = LABELS.index(Label.NEUTRAL)
POSITIVE = LABELS.index(Label.POSITIVE)
UNCERTAIN = LABELS.index(Label.UNCERTAIN)
UNSCORED = LABELS.index(Label.UNSCORED)
STEP_BYTES, ITEM_BYTES, CITED_BYTES = 32, 34, 56  # what each takes in the stored record, at most
FINGERPRINT_STEPS = 3 * 24 * 120  # a copy is a copy for three days


def id_number(mention: ScoredMention) -> int:
    """Return 63 bits that name the mention within its source."""
    name = f"{mention.source}\x1f{mention.mention_id}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") >> 1


def is_repeat(state: BrandState, number: int) -> bool:
    """Tell whether a mention of this id already waits: a source delivered it twice."""
    return any(number in step.items for step in state.pending.values())


def hold(state: BrandState, mention: ScoredMention, number: int) -> None:
    """Keep the mention until its step is judged."""
    place = mention.event_time_ms // STEP_MS
    step = state.pending.get(place)
    if step is None:
        step = state.pending[place] = PendingStep()
        state.pending_bytes += STEP_BYTES
    before = _cited_bytes(step)
    label = LABELS.index(mention.label)
    fingerprint, author = int(mention.fingerprint, 16) >> 1, int(mention.author, 16) >> 1
    step.items[number] = (fingerprint, author, label, mention.reach)
    if label == NEGATIVE:
        step.top = best([*step.top, _cited(mention)], TOP_PENDING)
    state.pending_bytes += ITEM_BYTES + _cited_bytes(step) - before


def take_out(state: BrandState, place: int) -> PendingStep:
    """Return a waiting step and hold it no longer."""
    step = state.pending.pop(place)
    state.pending_bytes -= STEP_BYTES + ITEM_BYTES * len(step.items) + _cited_bytes(step)
    return step


def _cited_bytes(step: PendingStep) -> int:
    texts = (text for one in step.top for text in (one.mention_id, one.url or "", one.excerpt))
    return CITED_BYTES * len(step.top) + sum(len(text.encode()) for text in texts)


def best(cited: list[Cited], most: int) -> list[Cited]:
    """Return the ``most`` mentions worth citing: the widest reach first, then the earliest."""
    return sorted(cited, key=lambda m: (-m.reach, m.event_time_ms, m.mention_id))[:most]


def _cited(mention: ScoredMention) -> Cited:
    return Cited(
        mention_id=mention.mention_id,
        author=mention.author,
        label=mention.label.value,
        reach=mention.reach,
        event_time_ms=mention.event_time_ms,
        url=mention.url,
        excerpt=mention.excerpt,
    )


class StepCounts:
    """One judged step: the ring's counts, and what only the closed window tells."""

    __slots__ = ("authors", "counts", "neutrals", "positives", "reach")

    def __init__(self) -> None:
        self.counts: Counts = [0, 0, 0, 0, 0]
        self.positives = self.neutrals = self.reach = 0
        self.authors: list[int] = []


def count(state: BrandState, step: int, held: PendingStep) -> StepCounts:
    """Count the mentions of a step, copies of a known text once, whatever order they came in."""
    total, known = StepCounts(), state.fingerprints
    for _, (fingerprint, author, label, reach) in sorted(held.items.items()):
        total.counts[0] += 1
        total.reach += reach
        seen = known.pop(fingerprint, None)
        known[fingerprint] = step
        if seen is not None and step - seen <= FINGERPRINT_STEPS:
            continue
        total.counts[1] += 1
        total.counts[2] += label == NEGATIVE
        total.counts[3] += label == UNSCORED
        total.counts[4] += label == UNCERTAIN
        total.positives += label == POSITIVE
        total.neutrals += label == NEUTRAL
        if label == NEGATIVE:
            total.authors.append(author)
    return total
