"""The page of one crisis: complete, self-contained, and safe whatever a mention or person says."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import msgspec
import pytest

from app.core.cause import Cluster, Counterfactual, Facet, First, Flagged, Share, Term
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, Evidence
from app.report import story
from tests.unit.report_values import event
from tests.unit.story_values import drivers, full_evidence, state_after, steps
from tests.unit.test_report_page import HOSTILE, Elements


def hostile_story() -> str:
    first = First(mention_id=HOSTILE, event_time_ms=0, source=HOSTILE, url=HOSTILE)
    bad = msgspec.structs.replace(
        drivers(),
        facets=(Facet(name=HOSTILE, shares=(Share(value=HOSTILE, negatives=1, percent=1e9),)),),
        terms=(Term(term=HOSTILE, negatives=1, z=1.0),),
        first=(first,),
        flags=(Flagged(flag=HOSTILE, negatives=1, first=(HOSTILE,)),),
        clusters=(
            Cluster(
                terms=(HOSTILE,), negatives=1, first=first, half_ms=0, latest_ms=0, theme=HOSTILE
            ),
        ),
    )
    evidence = msgspec.structs.replace(full_evidence(HOSTILE), drivers=bad, baseline=HOSTILE)
    fields: dict[str, Any] = dict.fromkeys(
        ("brand", "crisis_id", "actor", "note", "owner", "escalated_to", "theme"), HOSTILE
    )
    opened = event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence, **fields)
    return story.render(None, [opened])


def test_every_step_is_told_with_who_and_why() -> None:
    text = story.render(state_after(steps()[-1]), steps())
    for told in ("severity changed", "recovering → resolved", "by ann", "owner: payments desk"):
        assert told in text
    assert "asked: lead" in text
    assert "The provider knows.\nNext word at 13." in text
    assert "31 → 142, share 62% → 81%" in text
    assert text.count('<li class="critical">') == 6
    assert "milestone 75%" in text


def test_the_head_tells_how_it_stands() -> None:
    text = story.render(state_after(steps()[-1], acknowledged_by="ann"), steps())
    assert steps()[-1].summary is not None
    assert "The crisis of larkmoor about payment was resolved at 2025-03-03 16:10 UTC." in text
    assert "Kryzys marki larkmoor (temat: płatność) został zakończony" in text
    assert "<dt>lasted</dt><dd>5 h 0 min</dd>" in text
    assert "<dt>acknowledged by</dt><dd>ann</dd>" in text
    assert "<dt>excess gone</dt><dd>75%</dd>" in text


def test_what_drives_it_is_told() -> None:
    text = story.render(None, steps())
    assert (
        "Of 142 distinct negatives, 120 were looked at. 12% come from accounts that look like bots"
        in text
    )
    assert '<rect class="part" width="71.00%"' in text
    assert "no theme" in text
    for told in ("twice", "charged", "forum:9", "the largest source (social)", "no crisis"):
        assert told in text
    assert "moved by +73 points, 95% interval +66 to +80" in text
    assert "<li>twice, charged: 61, about payment; the first Mon 11:01:00, half" in text
    assert "<li>injury: claimed in 4, first in microblog:1, forum:9</li>" in text


def test_a_crisis_that_is_closed_is_told_by_its_events_alone() -> None:
    text = story.render(None, steps())
    assert "<dt>acknowledged by</dt><dd>ann</dd>" in text
    assert "Payment failed twice" in text


def test_while_it_burns_the_newest_numbers_are_told() -> None:
    newer = msgspec.structs.replace(full_evidence(), mentions=4711)
    burning = steps()[:8]
    text = story.render(state_after(burning[-1], evidence=newer), burning)
    assert "4711 mentions" in text
    assert "at its worst" not in text


def test_a_crisis_that_is_past_is_told_by_its_worst_event_and_not_by_its_calm_end() -> None:
    calm = msgspec.structs.replace(
        full_evidence("All is well"), mentions=4711, negatives=1, drivers=None
    )
    events = steps()
    events[-1] = msgspec.structs.replace(events[-1], evidence=calm)
    text = story.render(state_after(events[-1], evidence=calm), events)
    assert "The numbers at its worst" in text
    assert "4711 mentions" not in text
    assert "All is well" not in text
    assert "Of 142 distinct negatives, 120 were looked at." in text
    assert "<b>How it began:</b> A crisis of larkmoor about payment was opened" in text
    assert "Kryzys marki larkmoor (temat: płatność) został otwarty" in text


def test_a_late_window_with_more_negatives_is_not_worse_than_a_rarer_one() -> None:
    """A wide window counts more hours after the outburst, when it is no longer unusual."""
    events = steps()
    usual = tuple(msgspec.structs.replace(one, sigma=1.5) for one in full_evidence().readings)
    later = msgspec.structs.replace(full_evidence(), mentions=4711, negatives=999, readings=usual)
    error = events[1].severity
    events[5] = msgspec.structs.replace(events[5], severity=error, evidence=later)
    assert "4711 mentions" not in story.render(None, events)


def test_an_end_with_more_negatives_in_its_window_is_not_its_worst() -> None:
    events = steps()
    later = msgspec.structs.replace(full_evidence(), mentions=4711, negatives=999)
    events[-1] = msgspec.structs.replace(events[-1], severity=Severity.CRITICAL, evidence=later)
    assert "4711 mentions" not in story.render(None, events)


def test_how_it_began_is_told_beside_how_it_stands_and_not_twice() -> None:
    events = steps()
    assert "How it began" not in story.render(None, events[:1])
    assert "<b>How it began:</b> Negative mentions of larkmoor" not in story.render(None, events)
    watched = [events[0], msgspec.structs.replace(events[0], seq=2, type=EventType.DISMISSED)]
    assert "<b>How it began:</b> Negative mentions of larkmoor" in story.render(None, watched)


def test_a_closed_crisis_lasted_until_it_was_resolved() -> None:
    events = steps()
    day_later = events[-1].time_ms + 86_400_000
    closed = msgspec.structs.replace(
        events[-1], type=EventType.CLOSED, state=State.CLOSED, time_ms=day_later, seq=99
    )
    assert "<dt>lasted</dt><dd>5 h 0 min</dd>" in story.render(None, [*events, closed])


def test_a_first_mention_is_quoted_where_an_event_quotes_it() -> None:
    bare = msgspec.structs.replace(full_evidence("Paid twice, no order"), drivers=drivers())
    cited = bare.top_mentions[0].mention_id
    first = First(mention_id=cited, event_time_ms=0, source="social", platform="microblog")
    found = msgspec.structs.replace(drivers(), first=(first,))
    evidence = msgspec.structs.replace(bare, drivers=found)
    opened = event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence)
    assert "microblog · Paid twice, no order" in story.render(None, [opened])


def test_taking_out_nothing_or_everything_is_no_verdict() -> None:
    """Nothing goes with no bots or with copies; with the only source all goes."""
    parts = tuple(
        Counterfactual(without=without, percent=percent, severity=None)
        for without, percent in (("bots", 0.0), ("copies", 12.0), ("top_source", 100.0))
    )
    one = msgspec.structs.replace(drivers(), counterfactuals=parts)
    evidence = msgspec.structs.replace(full_evidence(), drivers=one)
    text = story.render(None, [event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence)])
    assert text.count("<td>as it is</td>") == 2
    assert "<td>nothing left</td>" in text
    assert "no crisis</td>" not in text


def test_one_platform_is_no_spread_and_no_theme_is_called_so() -> None:
    one = msgspec.structs.replace(drivers(), spread=drivers().spread[:1])
    shares = (Share(value="unknown", negatives=3, percent=100.0),)
    one = msgspec.structs.replace(one, facets=(Facet(name="theme", shares=shares),))
    evidence = msgspec.structs.replace(full_evidence(), drivers=one)
    text = story.render(None, [event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence)])
    assert "How it spread" not in text
    assert ">no theme<" in text


def test_of_two_events_the_severer_one_is_the_worst_then_the_one_with_more_negatives() -> None:
    many = msgspec.structs.replace(full_evidence(), mentions=1001, negatives=90)
    more = msgspec.structs.replace(full_evidence(), mentions=1002, negatives=99)
    severe = msgspec.structs.replace(full_evidence(), mentions=1003, negatives=20)
    events = steps()
    for place, found in ((6, severe), (1, more), (5, many)):
        severity = Severity.CRITICAL if place == 6 else Severity.ERROR
        events[place] = msgspec.structs.replace(events[place], evidence=found, severity=severity)
    assert "1003 mentions" in story.render(None, events)
    events[6] = msgspec.structs.replace(events[6], evidence=None)
    assert "1002 mentions" in story.render(None, events)


def test_a_watch_without_numbers_or_summary_is_a_page_too() -> None:
    text = story.render(None, [event(EventType.WATCH, 1, 10, State.WATCH)])
    assert "14 distinct negatives" in text
    assert "The numbers" not in text
    assert "What drives it" not in text


def test_a_silence_is_told() -> None:
    silenced = state_after(steps()[-1], silenced_until_ms=1_741_010_400_000)
    assert "<dt>silenced until</dt><dd>2025-03-03 14:00</dd>" in story.render(silenced, steps())


def test_what_comes_from_outside_is_escaped_and_nothing_is_fetched() -> None:
    found = Elements(hostile_story()).found
    assert {"script", "img", "a", "link", "iframe"}.isdisjoint({tag for tag, _ in found})
    for _, attributes in found:
        assert {"src", "href", "srcset", "style", "onload"}.isdisjoint(attributes)
    assert "url(" not in hostile_story()
    assert "&lt;script&gt;alert" in hostile_story()
    assert '<rect class="part" width="100.00%"' in hostile_story()


@pytest.mark.parametrize("events", [steps(), steps()[:1]])
def test_the_policy_allows_this_style_alone(events: list[CrisisEvent]) -> None:
    text = story.render(None, events)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}';" in text


def test_the_same_crisis_is_the_same_page() -> None:
    assert story.render(None, steps()) == story.render(None, steps())


def test_an_empty_drivers_is_no_fault() -> None:
    bare = msgspec.structs.replace(drivers(), facets=(), terms=(), first=(), spread=())
    evidence: Evidence = msgspec.structs.replace(full_evidence(), drivers=bare, readings=())
    opened = event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence)
    assert "Where it began" not in story.render(None, [opened])
