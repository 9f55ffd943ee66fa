"""D8: of 200 judged crises every number is what a count by hand gives; a line is proposed only
where enough was judged, and costs what it says.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from math import isclose, sqrt
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from app.cli.main import run
from app.core.crisis import EventType, Judged, Severity, State
from app.core.event import CrisisEvent, Trigger
from app.report.alarms import Alarm, Alarms, strength_of
from app.report.precision import lines, precision_of, verdicts_of
from app.report.proposals import BUDGET, Proposal, Standing, missing, proposals
from app.report.proposed import lines as proposed_lines
from tests.unit.judged_crises import HOUR_MIN, Planted, opened_ms, two_hundred
from tests.unit.report_values import event

Capture = pytest.CaptureFixture[str]
REAL, FALSE = Judged.CONFIRMED, Judged.FALSE_POSITIVE
STANDING = Standing(
    {BUDGET: 1.0, "detector.absolute_negatives": 50.0, "detector.keyword_authors": 3.0},
    frozenset({"negatives"}),
)


def log_of(planted: Iterable[Planted]) -> list[CrisisEvent]:
    return [one for crisis in planted for one in crisis.events()]


def collected(planted: Iterable[Planted], **options: Any) -> Alarms:
    alarms = Alarms(**options)
    for one in log_of(planted):
        alarms.read(one)
    return alarms


def proposed(planted: Iterable[Planted], name: str, keep: float = 0.95) -> Proposal:
    found = proposals(collected(planted).found(), keep, STANDING)
    return next(one for one in found if one.trigger == name)


def written(path: Path, events: Iterable[CrisisEvent]) -> str:
    path.write_bytes(b"\n".join(msgspec.json.encode(one) for one in events))
    return str(path)


def printed(capsys: Capture, *arguments: str) -> dict[str, Any]:
    assert run(["eval", "precision", *arguments, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def roots(confirmed: int, judged: int) -> tuple[float, float]:
    """Return the shares p with |confirmed / judged - p| = 1.96 sqrt(p (1 - p) / judged): what
    Wilson's limits are, found by solving the equation.
    """
    z, share = 1.959963984540054, confirmed / judged
    a, b, c = 1 + z * z / judged, -(2 * share + z * z / judged), share * share
    root = sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def is_counted(told: dict[str, Any], of: Sequence[Planted]) -> bool:
    """Tell whether a row says what a count of these crises by hand gives."""
    words = Counter(one.said[-1] for one in of if one.said)
    judged = words[REAL] + words[FALSE]
    counts = {
        "judged": judged,
        "confirmed": words[REAL],
        "false": words[FALSE],
        "unjudged": sum(not one.said for one in of),
    }
    assert {name: told[name] for name in counts} == counts, told
    low, high = roots(words[REAL], judged)
    return (
        isclose(told["precision"], words[REAL] / judged, abs_tol=1e-6)
        and isclose(told["low"], low, abs_tol=1e-6)
        and isclose(told["high"], high, abs_tol=1e-6)
    )


@pytest.mark.parametrize("seed", range(3))
def test_two_hundred_judged_crises_give_the_numbers_of_a_hand_count(
    seed: int, tmp_path: Path, capsys: Capture
) -> None:
    planted = two_hundred(seed)
    by_hand = [Planted(crisis_id=f"h{n}", is_by_hand=True, said=(REAL,)) for n in range(3)]
    path = written(tmp_path / "events.jsonl", log_of([*planted, *by_hand]))
    found = printed(capsys, path)["verdicts"]
    assert found["all"]["judged"] == 200
    assert is_counted(found["all"], planted)
    names = {name for one in planted for name in one.fired}
    assert {row["name"] for row in found["triggers"]} == names
    for row in found["triggers"]:
        assert is_counted(row, [one for one in planted if row["name"] in one.fired])
    assert [row["name"] for row in found["severities"]] == ["warning", "error", "critical"]
    for row in found["severities"]:
        assert is_counted(row, [one for one in planted if one.severity == row["name"]])
    assert (found["by_hand"], found["watches"], found["without_opening"]) == (3, 0, 0)


def test_a_brand_and_a_time_are_counted_alone(tmp_path: Path, capsys: Capture) -> None:
    planted = two_hundred(3)
    path = written(tmp_path / "events.jsonl", log_of(planted))
    late = [one for one in planted if one.minute >= 100 * HOUR_MIN and one.brand == "domarenka"]
    first_ms = min(map(opened_ms, late))
    since = "2025-03-07T15:00:00Z"
    found = printed(capsys, path, "--brand", "Domarenka", "--since", since)["verdicts"]
    assert found["first_ms"] == first_ms
    assert is_counted(found["all"], late)


def test_order_and_repeats_of_events_change_nothing() -> None:
    planted = two_hundred(4)
    events = log_of(planted)
    Random(0).shuffle(events)
    again = Alarms()
    for one in [*events, *events[:200]]:
        again.read(one)
    assert verdicts_of(again) == verdicts_of(collected(planted))


# Newcombe, Two-sided confidence intervals for the single proportion, Statistics in Medicine 17,
# 1998, table I, method 3.
@pytest.mark.parametrize(
    ("confirmed", "judged", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(confirmed: int, judged: int, low: float, high: float) -> None:
    said = [REAL] * confirmed + [FALSE] * (judged - confirmed)
    found = precision_of("all", [alarm(word) for word in said])
    assert found.low is not None
    assert found.high is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def alarm(verdict: Judged | None, **strengths: float) -> Alarm:
    return Alarm(
        crisis_id="c",
        brand="larkmoor",
        opened_ms=0,
        severity=Severity.ERROR,
        strengths=strengths,
        verdict=verdict,
    )


def test_three_of_three_is_not_all() -> None:
    found = precision_of("all", [alarm(REAL)] * 3 + [alarm(None)])
    assert (found.judged, found.unjudged, found.precision) == (3, 1, 1.0)
    assert found.low == 0.438503
    empty = precision_of("all", [alarm(None)])
    assert (empty.precision, empty.low, empty.high) == (None, None, None)


def test_the_last_word_counts_and_reopening_is_no_other_crisis() -> None:
    crisis = Planted(crisis_id="c", fired={"negatives": 0.7}, said=(REAL, FALSE))
    events = crisis.events()
    back = msgspec.structs.replace(events[1], id="c-10", seq=10, type=EventType.REOPENED)
    alarms = Alarms()
    for one in [*events, back]:
        alarms.read(one)
    (found,) = alarms.found()
    assert (found.verdict, found.opened_ms) == (FALSE, opened_ms(crisis))
    assert found.strengths == {"negatives": 0.7}


def test_a_watch_called_false_is_left_out_until_it_opens() -> None:
    events = Planted(crisis_id="c", fired={"negatives": 0.7}).events()
    false = event(EventType.FALSE_POSITIVE, 2, 5, State.RESOLVED, id="f", crisis_id="c")
    alarms = Alarms()
    for one in (events[0], false):
        alarms.read(one)
    assert alarms.found() == []
    assert verdicts_of(alarms).watches == 1
    alarms.read(msgspec.structs.replace(events[1], seq=3, type=EventType.REOPENED))
    (found,) = alarms.found()
    assert (found.verdict, found.strengths) == (None, {"negatives": 0.7})
    assert verdicts_of(alarms).watches == 0


def test_a_verdict_whose_opening_has_expired_is_told_and_not_counted() -> None:
    alarms = Alarms()
    for one in Planted(crisis_id="c", fired={"reach": 50.0}, said=(REAL,)).events()[3:]:
        alarms.read(one)
    found = verdicts_of(alarms)
    assert (found.all.judged, found.without_opening) == (0, 1)
    assert "opening is no longer in the events" in "\n".join(lines(found))


def test_the_canary_is_no_crisis_unless_it_is_asked_for() -> None:
    canary = [Planted(crisis_id="c", fired={"reach": 50.0}, said=(REAL,), brand="canary")]
    assert collected(canary, without="canary").found() == []
    assert len(collected(canary, brand="canary", without="canary").found()) == 1


def test_a_drop_of_ratings_is_strong_by_how_far_it_falls() -> None:
    dropped = Trigger(
        name="rating_drop", unit="stars", scale_s=21_600, value=2.0, threshold=3.0, expected=4.5
    )
    assert isclose(strength_of(dropped), 2.5 / 1.5)


def graded(real: Sequence[float], false: Sequence[float], name: str) -> list[Planted]:
    """Return crises that one trigger opened at these strengths."""
    words = [(REAL, value) for value in real] + [(FALSE, value) for value in false]
    return [
        Planted(crisis_id=f"{name}{n}", fired={name: value}, said=(word,), minute=n)
        for n, (word, value) in enumerate(words)
    ]


def test_a_line_is_proposed_with_its_setting_and_its_cost() -> None:
    """Sixty real ones from 0.61 to 0.9, one of them weak; thirty false ones, the half below."""
    real = [0.52, *(0.61 + 0.29 * n / 58 for n in range(59))]
    false = [0.51 + 0.005 * n for n in range(15)] + [0.8] * 15
    found = proposed(graded(real, false, "negatives"), "negatives")
    assert found.line is not None
    assert found.change is not None
    assert (found.line.kept, found.line.confirmed) == (59, 60)
    assert (found.line.dropped, found.line.false) == (15, 30)
    assert isclose(found.line.at, 0.61)
    # A score s is 1 / (1 + r), r alarms in units of the budget: the new budget is r of the old.
    assert (found.change.setting, found.change.now) == (BUDGET, 1.0)
    assert found.change.proposed == 0.64
    assert isclose(found.change.proposed, (1 - 0.61) / 0.61, abs_tol=0.01)
    text = "\n".join(proposed_lines([found], 0.95, 1))
    assert "keeps 59 of 60 real, drops 15 of 30 false" in text
    assert f"{BUDGET}: 0.64 in place of 1" in text


def test_a_line_keeps_what_it_has_to() -> None:
    """Whatever the strengths, by the counts of the planted crises themselves."""
    for seed in range(20):
        draw = Random(seed)
        real = [round(draw.uniform(3, 16)) for _ in range(70)]
        false = [round(draw.uniform(3, 10)) for _ in range(70)]
        line = proposed(graded(real, false, "risk_keyword"), "risk_keyword", 0.9).line
        if line is None:
            continue
        assert line.kept == sum(one >= line.at for one in real) >= 0.9 * 71
        assert line.dropped == sum(one < line.at for one in false) > 0
        assert line.at in real


def test_what_another_trigger_opens_all_the_same_is_told() -> None:
    both = [
        Planted(
            crisis_id=f"b{n}",
            fired={"risk_keyword": 3.0, "reach": 60.0, "volume": 0.6, "negative_share": 0.5},
            said=(FALSE,),
        )
        for n in range(8)
    ]
    alone = [
        Planted(
            crisis_id=f"a{n}", fired={"risk_keyword": 3.0, "negative_share": 0.5}, said=(FALSE,)
        )
        for n in range(22)
    ]
    real = graded([8.0] * 70, [], "risk_keyword")
    found = proposed([*both, *alone, *real], "risk_keyword")
    assert found.line is not None
    assert found.change is not None
    assert (found.line.at, found.line.dropped, found.line.otherwise) == (8.0, 30, 8)
    assert (found.change.setting, found.change.proposed) == ("detector.keyword_authors", 8.0)


def test_a_real_one_below_the_line_that_passed_it_later_is_told() -> None:
    strong = graded([20.0] * 78, [12.0] * 20, "cascade")
    weak = [
        Planted(crisis_id=f"w{n}", fired={"cascade": 12.5}, said=(REAL,), later={"cascade": value})
        for n, value in enumerate((30.0, 12.5))
    ]
    # Of cascades only the ratio is a line, and a setting that moves others with it.
    found = proposed([*strong, *weak], "cascade", 0.95)
    assert found.line is not None
    assert found.line.at == 12.5 / 12.0
    assert (found.line.kept, found.line.later) == (80, 0)
    lower = [
        Planted(crisis_id=f"f{n}", fired={"cascade": 13.0}, said=(FALSE,), minute=n)
        for n in range(20)
    ]
    found = proposed([*strong, *weak, *lower], "cascade", 0.95)
    assert found.line is not None
    assert found.change is not None
    assert (found.line.at, found.line.kept, found.line.later) == (20 / 12, 78, 1)
    assert found.change.proposed is None
    assert "moves others too" in "\n".join(proposed_lines([found], 0.95, 2))


@pytest.mark.parametrize(
    ("real", "false", "why"),
    [
        ([0.9] * 3, [], "points wide"),
        ([0.9] * 10, [0.6] * 90, "it takes 19 confirmed ones"),
        ([0.9] * 40, [], "no false one to drop"),
        ([0.7] * 60, [0.7] * 30, "no line drops a false one"),
    ],
)
def test_nothing_is_proposed_where_it_can_t_be(
    real: list[float], false: list[float], why: str
) -> None:
    found = proposed(graded(real, false, "negatives"), "negatives")
    assert found.line is None
    assert why in found.why
    assert why in "\n".join(proposed_lines([found], 0.95, 1))


def test_what_opens_nothing_by_itself_has_no_line() -> None:
    for name in ("volume", "negatives_rate"):
        found = proposed(graded([0.9] * 60, [0.6] * 30, name), name)
        assert "opens no crisis by itself" in found.why


def test_a_setting_that_is_there_already_is_not_proposed() -> None:
    standing = Standing({**STANDING.settings, "detector.keyword_authors": 9.0}, frozenset())
    planted = graded([8.0] * 60, [3.0] * 30, "risk_keyword")
    (found,) = proposals(collected(planted).found(), 0.95, standing)
    assert (found.line, found.why) == (None, "the setting is there already")


@pytest.mark.parametrize(("confirmed", "judged"), [(0, 0), (3, 3), (5, 10), (30, 40), (90, 100)])
def test_so_many_more_are_what_the_interval_needs(confirmed: int, judged: int) -> None:
    share, more = (confirmed / judged if judged else 0.5), missing(confirmed, judged)

    def width(of: int) -> float:
        low, high = roots_of(share, of)
        return high - low

    assert width(judged + more) <= 0.2
    assert more == 0 or width(judged + more - 1) > 0.2


def roots_of(share: float, judged: int) -> tuple[float, float]:
    z = 1.959963984540054
    a, b, c = 1 + z * z / judged, -(2 * share + z * z / judged), share * share
    root = sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def test_the_table_is_read_by_people(tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "events.jsonl", log_of(two_hundred(5)))
    assert run(["eval", "precision", path, "--keep", "90"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("200 of 270 crises judged, opened from 2025-03-03 to ")
    assert "Proposed lines that keep 90 % of what is real; nothing was changed" in text
    assert max(map(len, text.splitlines())) <= 120


def test_where_nobody_judged_it_says_how(tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "events.jsonl", Planted(crisis_id="c", fired={"reach": 50}).events())
    assert run(["eval", "precision", path]) == 0
    text = capsys.readouterr().out
    assert "0 of 1 crises judged" in text
    assert "squall crisis confirm ID" in text


@pytest.mark.parametrize(
    ("content", "arguments", "code", "why"),
    [
        (b"", [], 65, "no event"),
        (b'{"id": 1}\n', [], 65, "events.jsonl:1: no crisis event"),
        (b"\xff\xfe\n", [], 65, "events.jsonl:1: no crisis event"),
        (None, [], 65, "can't be read"),
        (b"", ["--since", "monday"], 64, "is no time such as"),
        (b"", ["--keep", "100"], 64, "keep"),
        (b"", ["--brand", "a\u200bcme"], 64, "is no brand's name"),
    ],
)
def test_bad_input_is_named(
    content: bytes | None,
    arguments: list[str],
    code: int,
    why: str,
    tmp_path: Path,
    capsys: Capture,
) -> None:
    path = tmp_path / "events.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert run(["eval", "precision", str(path), *arguments]) == code
    assert why in capsys.readouterr().err


def test_a_brand_of_no_crisis_is_named(tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path / "events.jsonl", log_of(two_hundred(0)[:3]))
    assert run(["eval", "precision", path, "--brand", "acme"]) == 65
    assert "squall crisis list --all" in capsys.readouterr().err


def test_a_kafka_that_is_not_there_is_named(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUALL_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    assert run(["eval", "precision"]) == 69
    assert "check kafka.bootstrap_servers" in capsys.readouterr().err
