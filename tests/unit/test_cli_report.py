"""``squall report`` on recorded files of a detector's own: what is written, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.cli.main import run
from app.core.event import ClosedWindow, CrisisEvent
from app.core.rules import HOUR_MS
from app.report.postmortem.periods import PEAK_MS
from app.wire import event as event_wire
from app.wire import window as window_wire
from app.wire.rfc3339 import format_ms
from tests.unit.crisis_streams import BREAKS_MS, Incident, play, shop, with_commands
from tests.unit.folding import closed_windows, command, crisis_events
from tests.unit.report_values import event as made_event
from tests.unit.story_values import steps

Capture = pytest.CaptureFixture[str]
MINUTE_MS = 60_000


pytestmark = pytest.mark.usefixtures("no_variables")


class Recorded:
    """What a detector told of a shop whose payments fail at ``BREAKS_MS``, as files."""

    def __init__(self, folder: Path) -> None:
        log = shop(3, [Incident(3, 60, (("payment",),))], hours=72)
        given = [
            (BREAKS_MS + 40 * MINUTE_MS, command(1, "acknowledge")),
            (BREAKS_MS + 50 * MINUTE_MS, command(2, "annotate", note="the provider is down")),
        ]
        outputs = play(with_commands(log, given))
        self.told, self.windows = crisis_events(outputs), closed_windows(outputs)
        self.crisis_id = next(one.crisis_id for one in self.told if one.type.value == "opened")
        self.events_file = lines(folder / "events.jsonl", self.told)
        self.windows_file = lines(folder / "windows.jsonl", self.windows)

    @property
    def own(self) -> list[CrisisEvent]:
        return [one for one in self.told if one.crisis_id == self.crisis_id]

    def first(self, kind: str) -> CrisisEvent:
        return next(one for one in self.own if one.type.value == kind)

    def between(self, from_ms: int, to_ms: int) -> list[ClosedWindow]:
        return [one for one in self.windows if from_ms <= one.start_ms < to_ms]


def lines(path: Path, outputs: Iterable[CrisisEvent | ClosedWindow]) -> Path:
    values = [
        event_wire.encode(one) if isinstance(one, CrisisEvent) else window_wire.encode(one)
        for one in outputs
    ]
    path.write_bytes(b"".join((one.value or b"") + b"\n" for one in values))
    return path


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(tmp_path_factory.mktemp("recorded"))


def report(recorded: Recorded, out: Path, *more: str) -> list[str]:
    files = ("--from", str(recorded.events_file), "--windows", str(recorded.windows_file))
    return ["report", recorded.crisis_id[:9], "--out", str(out), *files, *more]


def document(out: Path, crisis_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / f"{crisis_id}.json").read_text("utf-8"))
    return found


def test_three_files_are_written_and_their_paths_printed(
    recorded: Recorded, tmp_path: Path, capsys: Capture
) -> None:
    assert run(report(recorded, tmp_path / "new" / "folder")) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    names = [f"{recorded.crisis_id}.{ending}" for ending in ("md", "json", "html")]
    assert paths == [tmp_path / "new" / "folder" / name for name in names]
    assert paths[0].read_text("utf-8").startswith("# larkmoor: post-mortem (")
    assert "data:image/svg+xml;base64," in paths[2].read_text("utf-8")


def test_the_figures_are_those_of_the_log(recorded: Recorded, tmp_path: Path) -> None:
    began = format_ms(BREAKS_MS)
    assert run(report(recorded, tmp_path, "--began", began, "--around", "1")) == 0
    found = document(tmp_path, recorded.crisis_id)
    opened_ms, over_ms = recorded.first("opened").time_ms, recorded.first("resolved").time_ms
    times = found["times"]
    assert times["detect"]["took_ms"] == opened_ms - BREAKS_MS
    acknowledged = recorded.first("acknowledged")
    assert times["acknowledge"]["took_ms"] == acknowledged.time_ms - opened_ms
    assert times["acknowledge"]["by"] == acknowledged.actor
    assert times["recover"]["took_ms"] == recorded.first("recovering").time_ms - opened_ms
    assert times["duration"]["took_ms"] == over_ms - BREAKS_MS
    bounds = (BREAKS_MS - HOUR_MS, BREAKS_MS, over_ms, over_ms + HOUR_MS)
    for period, start_ms, end_ms in zip(found["periods"], bounds, bounds[1:], strict=False):
        windows = recorded.between(start_ms, end_ms)
        assert period["negatives"] == sum(one.negatives for one in windows)
        assert period["mentions"] == sum(one.mentions for one in windows)
        assert period["reach"] == sum(one.reach for one in windows)
    bins = found["bins"]
    within = recorded.between(bins[0]["start_ms"], bins[-1]["start_ms"] + found["bin_ms"])
    assert sum(one["negatives"] or 0 for one in bins) == sum(one.negatives for one in within)
    during = recorded.between(BREAKS_MS, over_ms)
    sums = [
        sum(one.negatives for one in during if 0 <= end.end_ms - one.end_ms < PEAK_MS)
        for end in during
    ]
    assert found["peak"]["negatives"] == max(sums)
    assert [one["note"] for one in found["annotations"]] == ["the provider is down"]
    assert [one["seq"] for one in found["steps"]] == [one.seq for one in recorded.own]
    themes = {one["name"]: one for one in found["worst"]["evidence"]["drivers"]["facets"]}["theme"]
    assert themes["shares"][0]["value"] == "payment"


def test_the_same_log_gives_the_same_bytes_in_any_order(recorded: Recorded, tmp_path: Path) -> None:
    shuffled = lines(tmp_path / "events.jsonl", [*reversed(recorded.told), *recorded.told[:9]])
    windows = lines(tmp_path / "windows.jsonl", [*reversed(recorded.windows), *recorded.windows])
    assert run(report(recorded, tmp_path / "a")) == 0
    files = ("--from", str(shuffled), "--windows", str(windows))
    assert run(["report", recorded.crisis_id, "--out", str(tmp_path / "b"), *files]) == 0
    for ending in ("md", "json", "html"):
        name = f"{recorded.crisis_id}.{ending}"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_json_has_the_paths_and_the_main_figures(
    recorded: Recorded, tmp_path: Path, capsys: Capture
) -> None:
    kpi = tmp_path / "refunds.csv"
    rows = [f"{format_ms(BREAKS_MS + hour * HOUR_MS)},{hour + 9}" for hour in range(-9, 9)]
    kpi.write_text("\n".join(["timestamp,value", *rows]))
    answered = ("--responded", format_ms(recorded.first("opened").time_ms + 90 * MINUTE_MS))
    assert run(report(recorded, tmp_path, "--kpi", str(kpi), *answered, "--json")) == 0
    printed = json.loads(capsys.readouterr().out)
    found = document(tmp_path, recorded.crisis_id)
    assert printed["files"]["html"] == str(tmp_path / f"{recorded.crisis_id}.html")
    for name in ("crisis_id", "brand", "state", "severity", "times", "peak", "notes"):
        assert printed[name] == found[name]
    assert printed["times"]["respond"]["took_ms"] == 90 * MINUTE_MS
    (joined,) = found["kpis"]
    assert (joined["name"], joined["before"]["points"]) == ("refunds", 10)
    assert any(one["kpis"]["refunds"] is not None for one in found["bins"])


def test_events_alone_give_a_report_that_says_what_is_not_known(
    recorded: Recorded, tmp_path: Path
) -> None:
    alone = ("--from", str(recorded.events_file))
    assert run(["report", recorded.crisis_id, "--out", str(tmp_path), *alone]) == 0
    found = document(tmp_path, recorded.crisis_id)
    assert (found["peak"]["counted_in"], found["periods"][1]["negative_share"]) == ("events", None)
    assert "not known" in (tmp_path / f"{recorded.crisis_id}.md").read_text("utf-8")


def test_a_crisis_nobody_tells_of_is_named(
    recorded: Recorded, tmp_path: Path, capsys: Capture
) -> None:
    files = ("--from", str(recorded.events_file), "--out", str(tmp_path / "out"))
    assert run(["report", "nobody", *files]) == 64
    told = capsys.readouterr().err
    assert "no event tells of a crisis 'nobody'; see `squall crisis list --all`" in told
    assert run(["report", "", *files]) == 64
    assert "no event tells of a crisis ''" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("more", "code", "says"),
    [
        (("--began", "yesterday"), 64, "--began 'yesterday': is no time such as"),
        (("--responded", "soon"), 64, "--responded 'soon': is no time such as"),
        (("--began", "2030-01-01T00:00:00Z"), 64, "--began is after crisis"),
        (("--around", "0"), 64, "--around"),
        (("--kpi", "nothing.csv"), 65, "nothing.csv: No such file"),
        (("--windows", "nothing.jsonl"), 65, "nothing.jsonl: can't be read"),
        (("--from", "nothing.jsonl"), 65, "nothing.jsonl: can't be read"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_written(
    recorded: Recorded, tmp_path: Path, capsys: Capture, more: tuple[str, ...], code: int, says: str
) -> None:
    assert run(report(recorded, tmp_path / "out", *more)) == code
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_line_that_is_none_is_named(recorded: Recorded, tmp_path: Path, capsys: Capture) -> None:
    swapped = ["report", recorded.crisis_id, "--out", str(tmp_path / "out")]
    swapped += ["--from", str(recorded.windows_file)]
    assert run(swapped) == 65
    assert "windows.jsonl:1: no crisis event" in capsys.readouterr().err
    assert run(report(recorded, tmp_path / "out", "--windows", str(recorded.events_file))) == 65
    assert "events.jsonl:1: no closed window" in capsys.readouterr().err


def test_an_id_that_would_leave_the_folder_is_refused(tmp_path: Path, capsys: Capture) -> None:
    strange = [msgspec.structs.replace(one, crisis_id="../c1") for one in (steps()[0], steps()[1])]
    file = lines(tmp_path / "events.jsonl", strange)
    assert run(["report", "../c1", "--from", str(file), "--out", str(tmp_path / "out")]) == 65
    assert "can't name a file" in capsys.readouterr().err
    assert not (tmp_path / "c1.md").exists()


def test_a_folder_that_can_t_be_written_is_named(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "taken").write_text("")
    told = lines(tmp_path / "events.jsonl", steps())
    out = tmp_path / "taken" / "out"
    assert run(["report", "c1", "--from", str(told), "--out", str(out)]) == 64
    assert f"{out}: Not a directory; name a folder" in capsys.readouterr().err


def test_what_the_page_may_quote_is_what_the_events_carry(tmp_path: Path) -> None:
    """No mention's text but the excerpts that the events hold."""
    told = lines(tmp_path / "events.jsonl", steps())
    assert run(["report", "c1", "--from", str(told), "--out", str(tmp_path)]) == 0
    assert "Payment failed twice" in (tmp_path / "c1.html").read_text("utf-8")
    bare = [
        msgspec.structs.replace(
            one,
            evidence=one.evidence and msgspec.structs.replace(one.evidence, top_mentions=()),
        )
        for one in steps()
    ]
    assert any(one.evidence for one in bare)
    lines(told, bare)
    assert run(["report", "c1", "--from", str(told), "--out", str(tmp_path)]) == 0
    assert "Payment failed twice" not in (tmp_path / "c1.html").read_text("utf-8")


def test_a_closed_record_of_another_crisis_changes_nothing(tmp_path: Path) -> None:
    other = [made_event(one.type, one.seq, 9_000, one.state, crisis_id="d2") for one in steps()]
    paths = []
    for name, events in (("a", steps()), ("b", [*other, *steps()])):
        told = lines(tmp_path / f"{name}.jsonl", events)
        assert run(["report", "c1", "--from", str(told), "--out", str(tmp_path / name)]) == 0
        paths.append(tmp_path / name / "c1.json")
    assert paths[0].read_bytes() == paths[1].read_bytes()
