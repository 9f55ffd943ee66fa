"""Crises in a terminal: the list of those that stand, and one with its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.core.crisis import Severity, State
from app.core.event import CrisisEvent, CrisisState
from app.core.scope import Scope
from app.report.fired import judged_in, opening_of, rows, verdict_of
from app.report.live import STYLES, events_list

_ORDER = (State.OPEN, State.ACKNOWLEDGED, State.RECOVERING, State.WATCH)
# Of 24: as many as tell crises apart, and every command takes the beginning of an id.
_ID_CHARS = 8
_COLUMNS = {  # with the characters below which no cell is broken
    "crisis": _ID_CHARS,
    "brand": 8,
    "theme": 8,
    "state": 12,
    "severity": 8,
    "since (UTC)": 11,
    "owner": 3,
    "asked": 7,
}


def urgent_first(crises: Iterable[CrisisState]) -> list[CrisisState]:
    """Return the crises as they ask for attention: by state, then severity, then the older."""
    ranks = list(Severity)

    def urgency(crisis: CrisisState) -> tuple[int, int, int, str]:
        place = _ORDER.index(crisis.state) if crisis.state in _ORDER else len(_ORDER)
        return place, -ranks.index(crisis.severity), since_ms(crisis), crisis.crisis_id

    return sorted(crises, key=urgency)


def is_under_way(crisis: CrisisState) -> bool:
    """Tell whether it is watched, open, acknowledged or recovering."""
    return crisis.state in _ORDER


def since_ms(crisis: CrisisState) -> int:
    """Return when it was opened, else since when it is watched."""
    return crisis.watch_since_ms if crisis.opened_ms is None else crisis.opened_ms


def crises_table(crises: Iterable[CrisisState]) -> RenderableType:
    """Return the crises in the order given, one a line."""
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for name, width in _COLUMNS.items():
        table.add_column(name, overflow="fold", min_width=width)
    for crisis in crises:
        style = STYLES[crisis.severity]
        state = crisis.state.value
        if crisis.silenced_until_ms is not None:
            state = f"{state}, silenced"
        if crisis.drill:
            state = f"{state}, drill"
        cells = (crisis.crisis_id[:_ID_CHARS], crisis.brand, crisis.theme)
        more = (f"{when(since_ms(crisis))}", crisis.owner or "", crisis.escalated_to or "")
        table.add_row(
            *(Text(cell) for cell in cells),
            Text(state),
            Text(crisis.severity.value, style),
            *(Text(cell) for cell in more),
        )
    return table


def scope_line(scope: Scope) -> Text:
    """Return whose a crisis is, in a line."""
    return Text(f"scope: {scope.text}")


def industry_lines(
    crises: Iterable[CrisisState], scopes: Mapping[str, Scope]
) -> list[RenderableType]:
    """Return a line for each scope of an industry that a crisis has, in the order of the crises."""
    found = dict.fromkeys(scopes[one.crisis_id] for one in crises if one.crisis_id in scopes)
    return [scope_line(scope) for scope in found if scope.scope == "industry"]


def crisis_lines(
    crisis: CrisisState | None, events: Sequence[CrisisEvent], scope: Scope | None = None
) -> RenderableType:
    """Return one crisis: how it stands, its scope if given, its last summary, and every step."""
    parts: list[RenderableType] = []
    if crisis is not None:
        parts += [Text(crisis.crisis_id), crises_table([crisis])]
    if scope is not None:
        parts += [scope_line(scope), Text("")]
    summaries = [event.summary for event in events if event.summary is not None]
    if summaries:
        parts += [Text(summaries[-1].en), Text("")]
    parts += _set_off(events)
    if (judged := judged_in(events)) is not None:
        parts += [Text(f"Judged: {verdict_of(judged)}"), Text("")]
    return Group(*parts, events_list(events))


def _set_off(events: Sequence[CrisisEvent]) -> list[RenderableType]:
    """Return what fired at the opening as a table, nothing where no event says it."""
    opening = opening_of(events)
    if opening is None or opening.evidence is None:
        return []
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    for name in ("fired", "window", "value", "threshold", "usual", "unit"):
        is_number = name in ("value", "threshold", "usual")
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows(opening.evidence.triggers):
        cells = (row.name, row.window, row.value, row.threshold, row.usual, row.unit)
        table.add_row(*map(Text, cells))
    return [table]


def when(time_ms: int) -> str:
    """Return ``03-02 09:16``, in UTC."""
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%m-%d %H:%M}"
