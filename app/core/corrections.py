"""A person's word on the label of one mention.

What it can change depends on how far the mention is. While its step waits, the step is judged with
the new label. Once judged, the counts of every window it lies in move by one, at once; what was
published or learnt of them stays. Too long ago, or one of too many, the windows stay as they are.
In each case it is answered by an event and joins the labelled pool.
"""

from __future__ import annotations

from typing import NamedTuple

from app.core.crisis import EventType
from app.core.emotions import COUNTED
from app.core.event import Correction, Labelled, Output
from app.core.facts import relabelled as relabelled_facts
from app.core.lifecycle import answer, short_hash
from app.core.mention import Label, SourceKind
from app.core.pending import LABELS, mention_number, relabel, waiting_place
from app.core.recent import (
    felt_of,
    is_again,
    is_copy,
    label_of,
    language_of,
    look_up,
    relabelled,
    with_code,
)
from app.core.record import Command
from app.core.rules import STEP_MS
from app.core.state import BrandState
from app.core.supported import LANGUAGES, language_number
from app.core.window import (
    FALSE,
    FELT,
    MISSED,
    NEGATIVES,
    UNCERTAIN,
    UNSCORED,
    Counts,
    zero,
)

ACTION = "correct-label"

_COLUMNS = {Label.NEGATIVE: NEGATIVES, Label.UNSCORED: UNSCORED, Label.UNCERTAIN: UNCERTAIN}


class _Known(NamedTuple):
    """A remembered mention: its step, its code, and its place among the judged (None: waits)."""

    number: int
    step: int
    code: int
    judged_at: int | None


def correct(state: BrandState, command: Command, now_ms: int) -> list[Output]:
    """Carry the correction out and return its event and its record for the pool; or a refusal."""
    known = _known(state, command)
    if len(known) > 1:
        reason = f"several sources have a mention {command.mention_id}: name the source"
        return [answer(state, EventType.REFUSED, command, now_ms, (reason,))]
    one = known[0] if known else None
    effect, start_ms = _carry_out(state, command, one)
    labelled = _labelled(command, one)
    correction = Correction(
        mention_id=labelled.mention_id,
        label=labelled.label,
        before=labelled.before,
        start_ms=start_ms,
    )
    reasons = (f"by {command.actor}", effect)
    event = answer(state, EventType.CORRECTED, command, now_ms, reasons, correction)
    return [event, labelled]


def _known(state: BrandState, command: Command) -> list[_Known]:
    """Return the remembered mentions of this id, of the source named or of any."""
    sources = [command.source] if command.source else [kind.value for kind in SourceKind]
    found: list[_Known] = []
    for number in (mention_number(source, command.mention_id or "") for source in sources):
        place = waiting_place(state, number)
        if place is not None:
            found.append(_Known(number, place, state.pending[place].items[number][2], None))
        elif entry := look_up(state.recent, number, state.rings.next_step - 1):
            found.append(_Known(number, entry[1], entry[2], entry[0]))
    return found


def _carry_out(state: BrandState, command: Command, one: _Known | None) -> tuple[str, int | None]:
    """Return what was done, in words, and the start of the judged step whose windows moved."""
    if one is None:
        return "windows unchanged: the mention is no longer remembered", None
    label = LABELS.index(command.label or Label.NEUTRAL)
    code = relabelled(one.code, label)
    if one.judged_at is None:
        relabel(state, one.step, one.number, code, command.mention_id or "")
        return "its step is still open and will be judged with this label", None
    state.recent = with_code(state.recent, one.judged_at, code)
    if label == label_of(one.code):
        if not is_copy(one.code):  # what a person says counts whole: no error is taken out of it
            state.rings.change(one.step, _change(state, one.code, label))
        return "windows unchanged: the label is confirmed", None
    if is_copy(one.code):
        return "windows unchanged: the text is counted with its first copy", None
    if label != LABELS.index(Label.NEGATIVE):
        state.top = [cited for cited in state.top if cited.mention_id != command.mention_id]
    change = _change(state, one.code, label)
    state.facts = relabelled_facts(state.facts, one.number, label)
    if not state.rings.change(one.step, change):
        return "windows unchanged: none reaches back to the mention", None
    return "the windows it lies in are corrected", one.step * STEP_MS


def _change(state: BrandState, code: int, after: int) -> Counts:
    """Return what a label given by a person changes of the counts that were a mention's by code.

    Of the model's errors it takes what its language counts lately: whole, as long as one model
    scores the language. Its emotions are those that were found in its text: they count while it is
    negative.
    """
    change = zero()
    for label, by in ((LABELS[label_of(code)], -1), (LABELS[after], 1)):
        if label in _COLUMNS:
            change[_COLUMNS[label]] += by
        if label is Label.NEGATIVE:
            change[FELT] += by * COUNTED[felt_of(code)]
    if not is_again(code) and label_of(code) != LABELS.index(Label.UNSCORED):
        missed, false = state.errors.get(language_of(code), (0, 0))
        change[MISSED], change[FALSE] = -missed, -false
    return change


def _labelled(command: Command, one: _Known | None) -> Labelled:
    """Return the pool's record; where the fold forgot the mention, the command's word counts."""
    before = LABELS[label_of(one.code)] if one else command.model_label
    language = language_of(one.code) if one else language_number(command.lang)
    return Labelled(
        id=short_hash(command.brand, ACTION, command.id, command.origin.offset),
        brand=command.brand,
        mention_id=command.mention_id or "",
        label=command.label or Label.NEUTRAL,
        labeller=command.labeller,
        at_ms=command.at_ms,
        command_id=command.id,
        lang=LANGUAGES[language],
        before=before,
        is_again=one is not None and is_again(one.code),
        source=command.source,
        text=command.text,
    )
