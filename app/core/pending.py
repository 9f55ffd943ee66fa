"""Mentions that wait for the watermark: each id once, in no order."""

from __future__ import annotations

import hashlib

from app.core.mention import Label
from app.core.recent import COPY, code_of, label_of
from app.core.record import ScoredMention
from app.core.rules import STEP_MS
from app.core.state import TOP_PENDING, BrandState, Cited, PendingStep
from app.core.supported import language_number
from app.core.window import Counts

LABELS = tuple(Label)
NEGATIVE = LABELS.index(Label.NEGATIVE)
NEUTRAL = LABELS.index(Label.NEUTRAL)
POSITIVE = LABELS.index(Label.POSITIVE)
UNCERTAIN = LABELS.index(Label.UNCERTAIN)
UNSCORED = LABELS.index(Label.UNSCORED)
STEP_BYTES, ITEM_BYTES, CITED_BYTES = 32, 34, 56  # what each takes in the stored record, at most
FINGERPRINT_STEPS = 3 * 24 * 120  # a copy is a copy for three days


def mention_number(source: str, mention_id: str) -> int:
    """Return 63 bits that name a mention within its source."""
    name = f"{source}\x1f{mention_id}".encode()
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") >> 1


def waiting_place(state: BrandState, number: int) -> int | None:
    """Return the step in which a mention of this number waits, None when none does."""
    for place, step in state.pending.items():
        if number in step.items:
            return place
    return None


def hold(state: BrandState, mention: ScoredMention, number: int) -> None:
    """Keep the mention until its step is judged."""
    place = mention.event_time_ms // STEP_MS
    step = state.pending.get(place)
    if step is None:
        step = state.pending[place] = PendingStep()
        state.pending_bytes += STEP_BYTES
    label = LABELS.index(mention.label)
    fingerprint, author = int(mention.fingerprint, 16) >> 1, int(mention.author, 16) >> 1
    code = code_of(label, language_number(mention.lang))
    step.items[number] = (fingerprint, author, code, mention.reach)
    state.pending_bytes += ITEM_BYTES
    if label == NEGATIVE:
        before = _cited_bytes(step)
        step.top = best([*step.top, _cited(mention)], TOP_PENDING)
        state.pending_bytes += _cited_bytes(step) - before


def relabel(state: BrandState, place: int, number: int, code: int, mention_id: str) -> None:
    """Give a waiting mention another code; one that is no longer negative is not cited."""
    step = state.pending[place]
    before = _cited_bytes(step)
    fingerprint, author, _, reach = step.items[number]
    step.items[number] = (fingerprint, author, code, reach)
    if label_of(code) != NEGATIVE:
        step.top = [cited for cited in step.top if cited.mention_id != mention_id]
    state.pending_bytes += _cited_bytes(step) - before


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

    __slots__ = ("authors", "counts", "judged", "neutrals", "positives", "reach")

    def __init__(self) -> None:
        self.counts: Counts = [0, 0, 0, 0, 0]
        self.positives = self.neutrals = self.reach = 0
        self.authors: list[int] = []
        self.judged: list[tuple[int, int]] = []  # mention number, code


def count(state: BrandState, step: int, held: PendingStep) -> StepCounts:
    """Count the mentions of a step, copies of a known text once, whatever order they came in."""
    total, known = StepCounts(), state.fingerprints
    for number, (fingerprint, author, code, reach) in sorted(held.items.items()):
        label = label_of(code)
        total.counts[0] += 1
        total.reach += reach
        seen = known.pop(fingerprint, None)
        known[fingerprint] = step
        is_known = seen is not None and step - seen <= FINGERPRINT_STEPS
        total.judged.append((number, code + COPY if is_known else code))
        if is_known:
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
