"""The texts of playbooks: drafts with places that a crisis fills, none of them left blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

from app.core.event import CrisisState
from app.core.playbook import UNCLASSIFIED
from app.core.statement_english import ENGLISH_TEXTS
from app.core.statement_polish import POLISH_TEXTS
from app.core.summary import clean
from app.core.summary_english import ENGLISH
from app.core.summary_numbers import when
from app.core.summary_polish import POLISH
from app.core.summary_words import Words

PLACES: Final = (
    "brand",
    "scenario",
    "severity",
    "state",
    "since",
    "updated",
    "mentions",
    "negatives",
    "team",
    "spokesperson",
    "role",
    "assess_by",
    "crisis_id",
)
"""What a text may name in braces."""

Texts = Mapping[str, Mapping[str, str]]  # id -> language (ISO 639-1) -> text
SHIPPED_TEXTS: Final[Texts] = {
    name: {"en": text, "pl": POLISH_TEXTS[name]} for name, text in ENGLISH_TEXTS.items()
}
_WORDS: Final = {"en": ENGLISH, "pl": POLISH}
_CHARS: Final = 80  # of a value


def faults(text: str) -> Iterator[str]:
    """Yield what keeps a text from being filled, each with its remedy."""
    if not text.strip():
        yield "is empty; write a text"
        return
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        yield f"can't be read ({error}); write {{{{ or }}}} for a brace of the text"
        return
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in PLACES:
            yield f"{{{name}}} is no place; one of {', '.join(PLACES)}"
        elif form or conversion:
            yield f"{{{name}}} has a format; write its name alone"


def filled(texts: Mapping[str, str], crisis: CrisisState, language: str) -> str:
    """Return the text of a language about a crisis, in English where there is none, else in the
    first that there is.

    Values are in Polish in a Polish text, else in English. What is not known yet is said in words,
    so no place stays blank.
    """
    code = language if language in texts else "en" if "en" in texts else min(texts)
    return texts[code].format_map(_values(crisis, _WORDS.get(code, ENGLISH)))


def _values(crisis: CrisisState, words: Words) -> dict[str, str]:
    scenario, evidence, phrases = crisis.scenario, crisis.evidence, words.phrases
    opened_ms, unknown = crisis.opened_ms or crisis.watch_since_ms, phrases["not_known"]
    due_ms = scenario.assess_by_ms if scenario else None
    values = {
        "brand": crisis.brand,
        "scenario": words.scenarios[scenario.id if scenario else UNCLASSIFIED],
        "severity": words.severities[crisis.severity],
        "state": words.states[crisis.state],
        "since": when(opened_ms),
        "updated": when(crisis.updated_ms),
        "mentions": str(evidence.mentions) if evidence else "",
        "negatives": str(evidence.negatives) if evidence else "",
        "team": scenario.team if scenario else "",
        "spokesperson": scenario.spokesperson if scenario else "",
        "role": crisis.escalated_to or "",
        "assess_by": when(due_ms) if due_ms else "",
        "crisis_id": crisis.crisis_id,
    }
    return {name: clean(value, _CHARS) or unknown for name, value in values.items()}
