"""The live table: what it says of a brand, and when."""

from __future__ import annotations

from rich.console import Console

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisState
from app.core.rules import HOUR_MS
from app.report.live import LiveView, events_list, table
from tests.unit.report_values import MONDAY_MS, crisis, day, event, window


def shown(view: LiveView, width: int = 100) -> str:
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(table(view, width=width))
    return capture.get()


def row(text: str, brand: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(brand))


def test_an_empty_view_waits() -> None:
    assert "waiting for windows" in shown(LiveView())


def test_a_brand_shows_its_hour_and_all_of_it() -> None:
    view = LiveView()
    for one in day():
        view.see(one)
    loud = row(shown(view), "larkmoor").split()
    assert loud[1:4] == ["warming", "1,080", "180"]


def test_negatives_of_an_hour_ago_are_no_longer_counted() -> None:
    view = LiveView()
    view.see(window("a", 0, negatives=5))
    view.see(window("a", 119))
    assert view.brands["a"].negatives == 5
    view.see(window("a", 120))
    assert view.brands["a"].negatives == 0


def test_a_crisis_shows_state_and_severity_until_it_ends() -> None:
    view = LiveView()
    view.see(window("larkmoor", 24, state=State.OPEN))
    for one in crisis()[:3]:
        view.see(one)
    assert "open critical" in row(shown(view), "larkmoor")
    for one in crisis()[3:]:
        view.see(one)
    assert "quiet" in row(shown(view), "larkmoor")


def test_the_state_topic_alone_tells_of_an_open_crisis_and_not_of_old_ones() -> None:
    state = CrisisState(
        crisis_id="c1",
        brand="larkmoor",
        state=State.OPEN,
        severity=Severity.WARNING,
        seq=2,
        watch_since_ms=MONDAY_MS,
        updated_ms=MONDAY_MS,
    )
    view = LiveView()
    view.see(state)
    assert "open warning" in row(shown(view), "larkmoor")
    other = LiveView()
    other.see(
        CrisisState(
            **{n: getattr(state, n) for n in state.__struct_fields__} | {"state": State.RESOLVED}
        )
    )
    assert other.brands == {}


def test_a_brand_warms_up() -> None:
    view = LiveView()
    view.see(window("larkmoor", 0))
    assert "warming" in shown(view)
    view.see(event(EventType.WARMED, 0, 1, State.QUIET, crisis_id=""))
    assert "warming" not in row(shown(view), "larkmoor")


def test_the_chart_has_a_sign_for_each_half_hour_with_negatives() -> None:
    view = LiveView()
    view.see(window("a", 0, negatives=1))
    view.see(window("a", 60, negatives=8))
    chart = view.brands["a"].sparks(MONDAY_MS + HOUR_MS)
    assert len(chart) == 32
    assert chart.endswith("▁█ ")
    assert chart.strip() == "▁█"


def test_markup_in_a_brand_or_reason_is_shown_as_it_is() -> None:
    view = LiveView()
    view.see(event(EventType.OPENED, 1, 0, State.OPEN, brand="[red]x", reasons=("[bold]y",)))
    text = shown(view)
    assert "[red]x" in text
    assert "[bold]y" in text


def test_a_narrow_terminal_cuts_the_chart_and_keeps_the_numbers() -> None:
    view = LiveView()
    for one in day():
        view.see(one)
    assert max(len(line) for line in shown(view, 80).splitlines()) <= 80
    assert row(shown(view, 80), "larkmoor").split()[2:4] == ["1,080", "180"]


def test_the_list_of_events_is_in_order_of_time_with_reasons() -> None:
    console = Console(width=80, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(events_list(reversed(crisis())))
    lines = capture.get().splitlines()
    assert [line.split()[4].strip(",") for line in lines[::2]] == [
        "watch",
        "opened",
        "severity",
        "recovering",
        "resolved",
    ]
    assert all("14 distinct negatives" in line for line in lines[1::2])
