"""C05: posts in concert are told and counted, and can neither open a crisis nor make one worse."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from app.core.copies import Copied
from app.core.crisis import CONCERT, Severity
from app.core.drivers.bots import is_coordinated, posts_of, suspect_share
from app.core.event import CrisisEvent, Evidence
from app.core.fingerprint import text_fingerprint
from app.core.mention import Label
from app.core.record import LogRecord, ScoredMention
from app.core.rules import Rules
from app.core.severity import RANK
from app.report.arithmetic import contradictions
from app.report.explanation import NOTHING
from app.stream.explaining import Asked, Explainer
from tests.unit.driver_facts import fact
from tests.unit.folding import MONDAY_MS, QUICK, Stream, beat, crisis_events, fold, mention

HOUR_MS = 3_600_000
WAVE_MS = MONDAY_MS + 76 * HOUR_MS
BOTS = {"account_days": 4}
PEOPLE = {"account_days": 800}


def posts(
    first: int, count: int, texts: int, start_ms: int = WAVE_MS, **fields: object
) -> list[ScoredMention]:
    """Return an hour of negative posts: so many, of so many texts, each by an author of its own."""
    return [
        mention(
            first + number,
            start_ms + number * HOUR_MS // count,
            label=Label.NEGATIVE,
            fingerprint=text_fingerprint(f"text {first} {number % texts}"),
            **fields,
        )
        for number in range(count)
    ]


def log_of(*waves: list[ScoredMention], start_ms: int = WAVE_MS) -> list[LogRecord]:
    """Return three days of a calm brand and then its waves."""
    records = Stream(9, per_day=300).records(days=4)
    calm = [r for r in records if isinstance(r, ScoredMention) and r.event_time_ms < start_ms]
    after = sorted((one for wave in waves for one in wave), key=lambda one: one.event_time_ms)
    numbered = [
        mention(90_000 + place, one.event_time_ms, **_said(one)) for place, one in enumerate(after)
    ]
    return [beat(None), *calm, *numbered, beat(start_ms + 5 * HOUR_MS)]


def _said(one: ScoredMention) -> dict[str, object]:
    names = ("label", "fingerprint", "author", "account_days", "themes", "mention_id")
    return {name: getattr(one, name) for name in names}


def events_of(*waves: list[ScoredMention], rules: Rules = QUICK) -> list[CrisisEvent]:
    return [event for event in crisis_events(fold(log_of(*waves), rules)) if event.crisis_id]


def loudest(events: Iterable[CrisisEvent]) -> tuple[CrisisEvent, Evidence]:
    """Return the event whose window holds most mentions."""
    found = [(event, event.evidence) for event in events if event.evidence]
    return max(found, key=lambda one: one[1].mentions)


def test_a_thousand_posts_of_twenty_texts_by_new_accounts_are_no_crisis() -> None:
    events = events_of(posts(0, 1_000, 20, **BOTS))
    event, evidence = loudest(events)
    assert events[0].type.value == "watch"
    assert events[0].reasons == (CONCERT,)
    assert "opened" not in {one.type.value for one in events}
    assert max(RANK[one.severity] for one in events) <= RANK[Severity.WARNING]
    assert evidence.coordinated
    assert evidence.inauthentic_share >= 0.8
    assert evidence.copies >= 20
    assert evidence.mentions >= 500
    assert event.state.value in ("watch", "dismissed")


def test_a_thousand_posts_of_their_own_are_critical() -> None:
    events = events_of(posts(0, 1_000, 1_000, **PEOPLE))
    event, evidence = loudest(events)
    assert max(RANK[one.severity] for one in events) == RANK[Severity.CRITICAL]
    assert not evidence.coordinated
    assert evidence.inauthentic_share == 0.0
    assert evidence.mentions >= 1_000
    assert event.type.value != "watch"


def test_bots_hold_a_crisis_of_people_at_what_people_make_it() -> None:
    """The same few people: no worse among a thousand posts of bots than alone."""
    people = posts(5_000, 24, 24, **PEOPLE)
    both = events_of(people, posts(0, 1_020, 60, **BOTS))
    opened = [event for event in both if event.type.value == "opened"]
    assert len(opened) == 1
    alone = max(RANK[one.severity] for one in events_of(people))
    assert max(RANK[one.severity] for one in both) <= alone < RANK[Severity.CRITICAL]
    assert "opened" not in {one.type.value for one in events_of(posts(0, 1_020, 60, **BOTS))}
    held = [one for one in both if any("held at " in reason for reason in one.reasons)]
    assert held
    assert held[-1].evidence is not None
    assert held[-1].evidence.coordinated
    as_many = events_of(people, posts(0, 1_020, 60, **PEOPLE))
    assert max(RANK[one.severity] for one in as_many) == RANK[Severity.CRITICAL]


def test_too_few_people_to_open_it_alone_do_not_open_it_with_bots() -> None:
    people = posts(5_000, 10, 10, **PEOPLE)
    assert "opened" not in {one.type.value for one in events_of(people)}
    both = events_of(people, posts(0, 1_020, 60, **BOTS))
    assert "opened" not in {one.type.value for one in both}


def test_it_escalates_when_the_part_of_people_grows() -> None:
    few = posts(5_000, 14, 14, **PEOPLE)
    many = posts(6_000, 220, 220, WAVE_MS + HOUR_MS, **PEOPLE)
    bots = [*posts(0, 1_000, 20, **BOTS), *posts(0, 1_000, 20, WAVE_MS + HOUR_MS, **BOTS)]
    events = events_of(few, many, bots)
    critical = [one for one in events if one.severity is Severity.CRITICAL]
    assert critical
    assert critical[0].time_ms > WAVE_MS + HOUR_MS
    evidence = critical[-1].evidence
    assert evidence is not None
    assert evidence.coordinated


def test_new_accounts_with_words_of_their_own_are_a_warning_and_later() -> None:
    """No text comes again, so it opens; nearly all are of days ago, so it is no more than that."""
    events = events_of(posts(0, 400, 400, **BOTS))
    people = events_of(posts(0, 400, 400, **PEOPLE))
    opened = [next(e for e in found if e.type.value == "opened") for found in (events, people)]
    assert opened[0].time_ms >= opened[1].time_ms + 5 * 60_000
    assert max(RANK[one.severity] for one in events) == RANK[Severity.WARNING]
    assert max(RANK[one.severity] for one in people) == RANK[Severity.CRITICAL]
    _, evidence = loudest(events)
    assert evidence.inauthentic_share >= 0.8
    assert not evidence.coordinated


def test_where_new_accounts_are_usual_they_count_like_any_other() -> None:
    """Who complains on a review site may have signed up to do so."""
    log = log_of(posts(0, 200, 200, **BOTS))
    usual = [
        msgspec.structs.replace(one, account_days=2) if isinstance(one, ScoredMention) else one
        for one in log
    ]
    events = [event for event in crisis_events(fold(usual)) if event.crisis_id]
    assert max(RANK[one.severity] for one in events) == RANK[Severity.CRITICAL]
    assert loudest(events)[1].inauthentic_share >= 0.8


def test_a_petition_that_people_copy_is_not_held() -> None:
    events = events_of(posts(0, 1_000, 20, **PEOPLE))
    _, evidence = loudest(events)
    assert not evidence.coordinated
    assert evidence.copies >= 20
    assert "opened" in {one.type.value for one in events}


def test_a_brand_still_learning_is_not_opened_by_bots() -> None:
    cold = Rules(warm_blocks=100_000)
    bots, people = posts(0, 900, 60, **BOTS), posts(0, 900, 60, **PEOPLE)
    assert "opened" not in {one.type.value for one in events_of(bots, rules=cold)}
    assert "opened" in {one.type.value for one in events_of(people, rules=cold)}


def test_every_event_follows_from_its_numbers() -> None:
    events = events_of(posts(5_000, 24, 24, **PEOPLE), posts(0, 1_020, 60, **BOTS))
    assert [list(contradictions(event)) for event in events] == [[]] * len(events)
    opened = next(event for event in events if event.type.value == "opened")
    values = {name: getattr(opened, name) for name in opened.__struct_fields__}
    worse = CrisisEvent(**(values | {"severity": Severity.CRITICAL}))
    assert [one.path for one in contradictions(worse)] == ["$.severity"]


def test_explain_names_the_gate() -> None:
    log = log_of(posts(0, 1_000, 20, **BOTS))
    asked = [Asked("larkmoor", WAVE_MS + number * 30_000) for number in range(1, 100)]
    explainer = Explainer(QUICK, asked)
    for offset, record in enumerate(log):
        explainer.take(0, offset, record)
    answers = [explainer.answer(one) for one in asked]
    held = [one for one in answers if one.held_by == "coordinated"]
    assert len(held) >= 3
    for one in held:
        assert one.look is not None
        gate = next(gate for gate in one.look.gates if gate.name == "coordinated")
        assert not gate.is_open
        assert gate.value >= gate.threshold
    assert {one.verdict for one in answers} == {NOTHING}


@pytest.mark.parametrize(
    ("new", "old", "copies", "by_bots", "is_so"),
    [
        (20, 0, 10, 10, True),
        (20, 0, 1, 1, True),  # each text twice
        (20, 0, 0, 0, False),
        (0, 20, 10, 0, False),
        (0, 20, 10, 9, True),  # people wrote them, bots spread them
        (10, 250, 10, 10, False),  # 110 posts of 360
    ],
)
def test_few_texts_over_and_over_by_accounts_like_bots_are_coordinated(
    new: int, old: int, copies: int, by_bots: int, is_so: bool
) -> None:
    texts = [fact(n, account_days=3) for n in range(new)]
    texts += [fact(500 + n, account_days=900) for n in range(old)]
    spread = [one for one in texts if new == 0 or one.number < 500]
    copied = {one.fingerprint: Copied(copies, by_bots, 1) for one in spread if copies}
    assert is_coordinated(posts_of(texts, copied)) is is_so


def test_no_negatives_are_not_coordinated() -> None:
    assert suspect_share([]) == 0.0
    assert not is_coordinated([])
