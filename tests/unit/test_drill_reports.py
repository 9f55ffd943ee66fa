"""D1: what is told of crises leaves drills out, or says that it is one."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO

from msgspec.structs import replace
from rich.console import Console, RenderableType

from app.core.event import CrisisEvent, CrisisState, Output
from app.report.alarms import Alarms
from app.report.compared import listing
from app.report.crisis_table import crises_table
from app.report.live import LiveView, events_list
from app.report.postmortem import markdown, page
from app.report.postmortem.gathered import Gathering
from app.stream.explaining import Asked, Explainer
from tests.unit.drill_streams import (
    BEGAN_MS,
    drilled,
    fresh,
    learnt,
    merged,
    of_drill,
    placed,
    play,
    usual,
)
from tests.unit.folding import QUICK, crisis_events
from tests.unit.postmortem_values import made


def told() -> list[Output]:
    """Return all outputs of twenty minutes in which a drill's crisis opens."""
    fold = fresh()
    log = placed(merged(drilled(per_minute=8), usual(20)), fold.clock.applied + 1)
    return play(log, fold)


def events() -> Sequence[CrisisEvent]:
    return crisis_events(of_drill(told()))


def printed(shown: RenderableType) -> str:
    console = Console(width=160, file=StringIO())
    with console.capture() as capture:
        console.print(shown)
    return capture.get()


def test_a_drill_is_no_alarm_whose_precision_counts() -> None:
    alarms = Alarms()
    for event in events():
        alarms.read(event)
    assert alarms.events > 0
    assert (alarms.are_any, alarms.found()) == (False, [])


def test_a_drill_is_no_crisis_that_a_change_of_settings_adds() -> None:
    assert listing(events(), from_ms=0, to_ms=BEGAN_MS * 2).opened == ()


def test_a_post_mortem_names_no_drill_beside_its_crisis_and_can_be_of_one() -> None:
    crisis_id = next(one.crisis_id for one in events() if one.crisis_id)
    gathering = Gathering(crisis_id)
    gathering.read_all(events())
    assert gathering.found().crisis.id == crisis_id
    assert gathering.found().others == ()


def test_a_post_mortem_of_a_drill_says_so_wherever_it_is_read() -> None:
    own = [one for one in events() if one.crisis_id]
    found = made(own, given=own[0].crisis_id)
    assert found.drill is True
    assert "no figure of windows is its own" in found.notes[0]
    assert markdown.render(found, own).startswith("# [DRILL] larkmoor: post-mortem")
    html = page.render(found, own, None)
    assert "<title>[DRILL] larkmoor: post-mortem" in html
    assert "<h1>[DRILL] larkmoor: post-mortem" in html


def test_a_post_mortem_of_a_real_crisis_speaks_of_no_drill() -> None:
    own = [replace(one, drill=False, summary=None) for one in events() if one.crisis_id]
    found = made(own, given=own[0].crisis_id)
    assert found.drill is False
    assert "DRILL" not in markdown.render(found, own) + page.render(found, own, None)


def test_the_list_of_crises_says_which_is_a_drill() -> None:
    states = [one for one in of_drill(told()) if isinstance(one, CrisisState)]
    assert "open, drill" in printed(crises_table(states[-1:]))


def test_the_live_view_leaves_the_brand_where_it_stands() -> None:
    view = LiveView()
    for one in of_drill(told()):
        if isinstance(one, CrisisEvent | CrisisState):
            view.see(one)
    assert view.brands == {}
    assert "drill: opened" in printed(events_list(view.events))


def test_a_drill_explains_nothing_of_its_brand() -> None:
    """Where a drill's crisis opened the brand itself was calm, and that is what is said."""
    opened = next(one for one in events() if one.type.value == "opened")
    asked = Asked.at("larkmoor", opened.time_ms)
    explainer = Explainer(QUICK, [asked])
    before = list(enumerate(learnt()))
    log = placed(merged(drilled(per_minute=8), usual(20)), len(before))
    for offset, record in (*before, *log):
        explainer.take(0, offset, record)
    assert explainer.is_done
    assert explainer.answer(asked).events == ()
