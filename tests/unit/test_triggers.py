"""C14: reach, ratings, the answers to one post and risk keywords, each firing and silent."""

from __future__ import annotations

from random import Random
from typing import Any

import msgspec
import pytest

from app.core.crisis import BESIDE, EventType
from app.core.event import CrisisEvent
from app.core.fingerprint import author_pseudonym
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import LogRecord, ScoredMention
from app.core.rules import HOUR_MS, Rules
from app.core.triggers.found import CASCADE, KEYWORD, RATING, REACH
from app.core.triggers.signals import Signals
from app.errors import StateError
from app.stream.explaining import Asked, Explainer
from app.wire import state as state_wire
from tests.unit.folding import MONDAY_MS, QUICK, command, crisis_events, fold, turns, types
from tests.unit.signal_streams import BREAKS_MS, Said, burst, fired, log, usual

COLD = Rules(warm_blocks=10_000)
NEGATIVE, NEUTRAL = Label.NEGATIVE, Label.NEUTRAL
ONE_STAR = 0.2


def opened(records: list[LogRecord], rules: Rules = QUICK) -> list[CrisisEvent]:
    return [one for one in crisis_events(fold(records, rules)) if one.type is EventType.OPENED]


def by(authors: int, said: list[Said]) -> list[Said]:
    """Return the same by so few authors."""
    names = [author_pseudonym("social", f"few {number}") for number in range(authors)]
    return [
        one._replace(fields=one.fields | {"author": names[number % authors]})
        for number, one in enumerate(said)
    ]


# -- risk keywords ---------------------------------------------------------------------------


def recalls(count: int = 5, minutes: float = 20, **fields: object) -> list[Said]:
    return burst(count, minutes, MONDAY_MS + 3 * HOUR_MS, risks=("recall",), **fields)


def test_a_risk_keyword_opens_on_a_brands_first_day() -> None:
    """C19: three authors of a complaint with it are a sign, two such steps a crisis."""
    outputs = fold(log(recalls(label=NEGATIVE), hours_after=2), COLD)
    assert turns(outputs) == ["watch", "opened", "recovering"]
    watch, told = crisis_events(outputs)[0], fired(outputs, KEYWORD)
    assert watch.reasons == (BESIDE[KEYWORD],)
    assert [(one.value, one.threshold, one.about) for _, one in told[:2]] == [
        (3, 3, "recall"),
        (4, 3, "recall"),
    ]


@pytest.mark.parametrize(
    "said",
    [
        recalls(2, label=NEGATIVE),  # too few
        by(2, recalls(8, label=NEGATIVE)),  # by too few
        recalls(8, label=NEUTRAL),  # no complaints
        recalls(4, 150, label=NEGATIVE),  # two in an hour
        burst(8, 20, MONDAY_MS + 3 * HOUR_MS, label=NEGATIVE),  # without the keyword
        recalls(8, label=NEGATIVE, fingerprint="00ff00ff00ff00ff"),  # one text
    ],
)
def test_what_is_no_risk_keyword_of_three_is_silent(said: list[Said]) -> None:
    assert types(fold(log(said), COLD)) == []


def test_each_keyword_counts_by_itself() -> None:
    start_ms = MONDAY_MS + 3 * HOUR_MS
    recall = burst(2, 9, start_ms, risks=("recall",), label=NEGATIVE)
    lawsuit = burst(2, 9, start_ms + 60_000, risks=("lawsuit",), label=NEGATIVE)
    both = burst(4, 9, start_ms, risks=("lawsuit", "recall"), label=NEGATIVE)
    assert types(fold(log(recall, lawsuit), COLD)) == []
    outputs = fold(log(both), COLD)
    assert {one.about for _, one in fired(outputs, KEYWORD)} == {"lawsuit", "recall"}


def test_the_number_of_authors_is_a_setting() -> None:
    said = recalls(5, label=NEGATIVE)
    loose, strict = (msgspec.structs.replace(COLD, keyword_authors=n) for n in (1, 6))
    assert len(fired(fold(log(said), loose), KEYWORD)) > 2
    assert types(fold(log(said), strict)) == []


# -- a drop of the ratings -------------------------------------------------------------------


def test_a_run_of_one_star_reviews_with_neutral_text_opens() -> None:
    """C02, C14: not one of them is negative."""
    stars = burst(16, 120, rating=ONE_STAR, label=NEUTRAL, source="review")
    (event,) = opened(log(usual(1), stars))
    found = fired([event], RATING)
    assert len(found) == 1
    drop = found[0][1]
    assert drop.expected is not None
    assert drop.value <= drop.threshold < drop.expected
    assert 4.0 < drop.expected < 4.5
    assert drop.unit == "stars"


@pytest.mark.parametrize(
    "said",
    [
        burst(16, 120, rating=0.8, label=NEUTRAL),  # four stars: hardly less than usual
        burst(16, 120, label=NEUTRAL),  # no stars
        by(4, burst(16, 120, rating=ONE_STAR, label=NEUTRAL)),
        burst(16, 120, rating=ONE_STAR, label=NEUTRAL, fingerprint="00ff00ff00ff00ff"),
        burst(3, 60, rating=ONE_STAR, label=NEUTRAL),
    ],
)
def test_ratings_that_are_no_drop_are_silent(said: list[Said]) -> None:
    outputs = fold(log(usual(1), said))
    assert "opened" not in types(outputs)
    assert not fired(outputs, RATING)


def test_while_warming_no_drop_is_told() -> None:
    stars = burst(16, 120, rating=ONE_STAR, label=NEUTRAL)
    assert types(fold(log(usual(1), stars), COLD)) == []


# -- the cascade of one post -----------------------------------------------------------------


def answers(count: int, negative: int, post: str = "apology") -> list[Said]:
    said = burst(count, 50, reply_to=post, label=NEUTRAL)
    return [
        one._replace(fields=one.fields | {"label": NEGATIVE})
        if (number + 1) * negative // count > number * negative // count
        else one
        for number, one in enumerate(said)
    ]


def test_many_negative_answers_to_one_post_are_a_cascade() -> None:
    outputs = fold(log(usual(2), answers(40, 30)))
    (first, *_) = fired(outputs, CASCADE)
    assert "opened" in types(outputs)
    assert first[1].about == "social/apology"
    assert first[1].value >= first[1].threshold >= 10
    assert first[1].unit == "answers"


def test_shares_are_counted_copies_and_all() -> None:
    shares = burst(40, 50, repost_of="rant", label=NEGATIVE, fingerprint="00ff00ff00ff00ff")
    outputs = fold(log(usual(2), shares))
    assert {one.about for _, one in fired(outputs, CASCADE)} == {"social/rant"}
    assert "opened" in types(outputs)


@pytest.mark.parametrize(
    "said",
    [
        answers(40, 15),  # most of them are not negative
        answers(9, 9),  # few
        by(4, answers(40, 40)),
        [one for n in range(8) for one in answers(5, 4, post=f"post {n}")],  # of eight posts
    ],
)
def test_answers_that_are_no_cascade_are_silent(said: list[Said]) -> None:
    assert not fired(fold(log(usual(2), said)), CASCADE)


def test_a_brand_whose_posts_are_always_answered_has_no_cascade_of_as_many() -> None:
    daily = [
        one
        for day in range(4)
        for hour in range(0, 24, 2)
        for one in answers(30, 20, post=f"daily {day}.{hour}")
        for one in [one._replace(time_ms=one.time_ms - (4 - day) * 24 * HOUR_MS + hour * HOUR_MS)]
    ]
    said = [one for one in daily if one.time_ms < BREAKS_MS]
    assert not fired(fold(log(usual(2), said, answers(30, 20))), CASCADE)


# -- reach -----------------------------------------------------------------------------------


def test_complaints_of_wide_reach_fire_where_the_same_number_of_small_ones_does_not() -> None:
    wide = fold(log(usual(3), burst(9, 50, label=NEGATIVE, reach=200_000)))
    small = fold(log(usual(3), burst(9, 50, label=NEGATIVE, reach=90)))
    ((first, reach), *_) = fired(wide, REACH)
    assert first.evidence is not None
    assert reach.value >= reach.threshold > (reach.expected or 0)
    assert reach.value >= 50
    assert "opened" in types(wide)
    assert not fired(small, REACH)


@pytest.mark.parametrize(
    "said",
    [
        burst(1, 1, label=NEGATIVE, reach=100_000_000),  # one huge account ...
        by(1, burst(30, 50, label=NEGATIVE, reach=100_000_000)),  # ... however often
        burst(4, 50, label=NEGATIVE, reach=100_000_000),
        burst(20, 50, label=NEUTRAL, reach=100_000_000),  # nothing is complained of
    ],
)
def test_reach_without_many_complaints_is_silent(said: list[Said]) -> None:
    outputs = fold(log(usual(3), said))
    assert not fired(outputs, REACH)
    assert "opened" not in types(outputs)


def test_a_loud_hour_of_wide_reach_with_its_usual_complaints_is_silent() -> None:
    draw = Random(4)
    loud = [
        one._replace(fields={"reach": 200_000, "label": draw.choice([NEGATIVE] + 6 * [NEUTRAL])})
        for one in burst(70, 50)
    ]
    outputs = fold(log(usual(3), loud))
    assert not fired(outputs, REACH)
    assert "opened" not in types(outputs)


# -- all of them -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_four_weeks_of_noise_set_nothing_off(seed: int) -> None:
    outputs = fold(log(usual(seed, days=28, per_day=60)))
    assert "opened" not in types(outputs)
    assert not [one for name in BESIDE for one in fired(outputs, name)]


def test_the_counts_own_triggers_are_listed_too() -> None:
    storm = burst(60, 60, label=NEGATIVE)
    (event,) = opened(log(usual(5), storm))
    assert event.evidence is not None
    listed = {one.name: one for one in event.evidence.triggers}
    assert {"negatives", "negative_share"} <= listed.keys()
    assert listed["negatives"].value >= listed["negatives"].threshold == 0.5
    share = listed["negative_share"]
    assert share.value == event.evidence.negative_share
    assert share.threshold == pytest.approx(1.25 * event.evidence.usual_negative_share, rel=1e-3)


def test_a_rise_of_all_mentions_is_listed_as_volume() -> None:
    outputs = fold(log(usual(5), burst(80, 60, label=NEUTRAL)))
    ((event, volume), *_) = fired(outputs, "volume")
    assert event.type is EventType.WATCH
    assert volume.value >= volume.threshold == 0.5
    assert volume.unit == "score"
    assert "opened" not in types(outputs)


def test_while_warming_the_absolute_rule_is_listed() -> None:
    storm = burst(80, 50, MONDAY_MS + 6 * HOUR_MS, label=NEGATIVE)
    (event,) = opened(log(usual(5, days=0.2), storm), COLD)
    assert event.evidence is not None
    assert [one.name for one in event.evidence.triggers] == ["absolute"]


def everything(seed: int = 6) -> list[LogRecord]:
    return log(
        usual(seed),
        burst(16, 120, rating=ONE_STAR, label=NEUTRAL),
        answers(30, 20),
        burst(12, 70, label=NEGATIVE, reach=200_000, risks=("lawsuit", "recall")),
    )


def test_one_incident_is_one_crisis_that_names_them_all() -> None:
    outputs = fold(everything())
    listed = {
        one.name
        for event in crisis_events(outputs)
        if event.evidence is not None
        for one in event.evidence.triggers
    }
    assert {REACH, RATING, CASCADE, KEYWORD} <= listed
    assert len({event.crisis_id for event in crisis_events(outputs) if event.crisis_id}) == 1


def test_order_of_arrival_and_restarts_change_nothing() -> None:
    records = everything()
    plain = [repr(one) for one in fold(records)]
    draw, shuffled = Random(1), list[LogRecord]()
    waiting = list(records)
    while waiting:  # mentions of 10 s may change places: the allowed lateness
        first = waiting[0]
        near = [
            one
            for one in waiting[:6]
            if isinstance(one, ScoredMention)
            and isinstance(first, ScoredMention)
            and one.event_time_ms - first.event_time_ms < 10_000
        ]
        chosen = draw.choice(near) if near else first
        waiting.remove(chosen)
        shuffled.append(chosen)
    assert shuffled != records
    moved = [
        msgspec.structs.replace(one, origin=msgspec.structs.replace(one.origin, offset=number))
        if isinstance(one, ScoredMention)
        else one
        for number, one in enumerate(shuffled)
    ]
    assert [repr(one) for one in fold(moved)] == plain
    partition, outputs = PartitionFold(QUICK), list[str]()
    for offset, record in enumerate(records):
        outputs += [repr(one) for one in partition.apply(offset, record)]
        if offset % 97 == 0 and "larkmoor" in partition.brands:
            again(partition)
    assert outputs == plain


def again(partition: PartitionFold) -> None:
    """Replace the brand's state by what is read back of what is stored."""
    brand = partition.brands["larkmoor"]
    message = state_wire.encode_brand(brand.state)
    assert message.value is not None
    read = state_wire.decode(message.key, message.value)
    assert read == brand.state
    brand.state = read
    brand._attach()


def held(records: list[LogRecord]) -> Signals:
    partition = PartitionFold(QUICK)
    for offset, record in enumerate(records):
        partition.apply(offset, record)
    signals = partition.brands["larkmoor"].state.signals
    assert signals is not None
    return signals


def test_what_is_remembered_is_bounded_and_nothing_without_need() -> None:
    signals = held(everything())
    assert signals.is_sound()
    assert len(msgspec.msgpack.encode(signals)) < 3_000
    plain = [one._replace(fields={"label": one.fields["label"]}) for one in usual(6, days=0.5)]
    partition = PartitionFold(QUICK)
    for offset, record in enumerate(log(plain)):
        partition.apply(offset, record)
    assert partition.brands["larkmoor"].state.signals is None


def test_of_many_answered_posts_sixteen_are_remembered_a_growing_one_among_them() -> None:
    said = [
        one
        for number in range(150)
        for one in burst(2, 2, BREAKS_MS + number * 20_000, reply_to=f"p{number}", label=NEUTRAL)
    ]
    growing = burst(30, 50, reply_to="growing", label=NEUTRAL)
    signals = held(log(said, growing, hours_after=0))
    assert signals.cascades is not None
    assert len(signals.cascades.posts) <= 16
    assert signals.cascades.posts["social/growing"].within(BREAKS_MS // 30_000 + 100)[0] >= 20


def test_an_erased_author_is_in_no_trigger() -> None:
    name = author_pseudonym("social", "few 0")
    fields: dict[str, Any] = {"label": NEGATIVE, "risks": ("recall",), "reply_to": "p"}
    said = by(1, burst(3, 5, MONDAY_MS + 8 * HOUR_MS, rating=ONE_STAR, **fields))
    records = log(usual(7, days=1 / 3), said, hours_after=0)
    number, before = int(name, 16) >> 32, held(records)
    after = held([*records, command(9_000, "erase-author", author=name)])
    assert before.cascades is not None
    assert number in before.risks["recall"]
    assert number in before.cascades.posts["social/p"].authors
    assert str(number) in repr(msgspec.to_builtins(before))
    assert str(number) not in repr(msgspec.to_builtins(after))
    assert "recall" not in after.risks


@pytest.mark.parametrize("number", [-1, float("nan"), float("inf"), 2**62])
def test_triggers_that_no_fold_wrote_are_refused(number: float) -> None:
    partition = PartitionFold(QUICK)
    for offset, record in enumerate(log(usual(1, days=0.5))):
        partition.apply(offset, record)
    state = partition.brands["larkmoor"].state
    assert state.signals is not None
    assert state.signals.ratings is not None
    state.signals.ratings.total = number
    message = state_wire.encode_brand(state)
    assert message.value is not None
    with pytest.raises(StateError, match="triggers that no fold wrote"):
        state_wire.decode(message.key, message.value)


def test_the_explanation_names_the_trigger_and_what_held_it() -> None:
    shares = burst(
        30, 50, repost_of="rant", label=NEGATIVE, fingerprint="00ff00ff00ff00ff", reach=500
    )
    records = log(usual(2), by(4, shares))
    asked = [Asked.at("larkmoor", BREAKS_MS + 30_000 * n) for n in range(1, 100)]
    explainer = Explainer(QUICK, asked)
    for offset, record in enumerate(records):
        explainer.take(0, offset, record)
    answers_ = [explainer.answer(one) for one in asked]
    assert "cascade: authors" in {one.held_by for one in answers_}
    gates = {
        gate.name: gate for one in answers_ if one.look for gate in one.look.gates if gate.is_open
    }
    assert gates["cascade social/rant"].value >= gates["cascade social/rant"].threshold
    assert all(one.verdict == "nothing begins" for one in answers_)


def test_the_explanation_of_a_keyword_is_the_decision() -> None:
    records = log(recalls(label=NEGATIVE))
    at = next(one for one in crisis_events(fold(records, COLD)) if one.type is EventType.OPENED)
    asked = Asked("larkmoor", at.time_ms)
    explainer = Explainer(COLD, [asked])
    for offset, record in enumerate(records):
        explainer.take(0, offset, record)
    found = explainer.answer(asked)
    assert (found.verdict, found.held_by) == ("opened", None)
    assert found.look is not None
    gates = {gate.name: (gate.value, gate.threshold, gate.is_open) for gate in found.look.gates}
    assert gates["risk_keyword recall"] == (4, 3, True)
