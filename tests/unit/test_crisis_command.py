"""``squall crisis`` without a Kafka: what is refused, what a table and an answer look like."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from app.cli import crisis_orders
from app.cli.main import run
from app.cli.order_options import Order, checked, named, told
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisState
from app.core.fingerprint import author_pseudonym
from app.core.record import Command, Origin
from app.errors import UsageError
from app.report.crisis_table import crises_table, crisis_lines, is_under_way, urgent_first
from tests.unit.report_values import MONDAY_MS, event
from tests.unit.story_values import state_after, steps

Capture = pytest.CaptureFixture[str]
NOWHERE = Origin(topic="", partition=0, offset=0)


pytestmark = pytest.mark.usefixtures("no_variables")


def a_state(crisis_id: str, state: State, severity: Severity, since: int = 0) -> CrisisState:
    return state_after(
        steps()[0],
        crisis_id=crisis_id,
        state=state,
        severity=severity,
        opened_ms=MONDAY_MS + since,
    )


def printed(renderable: object, width: int = 140) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(renderable)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_the_most_urgent_comes_first() -> None:
    crises = [
        a_state("e-resolved", State.RESOLVED, Severity.CRITICAL),
        a_state("d-watch", State.WATCH, Severity.INFO),
        a_state("c-acked", State.ACKNOWLEDGED, Severity.CRITICAL),
        a_state("b-later", State.OPEN, Severity.ERROR, since=2),
        a_state("a-milder", State.OPEN, Severity.WARNING),
        a_state("z-first", State.OPEN, Severity.ERROR, since=1),
        a_state("f-recovering", State.RECOVERING, Severity.CRITICAL),
    ]
    assert [one.crisis_id for one in urgent_first(crises)] == [
        "z-first",
        "b-later",
        "a-milder",
        "c-acked",
        "f-recovering",
        "d-watch",
        "e-resolved",
    ]
    assert [is_under_way(one) for one in urgent_first(crises)] == [True] * 6 + [False]


def test_the_table_shows_who_has_it_and_breaks_no_name() -> None:
    crisis = state_after(
        steps()[1],
        crisis_id="ab" * 12,
        owner="bob",
        silenced_until_ms=MONDAY_MS,
        acknowledged_by=None,
    )
    text = printed(crises_table([crisis]), width=80)
    for shown in (
        "ab" * 4,
        "larkmoor",
        "payment",
        "open,",
        "error",
        "03-03 11:12",
        "bob",
        "on-call",
    ):
        assert shown in text
    assert "ab" * 4 in printed(crises_table([crisis]), width=60)
    assert "ab" * 12 in printed(crisis_lines(crisis, []), width=60)


def test_what_a_brand_is_called_is_no_markup() -> None:
    crisis = state_after(steps()[1], brand="[red]x[/red]", theme="[bold]")
    assert "[red]x[/red]" in printed(crises_table([crisis]))


def test_a_story_in_the_terminal_tells_every_step() -> None:
    text = printed(crisis_lines(state_after(steps()[-1]), steps()))
    assert "The crisis of larkmoor about payment was resolved" in text
    for step in steps():
        assert step.type.value.replace("_", " ") in text
    assert "resolved" in printed(crisis_lines(None, steps()))


def test_a_crisis_is_found_by_the_beginning_of_its_id() -> None:
    crises = [a_state(one, State.OPEN, Severity.ERROR) for one in ("abc1", "abd2", "abd22", "f")]
    assert named(crises, "abc").crisis_id == "abc1"
    assert named(crises, "abd2").crisis_id == "abd2"  # whole, though it begins another


@pytest.mark.parametrize(("given", "why"), [("ab", "3 crises begin"), ("x", "no crisis 'x'")])
def test_what_names_no_single_crisis_is_refused(given: str, why: str) -> None:
    crises = [a_state(one, State.OPEN, Severity.ERROR) for one in ("abc1", "abd2", "abe3")]
    with pytest.raises(UsageError, match=why):
        named(crises, given)


def test_no_id_names_no_crisis() -> None:
    with pytest.raises(UsageError, match="no crisis ''"):
        named([a_state("abc1", State.OPEN, Severity.ERROR)], "")


def test_an_answer_is_one_line() -> None:
    acknowledged = event(
        EventType.ACKNOWLEDGED, 3, 12, State.ACKNOWLEDGED, reasons=("by ann",), evidence=None
    )
    assert told(acknowledged) == "acknowledged: larkmoor c1, acknowledged: by ann"
    refused = event(EventType.REFUSED, 0, 12, State.QUIET, reasons=("acme has no crisis",))
    assert told(refused) == "refused: acme has no crisis"


def order(action: str, **fields: object) -> Command:
    values: dict[str, object] = {
        "id": "c-1",
        "brand": "acme",
        "action": action,
        "actor": "ann",
        "at_ms": MONDAY_MS,
        "origin": NOWHERE,
    }
    return Command(**(values | fields))  # type: ignore[arg-type]


def test_an_order_is_what_the_router_will_read() -> None:
    command = order("open", note="calls", severity=Severity.ERROR, theme="payment")
    assert checked(command) == command


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (order("open", note=" ", severity=Severity.ERROR), "note is missing"),
        (order("open", note="x", severity=Severity.ERROR, theme="weather"), "theme is none of"),
        (order("assign", owner=" "), "owner is blank"),
        (order("annotate", note="n" * 2_001), "note is longer than 2000"),
        (order("acknowledge", actor="a\nb"), "actor is blank or has control"),
        (order("acknowledge", id="i" * 129), "id is longer than 128"),
    ],
)
def test_what_the_router_would_refuse_is_not_sent(command: Command, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        checked(command)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["silence", "acme", "--note", "x"], "give --hours or --until"),
        (["silence", "acme", "--note", "x", "--hours", "1", "--until", "y"], "has one end"),
        (["silence", "acme", "--note", "x", "--until", "tomorrow"], "is no time such as"),
        (["erase-author", "--handle", "ann"], "name one, --brand"),
        (["open", "a\u200bcme", "--note", "x"], "is no brand's name"),
        (["open", "acme", "--note", "x", "--theme", "weather"], "theme is none of"),
    ],
)
def test_a_wrong_order_is_refused_before_kafka(
    arguments: list[str], why: str, capsys: Capture
) -> None:
    assert run(["crisis", *arguments]) == 64
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ack"],
        ["assign", "abc"],
        ["annotate", "abc"],
        ["open", "acme"],
        ["open", "acme", "--note", "x", "--severity", "info"],
        ["silence", "acme", "--hours", "-1", "--note", "x"],
        ["ack", "abc", "--wait", "-1"],
    ],
)
def test_an_incomplete_order_is_refused(arguments: list[str], capsys: Capture) -> None:
    assert run(["crisis", *arguments]) == 64
    assert capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["list"], ["show", "abc"], ["ack", "abc"]])
def test_a_kafka_that_is_not_there_is_named(
    arguments: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUALL_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert run(["crisis", *arguments]) == 69
    assert "check kafka.bootstrap_servers" in capsys.readouterr().err


def body(command: object) -> object:
    """Return the function that makes a command's order."""
    return command.__wrapped__  # type: ignore[attr-defined]


def erased(**named_arguments: str) -> Order:
    made = body(crisis_orders.erase_author)(**named_arguments)  # type: ignore[operator]
    assert isinstance(made, Order)
    return made


def test_only_the_pseudonym_of_an_author_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQUALL_SCORER__AUTHOR_SALT", "pepper")
    made = erased(handle="ann", platform="microblog", brand="acme")
    assert made.fields == {"author": author_pseudonym("microblog", "ann", "pepper")}
    assert made.brands == ("acme",)
    assert "ann" not in repr(made)


def test_an_author_is_forgotten_by_every_brand_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = tmp_path / "watchlist.yaml"
    watched.write_text("version: 1\nbrands:\n- name: Acme\n- name: Larkmoor\n")
    monkeypatch.setenv("SQUALL_WATCHLIST", str(watched))
    assert erased(handle="ann").brands == ("acme", "larkmoor")
