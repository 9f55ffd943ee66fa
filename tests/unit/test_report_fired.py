"""What set a crisis off, and people's word on it, on every page that shows one."""

from __future__ import annotations

import msgspec
from rich.console import Console, RenderableType

from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, Trigger
from app.report import page, story
from app.report.crisis_table import crisis_lines
from app.report.fired import judged_in, opening_of, rows, scale
from tests.unit.report_values import day, event
from tests.unit.story_values import full_evidence, state_after, steps
from tests.unit.test_report_page import HOSTILE, Elements

KEYWORD = Trigger(
    name="risk_keyword", unit="authors", scale_s=3_600, value=5.0, threshold=3.0, about="recall"
)
REACH = Trigger(
    name="reach", unit="weight", scale_s=900, value=57.0, threshold=40.0, expected=6.123456
)


def judged(*words: EventType, note: str | None = None) -> list[CrisisEvent]:
    """Return the crisis with its triggers, and then with these words on it, an hour apart."""
    found = steps()
    evidence = msgspec.structs.replace(full_evidence(), triggers=(KEYWORD, REACH))
    found[1] = msgspec.structs.replace(found[1], evidence=evidence)
    for number, kind in enumerate(words, start=1):
        said = event(
            kind,
            11 + number,
            310 + 60 * number,
            State.RESOLVED,
            previous_state=State.RESOLVED,
            actor="bob",
            note=note,
            theme="payment",
        )
        found.append(said)
    return found


def printed(renderable: RenderableType) -> str:
    console = Console(width=120, record=True, file=None, force_terminal=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_the_story_tells_what_set_it_off_and_the_verdict() -> None:
    text = story.render(None, judged(EventType.FALSE_POSITIVE, EventType.CONFIRMED))
    assert "What set it off" in text
    for cells in (
        "<td>risk_keyword recall</td><td>1 h</td>"
        '<td class="n">5</td><td class="n">3</td><td class="n"></td><td>authors</td>',
        "<td>reach</td><td>15 min</td>"
        '<td class="n">57</td><td class="n">40</td><td class="n">6.123</td><td>weight</td>',
    ):
        assert cells in text
    assert "<dt>judged</dt><dd>confirmed as real by bob, 2025-03-03 18:10</dd>" in text
    assert "<dt>lasted</dt><dd>5 h 0 min</dd>" in text  # not until somebody judged it
    assert "by nobody" not in text


def test_a_story_that_nobody_judged_says_so() -> None:
    text = story.render(None, steps())
    assert "<dt>judged</dt><dd>by nobody</dd>" in text
    assert "What set it off" not in text  # its events name no trigger
    watch = event(EventType.WATCH, 1, 10, State.WATCH, severity=Severity.INFO)
    told = msgspec.structs.replace(full_evidence(), triggers=(REACH,))
    text = story.render(None, [msgspec.structs.replace(watch, evidence=told)])
    assert "What is above its line" in text


def test_the_terminal_tells_them_too() -> None:
    events = judged(EventType.FALSE_POSITIVE, note="a quiz of ours")
    text = printed(crisis_lines(state_after(events[-1]), events))
    assert "risk_keyword recall" in text
    assert "6.123" in text
    assert "Judged: called a false positive by bob: a quiz of ours" in text
    plain = printed(crisis_lines(None, steps()))
    assert "threshold" not in plain
    assert "Judged" not in plain


def test_the_page_of_a_week_tells_them_too() -> None:
    text = page.render(day(), judged(EventType.CONFIRMED, note="They failed."), b"")
    assert "<td>risk_keyword recall</td>" in text
    assert "Confirmed as real by bob: They failed." in text


def test_what_comes_from_outside_can_t_break_a_page() -> None:
    hostile = msgspec.structs.replace(KEYWORD, name=HOSTILE, about=HOSTILE, unit=HOSTILE)
    events = judged(EventType.CONFIRMED, note=HOSTILE)
    evidence = msgspec.structs.replace(full_evidence(), triggers=(hostile,))
    events[1] = msgspec.structs.replace(events[1], evidence=evidence)
    events[-1] = msgspec.structs.replace(events[-1], actor=HOSTILE)
    for text in (story.render(None, events), page.render(day(), events, b"")):
        assert HOSTILE not in text
        tags = [(name, attributes.get("src")) for name, attributes in Elements(text).found]
        assert not [one for one in tags if one[0] == "script" or "https" in (one[1] or "")]
    assert printed(crisis_lines(None, events))


def test_the_opening_is_the_first_that_names_what_fired() -> None:
    events = judged(EventType.CONFIRMED)
    opening = opening_of(events)
    assert opening is not None
    assert opening.type is EventType.OPENED
    assert opening_of(steps()) is None
    assert judged_in(steps()) is None


def test_numbers_are_cut_to_four_digits() -> None:
    big = msgspec.structs.replace(REACH, value=123456.7, threshold=0.0123456)
    (row,) = rows([big])
    assert (row.value, row.threshold) == ("123457", "0.01235")
    assert [scale(seconds) for seconds in (300, 3_600, 21_600)] == ["5 min", "1 h", "6 h"]
