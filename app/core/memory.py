"""What a brand's record keeps of a judged step beside its counts, and for how long."""

from __future__ import annotations

from app.core.drivers.bots import learn_suspects
from app.core.drivers.vocabulary import learn_terms
from app.core.facts import (
    KEPT_BYTES,
    NEGATIVES,
    OTHERS,
    STEP_NEGATIVES,
    STEP_OTHERS,
    Fact,
    bounded,
    sample,
)
from app.core.groups import learn_themes
from app.core.pending import FINGERPRINT_STEPS, StepCounts, best
from app.core.recent import remember
from app.core.rules import STEP_MS
from app.core.state import AUTHORS, FINGERPRINTS, TOP_MENTIONS, BrandState, PendingStep
from app.core.window import SCALES_S

FACTS_LINE = NEGATIVES + OTHERS + 40  # past it the sample is drawn again


def remember_step(
    state: BrandState, step: int, held: PendingStep, total: StepCounts, *, is_usual: bool
) -> None:
    """Keep authors, texts, cited mentions and facts of a step; ``is_usual``: it teaches what the
    brand's mentions usually are about.
    """
    for author in total.authors:
        state.authors.pop(author, None)
        state.authors[author] = step
    _forget(state.authors, AUTHORS, 0)
    _forget(state.fingerprints, FINGERPRINTS, step - FINGERPRINT_STEPS)
    horizon_ms = step * STEP_MS - SCALES_S[-1] * 1000
    if state.top and min([m.event_time_ms for m in state.top]) < horizon_ms:
        state.top = [mention for mention in state.top if mention.event_time_ms >= horizon_ms]
    if held.top:
        state.top = best([*state.top, *held.top], TOP_MENTIONS)
    state.recent = remember(state.recent, step, total.judged)
    if held.facts:
        kept = sample(held.facts, STEP_NEGATIVES, STEP_OTHERS)
        facts = [fact for fact in kept if fact.number not in total.copies]
        _keep(state, facts, horizon_ms)
        if is_usual:
            learn_terms(state.usual_terms, facts)
            learn_themes(state.usual_themes, facts)
            state.usual_suspects = learn_suspects(state.usual_suspects, facts)


def _forget(memory: dict[int, int], limit: int, first: int) -> None:
    """Let the oldest go past ``limit``, and those last seen before step ``first``."""
    while memory:
        oldest = next(iter(memory))
        if len(memory) <= limit and memory[oldest] >= first:
            return
        del memory[oldest]


def _keep(state: BrandState, facts: list[Fact], horizon_ms: int) -> None:
    state.facts += facts
    state.facts_bytes += sum([fact.stored_bytes for fact in facts])
    if len(state.facts) > FACTS_LINE or state.facts_bytes > KEPT_BYTES:
        thin_out(state, horizon_ms)


def thin_out(state: BrandState, horizon_ms: int) -> None:
    """Let the facts before ``horizon_ms`` go, and of the others all but the sample."""
    recent = [fact for fact in state.facts if fact.time_ms >= horizon_ms]
    state.facts, state.facts_bytes = bounded(sample(recent, NEGATIVES, OTHERS), KEPT_BYTES)
