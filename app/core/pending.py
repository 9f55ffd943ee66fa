"""Mentions that wait for the watermark: each id once, in no order."""

from __future__ import annotations

import hashlib

from app.core.copies import (
    SKETCH_BYTES,
    STEP_TEXTS,
    Texts,
    lowest,
    note_copy,
)
from app.core.drivers.bots import is_suspect
from app.core.emotions import COUNTED, emotions_number
from app.core.facts import (
    KEPT_BYTES,
    STEP_NEGATIVES,
    STEP_OTHERS,
    Fact,
    fact_of,
    relabelled,
    sample,
)
from app.core.mention import Label
from app.core.recent import (
    COPY,
    ERRING,
    FELT,
    SUSPECT,
    by_suspect,
    code_of,
    errors_of,
    label_of,
    language_of,
    with_errors,
)
from app.core.record import ScoredMention
from app.core.rules import STEP_MS
from app.core.state import TOP_PENDING, BrandState, Cited, PendingStep
from app.core.supported import language_number
from app.core.triggers.ratings import FULL
from app.core.triggers.reach import LEAST_REACH, weight_of
from app.core.window import Counts, zero

LABELS = tuple(Label)
NEGATIVE = LABELS.index(Label.NEGATIVE)
NEUTRAL = LABELS.index(Label.NEUTRAL)
POSITIVE = LABELS.index(Label.POSITIVE)
UNCERTAIN = LABELS.index(Label.UNCERTAIN)
UNSCORED = LABELS.index(Label.UNSCORED)
Extra = tuple[int, str, tuple[str, ...]]
# What each takes in the stored record, at most.
STEP_BYTES, ITEM_BYTES, CITED_BYTES, KIND_BYTES = 48, 38, 56, 16
WAITING_BYTES = SKETCH_BYTES + 11  # of a sketch
EXTRA_BYTES = 16
POST_BYTES = 64  # a longer id is known by its hash
AUTHOR_BITS = 31  # of 63, left out of what the triggers remember of an author
RISKS = 8  # keywords kept of one mention
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
    if is_suspect(mention.author_kind or "", mention.account_days):
        code += SUSPECT
    if mention.negative_errors is not None:
        code = with_errors(code, *mention.negative_errors)
    code += FELT * emotions_number(mention.emotions)
    step.items[number] = (fingerprint, author, code, mention.reach)
    state.pending_bytes += ITEM_BYTES
    kind = mention.source
    if kind not in step.kinds:
        state.pending_bytes += KIND_BYTES
    step.kinds[kind] = step.kinds.get(kind, 0) + 1
    if label == NEGATIVE:
        before = _cited_bytes(step)
        step.top = best([*step.top, _cited(mention)], TOP_PENDING)
        state.pending_bytes += _cited_bytes(step) - before
    if mention.sketch:
        _hold_sketch(state, step, fingerprint, bytes.fromhex(mention.sketch))
    if mention.rating is not None or mention.risks or mention.repost_of or mention.reply_to:
        extra = step.extras[number] = _extra(mention)
        state.pending_bytes += _extra_bytes(extra)
    _hold_fact(state, step, fact_of(mention, number, fingerprint))


def _extra(mention: ScoredMention) -> Extra:
    post = mention.repost_of or mention.reply_to or ""
    if len(post.encode()) > POST_BYTES:
        post = hashlib.blake2b(post.encode(), digest_size=8).hexdigest()
    rating = -1 if mention.rating is None else round(FULL * mention.rating)
    return rating, f"{mention.source}/{post}" if post else "", mention.risks[:RISKS]


def _extra_bytes(extra: Extra) -> int:
    return EXTRA_BYTES + len("".join([extra[1], *extra[2]]).encode()) + 2 * len(extra[2])


def _hold_sketch(state: BrandState, step: PendingStep, fingerprint: int, sketch: bytes) -> None:
    before = len(step.sketches)
    # Equal words may be tags in one text and not in the other: whichever came first, one is kept.
    step.sketches[fingerprint] = max(sketch, step.sketches.get(fingerprint, b""))
    if len(step.sketches) >= 2 * STEP_TEXTS:
        step.sketches = lowest(step.sketches, STEP_TEXTS)
    state.pending_bytes += WAITING_BYTES * (len(step.sketches) - before)


def _hold_fact(state: BrandState, step: PendingStep, fact: Fact) -> None:
    """Keep what may be told of the mention; of many a sample, the same in whatever order."""
    step.facts.append(fact)
    state.waiting_bytes += fact.stored_bytes
    if len(step.facts) >= 2 * (STEP_NEGATIVES + STEP_OTHERS):
        state.waiting_bytes -= _facts_bytes(step.facts)
        step.facts = sample(step.facts, STEP_NEGATIVES, STEP_OTHERS)
        state.waiting_bytes += _facts_bytes(step.facts)
    while state.waiting_bytes > KEPT_BYTES:
        waiting = (one for one in state.pending.values() if one.facts)
        holder = max(waiting, key=lambda one: max(fact.number for fact in one.facts))
        last = max(holder.facts, key=lambda fact: fact.number)
        holder.facts.remove(last)
        state.waiting_bytes -= last.stored_bytes


def _facts_bytes(facts: list[Fact]) -> int:
    return sum([fact.stored_bytes for fact in facts])


def relabel(state: BrandState, place: int, number: int, code: int, mention_id: str) -> None:
    """Give a waiting mention another code; one that is no longer negative is not cited."""
    step = state.pending[place]
    before = _cited_bytes(step)
    fingerprint, author, _, reach = step.items[number]
    step.items[number] = (fingerprint, author, code, reach)
    step.facts = relabelled(step.facts, number, label_of(code))
    if label_of(code) != NEGATIVE:
        step.top = [cited for cited in step.top if cited.mention_id != mention_id]
    state.pending_bytes += _cited_bytes(step) - before


def take_out(state: BrandState, place: int) -> PendingStep:
    """Return a waiting step and hold it no longer."""
    step = state.pending.pop(place)
    state.waiting_bytes -= _facts_bytes(step.facts)
    state.pending_bytes -= WAITING_BYTES * len(step.sketches)
    state.pending_bytes -= STEP_BYTES + ITEM_BYTES * len(step.items) + _cited_bytes(step)
    state.pending_bytes -= KIND_BYTES * len(step.kinds)
    state.pending_bytes -= sum([_extra_bytes(extra) for extra in step.extras.values()])
    return step


def forget_author(state: BrandState, author: str) -> set[str]:
    """Let no waiting mention name or cite an author; return the ids of those that were kept."""
    number, found = int(author, 16) >> 1, set[str]()
    for step in state.pending.values():
        before = _cited_bytes(step), _facts_bytes(step.facts)
        found |= {fact.mention_id for fact in step.facts if fact.author == author}
        found |= {cited.mention_id for cited in step.top if cited.author == author}
        step.facts = [fact for fact in step.facts if fact.author != author]
        step.top = [cited for cited in step.top if cited.author != author]
        for mention, (fingerprint, by, code, reach) in step.items.items():
            if by == number:
                step.items[mention] = (fingerprint, 0, code, reach)
        state.pending_bytes += _cited_bytes(step) - before[0]
        state.waiting_bytes += _facts_bytes(step.facts) - before[1]
    return found


def _cited_bytes(step: PendingStep) -> int:
    if not step.top:
        return 0
    texts = [text for one in step.top for text in (one.mention_id, one.url or "", one.excerpt)]
    return CITED_BYTES * len(step.top) + len("".join(texts).encode())


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

    __slots__ = (
        "authors",
        "copies",
        "counts",
        "heavy",
        "judged",
        "neutrals",
        "positives",
        "reach",
        "weighed",
    )

    def __init__(self) -> None:
        self.counts: Counts = zero()
        self.positives = self.neutrals = self.reach = 0
        self.weighed = 0  # distinct mentions by reach ...
        self.heavy: list[tuple[int, int]] = []  # ... and negatives among them: author, weight
        self.authors: list[int] = []
        self.judged: list[tuple[int, int]] = []  # mention number, code
        self.copies: set[int] = set()  # their numbers


def count(state: BrandState, step: int, held: PendingStep, texts: Texts) -> StepCounts:
    """Count the mentions of a step, copies of a known text once, whatever order they came in.

    ``texts`` is the index over those of the state.
    """
    total, known = StepCounts(), state.fingerprints
    counts, sketches = total.counts, lowest(held.sketches, STEP_TEXTS)
    for number, (fingerprint, author, marked, reach) in sorted(held.items.items()):
        felt = marked // FELT
        code = marked % SUSPECT
        label = label_of(code)
        counts[0] += 1
        total.reach += reach
        sketch = sketches.get(fingerprint)
        text = fingerprint
        if sketch is not None:
            found = None if text in known else texts.near_copy(sketch, label)
            text = fingerprint if found is None else found
            texts.remember(text, label, sketch)
        seen = known.pop(text, None)
        known[text] = step
        is_known = seen is not None and step - seen <= FINGERPRINT_STEPS
        code += FELT * felt
        total.judged.append((number, code + COPY if is_known else code))
        if is_known:
            total.copies.add(number)
            note_copy(state.copied, text, step, is_suspect=by_suspect(marked))
            continue
        state.copied.pop(text, None)
        counts[1] += 1
        if marked % FELT >= ERRING:
            missed, false = errors = errors_of(marked)
            counts[5] += missed
            counts[6] += false
            state.errors[language_of(code)] = errors
        if reach >= LEAST_REACH:
            weight = weight_of(reach)
            total.weighed += weight
            if label == NEGATIVE:
                total.heavy.append((author >> AUTHOR_BITS, weight))
        if label == NEUTRAL:
            total.neutrals += 1
        elif label == NEGATIVE:
            counts[2] += 1
            total.authors.append(author)
            counts[7] += COUNTED[felt]
        elif label == POSITIVE:
            total.positives += 1
        else:
            counts[3] += label == UNSCORED
            counts[4] += label == UNCERTAIN
    return total
