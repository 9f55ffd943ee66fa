"""The post-mortem's page, Markdown and picture: complete, the same each time, and safe whatever a
mention or a person says.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from app.core.crisis import EventType, State
from app.core.event import ClosedWindow, CrisisEvent, TopMention, Trigger
from app.core.rules import HOUR_MS
from app.core.scenario import Scenario
from app.report.postmortem import chart, markdown, page
from app.report.postmortem.kpi import KpiSeries
from app.report.postmortem.markdown import escaped
from app.report.postmortem.told import figure, took
from tests.unit.postmortem_values import OPENED_MS, counted, gathered, hourly, made, wave
from tests.unit.report_values import event, window
from tests.unit.story_values import full_evidence, steps
from tests.unit.test_report_page import HOSTILE, Elements

ORDERS = hourly("orders", *([10.0] * 7), *([4.0] * 5), *([9.0] * 6))
MARKUP = "[a](https://evil.example) ![b](x) **c** `d` | e\n# f\n<b>g</b> &amp; www.evil.example"


def picture(
    events: Sequence[CrisisEvent] | None = None,
    windows: Iterable[ClosedWindow] | None = None,
    series: Sequence[KpiSeries] = (),
    **known: Any,
) -> str | None:
    told = gathered(steps() if events is None else events)
    given = list(wave() if windows is None else windows)
    found = made(events, given, series, **known)
    return chart.render(found, told.crisis, counted(given, told), series)


def html(
    events: Sequence[CrisisEvent] | None = None, series: Sequence[KpiSeries] = (), **known: Any
) -> str:
    own = steps() if events is None else events
    return page.render(made(own, None, series, **known), own, picture(own, None, series, **known))


def text(
    events: Sequence[CrisisEvent] | None = None, series: Sequence[KpiSeries] = (), **known: Any
) -> str:
    own = steps() if events is None else events
    return markdown.render(made(own, None, series, **known), own)


def hostile() -> list[CrisisEvent]:
    said = HOSTILE + MARKUP
    cited = TopMention(
        mention_id=said, author=said, label="negative", reach=1, event_time_ms=0, url=said,
        excerpt=said,
    )  # fmt: skip
    fired = Trigger(
        name="risk_keyword", unit="authors", scale_s=900, value=3.0, threshold=2.0, about=said
    )
    evidence = msgspec.structs.replace(
        full_evidence(said), top_mentions=(cited,), triggers=(fired,)
    )
    fields: dict[str, Any] = dict.fromkeys(
        ("actor", "note", "owner", "escalated_to", "theme"), said
    )
    opened = event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence, brand=HOSTILE, **fields)
    return [opened, msgspec.structs.replace(opened, id="e2", seq=2, type=EventType.ANNOTATED)]


def test_the_page_tells_the_figures_first() -> None:
    found = html(series=[ORDERS])
    for value, name in (
        ("2 min", "time to detect"),
        ("35 min", "time to acknowledge"),
        ("35 min", "time to first response"),
        ("2 h 58 min", "time to recover"),
        ("5 h 0 min", "duration"),
        ("75", "negatives at the peak, in 15 min"),
    ):
        assert f"<b>{value}</b><span>{name}</span>" in found
    assert "<small>by ann</small>" in found
    assert "190 (52.8%)" in found
    assert "-6 (-60.0%)" in found
    assert found.index("time to detect") < found.index("<figure>") < found.index("Every step")


def test_the_page_tells_who_noted_what_and_every_step() -> None:
    found = html()
    assert "<blockquote>The provider knows.\nNext word at 13.</blockquote>" in found
    assert found.count('<li class="') == len(steps())
    for told in ("What drives it", "payment", "How it is counted", "What limits these figures"):
        assert told in found


def test_its_scenario_and_team_are_told_where_it_has_one() -> None:
    scenario = Scenario(id="payment_failure", because="theme", team="payments")
    told = [msgspec.structs.replace(one, scenario=scenario) for one in steps()]
    assert "<dt>scenario</dt><dd>payment failure, team payments</dd>" in html(told)
    assert "- Scenario: payment failure, team payments\n- Owner" in text(told)
    assert "<dt>scenario</dt>" not in html()


def test_what_did_not_happen_stands_in_place_of_a_figure() -> None:
    found = html(steps()[:3])
    assert '<b class="none">not acknowledged</b><span>time to acknowledge</span>' in found
    assert '<b class="none">it lasts</b><span>duration</span>' in found
    assert ", not over, about payment" in found


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    for found in (html(), page.render(made(hostile(), []), hostile(), None)):
        elements = Elements(found).found
        names = {tag for tag, _ in elements}
        assert {"script", "a", "link", "iframe", "object"}.isdisjoint(names)
        for _, attributes in elements:
            assert {"href", "srcset", "style", "onload", "onerror"}.isdisjoint(attributes)
            assert (attributes.get("src") or "data:").startswith("data:")
        assert "url(" not in found
    assert "&lt;script&gt;alert" in page.render(made(hostile(), []), hostile(), None)


def test_the_policy_allows_this_style_alone() -> None:
    found = html()
    style = re.search(r"<style>(.*?)</style>", found, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; img-src data:; style-src 'sha256-{digest}';" in found


def test_the_same_crisis_is_the_same_bytes() -> None:
    assert html(series=[ORDERS]) == html(series=[ORDERS])
    assert text(series=[ORDERS]) == text(series=[ORDERS])
    assert msgspec.json.encode(made(series=[ORDERS])) == msgspec.json.encode(made(series=[ORDERS]))


def test_the_markdown_tells_the_same() -> None:
    found = text(series=[ORDERS])
    assert found.startswith("# larkmoor: post-mortem (critical)\n")
    lines = found.splitlines()
    assert any(line.startswith("| time to acknowledge | 35 min | its opening") for line in lines)
    assert "| orders | 10 | 4 | -6 (-60.0%) | 9 | -1 (-10.0%) | 6, 5, 6 |" in lines
    assert any("bob, annotated: The provider knows. Next word at 13." in line for line in lines)
    assert any(
        line.startswith("- 61 of these negatives share twice, charged (pay") for line in lines
    )
    assert any(
        line.startswith("- To be checked by a person: injury, claimed in 4") for line in lines
    )
    assert sum(line.startswith(tuple(f"| {n} |" for n in range(1, 12))) for line in lines) == 11
    assert "\n\n\n" not in found


def test_a_table_of_the_markdown_has_as_many_cells_in_each_row() -> None:
    for found in (text(series=[ORDERS]), markdown.render(made(hostile(), []), hostile())):
        for table in re.findall(r"(?:^\|.*\n)+", found, re.MULTILINE):
            counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(counts) == 1, table


def test_a_stranger_s_words_are_no_markup_in_the_markdown() -> None:
    found = markdown.render(made(hostile(), []), hostile())
    assert re.search(r"(?<!\\)[<>`\[\]*]", found) is None
    assert re.search(r"https?://|www\.", found) is None
    assert "\n# f" not in found


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a | b\nc", "a \\| b c"),
        ("https://x.example", "https:\\//x.example"),
        ("WWW.x.example", "WWW\\.x.example"),
        ("<!--", "\\<\\!--"),
        ("a\u202eb\x07c", "abc"),
        ("12:30, 5%", "12:30, 5%"),
    ],
)
def test_what_markdown_would_read_is_escaped(given: str, shown: str) -> None:
    assert escaped(given) == shown


def test_the_picture_is_one_well_formed_svg_and_the_same_each_time() -> None:
    found = picture(series=[ORDERS])
    assert found is not None
    assert ElementTree.fromstring(found).tag == "{http://www.w3.org/2000/svg}svg"
    assert found == picture(series=[ORDERS])
    assert "<script" not in found


def test_what_happens_changes_the_picture() -> None:
    pictures = [
        picture(),
        picture(steps()[:8]),
        picture(windows=wave()[:400]),
        picture(series=[ORDERS]),
        picture(began_ms=OPENED_MS - HOUR_MS),
        picture(responded_ms=OPENED_MS + HOUR_MS),
    ]
    assert len(set(pictures)) == len(pictures)
    assert None not in pictures


def test_without_windows_and_series_there_is_no_picture() -> None:
    assert picture(windows=[]) is None
    assert "<figure>" not in page.render(made(windows=[]), steps(), None)
    assert picture(windows=[], series=[ORDERS]) is not None


@pytest.mark.parametrize(
    ("events", "windows", "series"),
    [
        ([event(EventType.OPENED, 1, 12, State.OPEN)], [window("larkmoor", 30)], ()),
        (steps(), [], (hourly("far", 1.0, start_ms=0),)),
        (steps() * 2, wave(), (hourly("$a_b^{", *([0.0] * 30)),)),
        (
            [
                event(EventType.WATCH, 1, 10, State.WATCH, evidence=None),
                event(EventType.DISMISSED, 2, 10, State.DISMISSED, evidence=None),
            ],
            wave(),
            (),
        ),
        (
            [
                *steps()[:5],
                *(
                    event(EventType.ANNOTATED, seq, 60, State.ACKNOWLEDGED, note=f"{seq}")
                    for seq in range(6, 20)
                ),
            ],
            wave(),
            (),
        ),
    ],
)
def test_any_crisis_has_a_picture_page_and_markdown(
    events: list[CrisisEvent], windows: list[ClosedWindow], series: tuple[KpiSeries, ...]
) -> None:
    drawn = picture(events, windows, series)
    assert drawn is not None
    found = made(events, windows, series)
    assert "</html>" in page.render(found, events, drawn)
    assert markdown.render(found, events).endswith("\n")


@pytest.mark.parametrize(
    ("ms", "shown"),
    [
        (None, "not known"),
        (0, "0 min"),
        (30_000, "30 s"),
        (150_000, "2 min 30 s"),
        (930_000, "15 min"),
        (22_740_000, "6 h 19 min"),
        (190_800_000, "2 d 5 h"),
        (-300_000, "5 min before"),
    ],
)
def test_a_length_of_time_is_as_people_say_it(ms: int | None, shown: str) -> None:
    assert took(ms) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "not known"),
        (0.0, "0"),
        (41.53, "41.5"),
        (999.6, "1,000"),
        (12345.6, "12,346"),
        (-0.0312, "-0.0312"),
        (0.00001, "1.0e-05"),
    ],
)
def test_a_number_has_the_digits_that_count(value: float | None, shown: str) -> None:
    assert figure(value) == shown
