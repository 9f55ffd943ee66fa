"""D15: what a response did, against what would have come without it; or why that can't be told."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.cli.main import run
from app.cli.order_options import Order
from app.core.crisis import EventType, State
from app.core.event import ClosedWindow, CrisisEvent
from app.core.mention import Rejected, RejectReason
from app.core.record import Origin
from app.core.rules import HOUR_MS, STEP_MS
from app.report.effect.fading import SHAPES, Bins, fading
from app.report.effect.measured import (
    Around,
    Effect,
    Response,
    Verdict,
    effect_of,
    responses_of,
)
from app.report.effect.told import lines
from app.report.postmortem.gathered import Other
from app.wire import command as command_wire
from app.wire import log
from tests.unit.effect_values import AT_H, AT_MS, BEGAN_MS, USUAL, faded, told, windows
from tests.unit.folding import command, crisis_events
from tests.unit.postmortem_values import counted, gathered
from tests.unit.report_values import MONDAY_MS, event
from tests.unit.test_cli_report import lines as written
from tests.unit.test_crisis_commands import at, give

Capture = pytest.CaptureFixture[str]
MINUTE_MS = 60_000


pytestmark = pytest.mark.usefixtures("no_variables")


def effect(given: Iterable[ClosedWindow], at_ms: int = AT_MS, **more: Any) -> Effect:
    values: dict[str, Any] = {"others": (), "responses": (at_ms,), "begin_ms": BEGAN_MS}
    return effect_of(Response(at_ms=at_ms), Around(counted=counted(given), **(values | more)))


def test_half_of_what_would_have_come_is_told_with_what_would_have() -> None:
    found = effect(windows(faded(0.5)))
    assert found.verdict is Verdict.FEWER
    assert found.before is not None
    assert found.after is not None
    assert (found.before.from_ms, found.before.to_ms) == (AT_MS - HOUR_MS, AT_MS)
    assert (found.after.from_ms, found.after.to_ms) == (AT_MS + HOUR_MS, AT_MS + 4 * HOUR_MS)
    steady, slowing = found.courses
    rate = faded()
    hours = [AT_H + 1 + (minute + 0.5) / 60 for minute in range(180)]
    truth = sum(rate(hour) for hour in hours) / len(hours)
    assert steady.an_hour == pytest.approx(truth, rel=0.03)
    assert steady.low < truth < steady.high
    assert steady.change == pytest.approx(-0.5, abs=0.03)
    assert steady.halves_h == pytest.approx(2.0, rel=0.05)
    assert slowing.an_hour > steady.an_hour  # it fades less and less
    expected = (found.after.an_hour - USUAL) / (truth - USUAL) - 1
    assert expected == pytest.approx(-0.5, abs=0.02)
    assert found.low == min(one.change_low for one in found.courses)
    assert found.high == max(one.change_high for one in found.courses)
    assert found.usual_an_hour == pytest.approx(USUAL)


def test_a_crisis_that_fades_by_itself_is_no_effect_though_a_quarter_is_left() -> None:
    found = effect(windows(faded()))
    assert found.verdict is Verdict.NONE
    assert found.before is not None
    assert found.after is not None
    assert found.after.an_hour < found.before.an_hour / 2
    assert found.courses[0].change == pytest.approx(0.0, abs=0.02)


def test_more_than_would_have_come_is_said_too() -> None:
    found = effect(windows(faded(3.0)))
    assert found.verdict is Verdict.MORE
    assert found.low is not None
    assert found.low > 0


def test_nothing_at_all_after_it_is_an_effect() -> None:
    def rate(hour: float) -> float:
        return faded()(hour) if hour < AT_H else 0.0

    found = effect(windows(rate))
    assert found.verdict is Verdict.FEWER
    assert found.after is not None
    assert found.after.an_hour == 0


def test_the_same_windows_give_the_same_figures_in_any_order() -> None:
    given = list(windows(faded(0.5)))
    assert effect(given) == effect([*reversed(given), *given])


def rising(hour: float) -> float:
    return 100 + 100 * hour


def late_peak(hour: float) -> float:
    """A first wave, and from an hour before the response on a higher one."""
    return faded()(hour) + (900 if hour > AT_H - 1 else 0)


OTHER = Other(crisis_id="c2", theme="refund", opened_ms=AT_MS + HOUR_MS, last_ms=AT_MS + HOUR_MS)


@pytest.mark.parametrize(
    ("given", "more", "says"),
    [
        ([], {}, "no window of the brand is there; sentiment.windows keeps 30 days"),
        (windows(faded(), hours=AT_H + 1.9), {}, "windows go to "),
        (windows(rising), {}, "before the peak or less than 90 minutes after it"),
        (windows(late_peak), {}, "before the peak or less than 90 minutes after it"),
        (windows(faded()), {"at_ms": MONDAY_MS + HOUR_MS}, "less than 90 minutes after it"),
        (windows(faded()), {"at_ms": MONDAY_MS}, "before the peak or less than 90"),
        (windows(faded(peak=3.0)), {}, "in the hour before the response 21 negatives came"),
        (windows(faded(half_h=0.3)), {}, "which is usual: nothing was left to fade"),
        (
            windows(faded()),
            {"responses": (AT_MS, AT_MS + 2 * HOUR_MS)},
            "another response came at 2025-03-03 17:30Z: which of them did what",
        ),
        (
            windows(faded()),
            {"responses": (AT_MS, AT_MS - HOUR_MS)},
            "another response came at 2025-03-03 14:30Z",
        ),
        (windows(faded()), {"others": (OTHER,)}, "another crisis of the brand, c2, opened at 2025"),
        (
            windows(faded(), silent_sources=("review",)),
            {},
            "mentions are missing: review said nothing for a while",
        ),
        (
            [one for one in windows(faded()) if one.start_ms > BEGAN_MS + HOUR_MS],
            {},
            "after the crisis did: its peak may be gone",
        ),
    ],
)
def test_what_hinders_is_said_and_no_figure_given(
    given: Iterable[ClosedWindow], more: dict[str, Any], says: str
) -> None:
    found = effect(given, **more)
    assert found.verdict is Verdict.UNTOLD
    assert says in found.why
    assert (found.courses, found.low, found.high, found.after) == ((), None, None, None)


def test_too_few_negatives_for_a_course_are_said() -> None:
    few = [
        replace(one, expected_negatives=0.001, upper_negatives=0.01)
        for one in windows(lambda hour: 8.0 if hour < 1 else 6.0)
    ]
    assert "fewer than 50 negatives came between peak and response" in effect(few).why


def test_what_does_not_bear_on_it_hinders_nothing() -> None:
    before = Other(crisis_id="c3", theme="", opened_ms=MONDAY_MS - HOUR_MS, last_ms=AT_MS)
    later = AT_MS + 5 * HOUR_MS
    found = effect(windows(faded(0.5)), others=(before,), responses=(AT_MS, later))
    assert found.verdict is Verdict.FEWER


def test_a_course_that_rises_is_none_to_hold_it_against() -> None:
    """The highest hour is long past, and from there to the response it rose again."""

    def rate(hour: float) -> float:
        return 700.0 if hour < 1 else 60 * hour

    assert "it still rose" in effect(windows(rate)).why
    flat = effect(windows(lambda hour: 700.0 if hour < 1 else 240 + 5 * hour))
    assert "rose" not in flat.why  # by so little that chance would do


@pytest.mark.parametrize("shape", SHAPES)
def test_a_course_of_its_own_shape_is_found_again(shape: str) -> None:
    hours = tuple(0.25 + place / 6 for place in range(48))
    after = tuple(hour > 4 for hour in hours)
    counts = tuple(
        round(3 + 900 * 2.718281828 ** (-0.4 * SHAPES[shape](hour)) * (0.6 if is_after else 1))
        for hour, is_after in zip(hours, after, strict=True)
    )
    found = fading(Bins(hours, counts, after, 3.0), shape)
    assert found is not None
    assert found.pace == pytest.approx(0.4, abs=0.01)
    assert found.change == pytest.approx(-0.4, abs=0.01)
    assert (found.dispersion, found.freedom) == (1.0, 45)


def test_counts_without_a_course_give_none_or_a_wide_interval() -> None:
    hours = tuple(place / 6 for place in range(12))
    after = tuple(hour > 1 for hour in hours)
    found = fading(Bins(hours, (0,) * 12, after, 3.0), "steady")
    assert found is None or found.change_error > 0.5


def test_a_marked_note_is_an_event_that_says_so() -> None:
    """By the order, the topic, the log and the fold."""
    given: dict[str, Any] = {"id": "c-1", "brand": "acme", "action": "annotate", "actor": "ann"}
    given |= {"at": "2026-03-02T09:16:40Z", "note": "published", "response": True}
    origin = Origin(topic="crisis.commands", partition=0, offset=1)
    read = command_wire.parse(json.dumps(given).encode(), origin)
    assert not isinstance(read, Rejected)
    assert read.response
    assert command_wire.parse(command_wire.encode(read), origin) == read
    sent = log.encode(read)
    assert log.decode(sent.value, sent.headers) == read
    wrong = command_wire.parse(json.dumps(given | {"response": 1}).encode(), origin)
    assert isinstance(wrong, Rejected)
    assert (wrong.reason, wrong.detail) == (
        RejectReason.WRONG_TYPE,
        "response is neither true nor false",
    )
    fold = at(State.OPEN)
    answers = []
    for number, is_response in ((901, True), (902, False)):
        one = command(number, "annotate", note="published", response=is_response)
        answers += crisis_events(give(fold, one))
    assert [(one.type, one.response) for one in answers] == [
        (EventType.ANNOTATED, True),
        (EventType.ANNOTATED, False),
    ]


@pytest.mark.parametrize(("more", "response"), [(["--response"], True), ([], False)])
def test_the_order_marks_the_note(
    monkeypatch: pytest.MonkeyPatch, more: list[str], response: bool
) -> None:
    given: list[Order] = []

    def give(wanted: Order, *_: object) -> list[CrisisEvent]:
        given.append(wanted)
        return []

    monkeypatch.setattr("app.cli.order_options._give", give)
    assert run(["crisis", "annotate", "abc", "published", *more]) == 0
    (order,) = given
    assert (order.action, order.note, order.fields) == (
        "annotate",
        "published",
        {"response": response},
    )


def test_a_drill_is_no_other_crisis() -> None:
    opened = {"crisis_id": "c2", "id": "d1"}
    others = [
        gathered(
            [*told(AT_MS), event(EventType.OPENED, 1, 270, State.OPEN, drill=is_drill, **opened)]
        )
        for is_drill in (True, False)
    ]
    assert [len(one.others) for one in others] == [0, 1]


def test_responses_are_the_marked_notes_and_the_time_given() -> None:
    crisis = gathered([*told(AT_MS), event(EventType.ANNOTATED, 9, 500, State.OPEN, note="no")])
    found = responses_of(crisis.crisis, AT_MS - 1)
    assert [(one.at_ms, one.seq) for one in found] == [(AT_MS - 1, None), (AT_MS, 3)]


class Files:
    """A crisis as recorded files."""

    def __init__(self, folder: Path, events: list[CrisisEvent], rate: Any) -> None:
        self.events = written(folder / "events.jsonl", events)
        self.windows = written(folder / "windows.jsonl", windows(rate))

    def ask(self, *more: str) -> int:
        files = ("--from", str(self.events), "--windows", str(self.windows))
        return run(["effect", "c1", *files, *more])


def test_the_command_tells_each_response(tmp_path: Path, capsys: Capture) -> None:
    files = Files(tmp_path, told(AT_MS), faded(0.5))
    assert files.ask() == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "larkmoor, crisis c1"
    assert shown[1] == "response 2025-03-03 15:30Z by ann, step 3: Published, no. 0."
    assert shown[2].startswith("  fewer negatives came than would have; beyond the usual ")
    assert shown[2].endswith(" (95 % interval, both courses)")
    assert [line.split()[0] for line in shown[3:8]] == [
        "before",
        "after",
        "expected",
        "expected",
        "usual",
    ]
    assert "fading steadily, half of the peak's excess gone in 2 h: beyond the usual 5" in shown[5]
    assert shown[-1].endswith("the hour of the day too, counts as the response.")


def test_json_has_the_figures(tmp_path: Path, capsys: Capture) -> None:
    files = Files(tmp_path, told(AT_MS), faded(0.5))
    assert files.ask("--json") == 0
    printed = json.loads(capsys.readouterr().out)
    (one,) = printed["effects"]
    assert (printed["crisis_id"], one["verdict"], one["response"]["seq"]) == ("c1", "fewer", 3)
    assert len(one["courses"]) == 2


def test_another_note_or_time_may_be_named(tmp_path: Path, capsys: Capture) -> None:
    files = Files(tmp_path, told(AT_MS, response=False), faded(0.5))
    assert files.ask() == 64
    assert "give one by `squall crisis annotate ID NOTE --response`" in capsys.readouterr().err
    assert files.ask("--annotation", "3") == 0
    assert "fewer negatives came" in capsys.readouterr().out
    assert files.ask("--responded", "2025-03-03T15:30:00Z", "--hours", "3") == 0
    shown = capsys.readouterr().out
    assert "response 2025-03-03 15:30Z\n" in shown
    assert "2025-03-03 16:30Z to 2025-03-03 18:30Z" in shown
    assert files.ask("--annotation", "2") == 64
    assert "--annotation 2: is no step with a note; steps with one: 3" in capsys.readouterr().err
    assert files.ask("--responded", "soon") == 64
    assert "--responded 'soon': is no time such as" in capsys.readouterr().err


def test_what_can_t_be_told_is_an_answer(tmp_path: Path, capsys: Capture) -> None:
    files = Files(tmp_path, told(AT_MS, AT_MS + HOUR_MS), faded(0.5))
    assert files.ask() == 0
    shown = capsys.readouterr().out
    assert shown.count("can't be told: another response came at") == 2
    assert "experiment" not in shown


def test_events_alone_can_t_tell(tmp_path: Path, capsys: Capture) -> None:
    file = written(tmp_path / "events.jsonl", told(AT_MS))
    assert run(["effect", "c1", "--from", str(file)]) == 0
    assert "can't be told: no window of the brand is there" in capsys.readouterr().out


def test_the_post_mortem_has_a_section(tmp_path: Path) -> None:
    events = [*told(AT_MS, note="<b>Published</b> *now*")]
    files = Files(tmp_path, events, faded(0.5))
    asked = ["report", "c1", "--from", str(files.events), "--windows", str(files.windows)]
    assert run([*asked, "--out", str(tmp_path)]) == 0
    text = (tmp_path / "c1.md").read_text("utf-8")
    assert "## What the response did\n" in text
    assert "Fewer negatives came than would have; beyond the usual " in text
    assert "\\<b\\>Published\\</b\\> \\*now\\*" in text
    assert "\n| expected, fading steadily | 86" in text
    assert "This is no experiment" in text
    page = (tmp_path / "c1.html").read_text("utf-8")
    assert "<h2>What the response did</h2>" in page
    assert "<b>Published</b>" not in page
    found = json.loads((tmp_path / "c1.json").read_text("utf-8"))
    assert [one["verdict"] for one in found["effects"]] == ["fewer"]


def test_a_post_mortem_without_a_response_has_no_such_section(tmp_path: Path) -> None:
    files = Files(tmp_path, told(), faded())
    asked = ["report", "c1", "--from", str(files.events), "--windows", str(files.windows)]
    assert run([*asked, "--out", str(tmp_path)]) == 0
    assert "What the response did" not in (tmp_path / "c1.md").read_text("utf-8")
    assert json.loads((tmp_path / "c1.json").read_text("utf-8"))["effects"] == []


def test_lines_of_a_response_without_a_note_name_its_time() -> None:
    found = effect(windows(faded()), at_ms=AT_MS + STEP_MS)
    assert lines(found)[0] == "response 2025-03-03 15:30Z"
    assert "no effect seen: what came is what would have come" in lines(found)[1]
