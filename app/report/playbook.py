"""What is to be done about one crisis, in a terminal: its scenario, and the texts filled in."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.core.event import CrisisState
from app.core.scenario import Scenario
from app.core.statement import Texts, filled
from app.core.summary_numbers import when

_REMOVED = "This text is no longer in playbooks.templates: add it again, or name another."
_NONE = "It is from before there were scenarios: its next event has one."


def drafts_of(crisis: CrisisState, texts: Texts, language: str) -> dict[str, str]:
    """Return the texts that the crisis's playbook names, filled in, by id; empty without one."""
    scenario = crisis.scenario
    names = () if scenario is None else (*scenario.templates, scenario.faq)
    return {
        name: filled(texts[name], crisis, language) if name in texts else _REMOVED
        for name in names
        if name
    }


def playbook_lines(crisis: CrisisState, drafts: Mapping[str, str]) -> RenderableType:
    """Return who is to do what until when, and under it the texts."""
    if crisis.scenario is None:
        return Text(_NONE)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    for name, value in _rows(crisis, crisis.scenario):
        table.add_row(Text(name), Text(value or "-"))
    parts: list[RenderableType] = [table]
    for name, text in drafts.items():
        parts += [Text(f"\n{name}"), Padding(Text(text), (0, 0, 0, 2))]
    return Group(*parts)


def _rows(crisis: CrisisState, scenario: Scenario) -> list[tuple[str, str]]:
    due_ms = scenario.assess_by_ms
    return [
        ("crisis", f"{crisis.crisis_id} of {crisis.brand}"),
        ("scenario", scenario.id),
        ("because of", _why(scenario)),
        ("team", scenario.team),
        ("roles to ask", ", ".join(scenario.chain)),
        ("asked last", crisis.escalated_to or ""),
        ("spokesperson", scenario.spokesperson),
        ("first assessment due", "" if due_ms is None else when(due_ms)),
    ]


def _why(scenario: Scenario) -> str:
    if scenario.because == "coordinated":
        return f"posts of bots, {scenario.share:.0%} of the negative ones"
    told = f"{scenario.because} {scenario.about}".rstrip()
    if scenario.negatives:
        return f"{told}, {scenario.share:.0%} of the negatives, usually {scenario.usual:.0%}"
    return told
