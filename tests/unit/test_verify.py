"""D3: every honest event is accepted, every single change is rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from random import Random
from typing import Any

import msgspec
import pytest

from app.config import Settings
from app.core.mention import Label
from app.core.record import ScoredMention
from app.report.checked import Verdict, lines
from app.stream.recompute import Told
from app.stream.records import Record
from app.stream.rescoring import Rescorer, place_of
from app.stream.verification import check
from tests.unit.verifying import MATCH, Bench, altered, recomputed, rescorer

pytestmark = pytest.mark.slow
SEEDS = range(9)
CHANGES = 1_000


@cache
def bench(seed: int) -> Bench:
    return Bench(seed, 500)


def test_honest_events_are_all_accepted() -> None:
    verdicts, kinds = Counter[str](), Counter[str]()
    for seed in SEEDS:
        for claim in bench(seed).told:
            found = bench(seed).check(claim)
            verdicts[found.verdict] += 1
            kinds[claim.document["type"]] += 1
            assert not found.differences, lines(found)
    assert set(verdicts) == {Verdict.OK}
    assert verdicts.total() >= 1_000
    assert {"opened", "updated", "resolved", "refused", "acknowledged", "warmed"} <= set(kinds)


def test_every_single_change_is_rejected() -> None:
    draw, kinds = Random(3), Counter[str]()
    for _ in range(CHANGES):
        at = bench(draw.randrange(2))
        claim = draw.choice([one for one in at.told if any(True for _ in one.cited())])
        kind = draw.choice(["event", "event", "text", "source", "label", "probabilities", "author"])
        verdict = (
            told_otherwise(draw, at, claim) if kind == "event" else changed(draw, at, claim, kind)
        )
        assert verdict is Verdict.DIFFERS, (kind, claim.document)
        kinds[kind] += 1
    assert min(kinds.values()) >= 100


def told_otherwise(draw: Random, at: Bench, claim: Told) -> Verdict:
    """Change one thing in the event, and check it."""
    document = deepcopy(claim.document)
    node, key = draw.choice(list(places(document)))
    value = node[key]
    if isinstance(value, list):
        del value[draw.randrange(len(value))]
    elif isinstance(value, bool):
        node[key] = not value
    elif isinstance(value, int | float):
        node[key] = value + draw.choice([-1, 1])
    elif value is None:
        node[key] = "critical"
    else:
        node[key] = value[:-1] if value and draw.random() < 0.5 else value + "x"
    return at.check(Told("a test", document)).verdict


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield where a document has a value, or a list with an element to remove."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        value = node[key]
        if isinstance(value, dict):
            yield from places(value)
        elif isinstance(value, list):
            yield from places(value)
            if value:
                yield node, key
        else:
            yield node, key


def changed(draw: Random, at: Bench, claim: Told, kind: str) -> Verdict:
    """Change one thing about a cited mention, in its log record or in its source, and check."""
    _, cited = draw.choice(list(claim.cited()))
    key = claim.brand, cited["mention_id"]
    (record,) = at.work.mentions(*key)
    source = at.world.sources[place_of(record)]
    if kind in ("text", "source"):
        source = with_changed_source(draw, source, kind)
    else:
        record = with_changed_record(draw, record, kind)
    rescored = at.rescored | rescorer().rescore([record], {place_of(record): source})
    before, at.work._mentions[key] = at.work._mentions[key], [record]
    try:
        return at.check(claim, rescored).verdict
    finally:
        at.work._mentions[key] = before


def with_changed_source(draw: Random, source: Record, kind: str) -> Record:
    document = msgspec.json.decode(source.value or b"")
    if kind == "text":
        words = document["text"].split()
        words[draw.randrange(len(words))] += "s"
        document["text"] = " ".join(words)
    else:
        name = draw.choice(["url", "id", "platform", "author", "published_at"])
        if name == "author":
            document["author"]["id"] += "x"
        elif name == "published_at":
            document[name] = document[name].replace("2024-", "2023-")
        else:
            document[name] += "x"
    return source._replace(value=msgspec.json.encode(document))


def with_changed_record(draw: Random, record: ScoredMention, kind: str) -> ScoredMention:
    if kind == "label":
        return altered(record, label=draw.choice([one for one in Label if one != record.label]))
    if kind == "author":
        return altered(record, author=record.author[::-1])
    shares = list(record.probabilities)
    place = draw.randrange(3)
    shares[place] += 0.01 if shares[place] < 0.5 else -0.01
    return altered(record, probabilities=tuple(shares))


def an_opening(at: Bench) -> Told:
    return next(one for one in at.told if one.document["type"] == "opened")


def test_probabilities_may_differ_by_what_processors_differ() -> None:
    at = bench(0)
    claim = an_opening(at)
    _, cited = next(claim.cited())
    (record,) = at.work.mentions(claim.brand, cited["mention_id"])
    near = altered(record, probabilities=tuple(p + 0.0009 for p in record.probabilities))
    found = rescorer().rescore([near], at.world.sources)
    assert found[place_of(record)].differences == ()


def test_a_mention_that_is_gone_makes_it_not_verifiable() -> None:
    at = bench(0)
    claim = an_opening(at)
    gone = rescorer().rescore(at.work.cited(), {})
    found = at.check(claim, gone)
    assert found.verdict is Verdict.NOT_VERIFIABLE
    assert "not at hand any more" in found.notes[0]
    assert found.checked["mentions"] == 0


def test_another_model_is_named_and_never_ok() -> None:

    at = bench(0)
    claim = an_opening(at)
    engine = type("Newer", (type(rescorer()._load()),), {"model": "hash@2"})
    newer = Rescorer(Settings(), engine, MATCH).rescore(at.work.cited(), at.world.sources)
    found = at.check(claim, newer)
    assert found.verdict is Verdict.NOT_VERIFIABLE
    assert "was scored by hash@1, the settings load hash@2" in found.notes[0]


def test_a_log_that_begins_later_is_never_ok_and_never_accuses() -> None:
    at = bench(0)
    claim = an_opening(at)
    late = recomputed(at.world.records[40:], [claim])
    found = check(claim, late, at.rescored, ["the log begins at 40"])
    assert found.verdict is Verdict.NOT_VERIFIABLE
    honest = check(claim, at.work, at.rescored, ["the log begins at 40"])
    assert honest.verdict is Verdict.NOT_VERIFIABLE
    assert honest.differences == ()


def test_a_number_that_contradicts_the_others_needs_no_log() -> None:
    at = bench(0)
    document = deepcopy(an_opening(at).document)
    document["evidence"]["readings"][0]["probability"] /= 2
    found = check(Told("a test", document), at.work, at.rescored, ["the log begins at 40"])
    assert found.verdict is Verdict.DIFFERS
    assert "$.evidence.readings[0].probability" in [one.path for one in found.differences]


def test_an_event_of_nowhere_differs_and_says_what_to_look_at() -> None:
    at = bench(0)
    document = deepcopy(an_opening(at).document) | {"id": "0" * 24, "crisis_id": "1" * 24}
    claim = Told("a test", document)
    found = check(claim, recomputed(at.world.records, [claim]), at.rescored, [])
    assert found.verdict is Verdict.DIFFERS
    assert "gives larkmoor no such event" in found.notes[-1]


def test_other_rules_are_named() -> None:
    at = bench(0)
    document = deepcopy(an_opening(at).document)
    document["evidence"]["baseline"] = "spike-1+00000000"
    found = at.check(Told("a test", document))
    assert found.verdict is Verdict.DIFFERS
    assert "made by detector and rules spike-1+00000000" in found.notes[-1]


def test_a_text_that_the_source_scored_itself_needs_no_model() -> None:
    at = bench(0)
    claim = an_opening(at)
    _, cited = next(claim.cited())
    (record,) = at.work.mentions(claim.brand, cited["mention_id"])
    source = at.world.sources[place_of(record)]
    document = msgspec.json.decode(source.value or b"")
    sentiment = {"label": "negative", "probabilities": [0.9, 0.05, 0.05], "model": "theirs@7"}
    value = msgspec.json.encode(document | {"sentiment": sentiment})
    given = altered(record, probabilities=(0.9, 0.05, 0.05), model="theirs@7", label=Label.NEGATIVE)

    def no_engine() -> Any:
        raise AssertionError("no text needs a score")

    judge = Rescorer(Settings(), no_engine, MATCH)
    found = judge.rescore([given], {place_of(record): source._replace(value=value)})
    assert found[place_of(record)].differences == ()
    wrong = altered(given, label=Label.POSITIVE)
    found = judge.rescore([wrong], {place_of(record): source._replace(value=value)})
    assert [one.path for one in found[place_of(record)].differences] == ["label"]


def test_a_label_at_the_edge_follows_its_own_probabilities() -> None:
    """A GPU's 0.4999 is uncertain where a CPU's 0.5001 is not: neither lies."""
    at = bench(0)
    (record,) = at.work.mentions("larkmoor", next(an_opening(at).cited())[1]["mention_id"])
    judge = rescorer()
    judge.rescore([record], at.world.sources)
    low = altered(record, probabilities=(0.4999, 0.3, 0.2001), label=Label.UNCERTAIN)
    high = altered(record, probabilities=(0.5001, 0.3, 0.1999), label=Label.NEGATIVE)
    assert judge._agrees("label", low, high)
    assert not judge._agrees("label", altered(low, label=Label.POSITIVE), high)


def test_errors_that_the_model_does_not_have_are_a_difference() -> None:
    at = bench(0)
    (record,) = at.work.mentions("larkmoor", next(an_opening(at).cited())[1]["mention_id"])
    told = altered(record, negative_errors=(109, 93))
    found = rescorer().rescore([told], at.world.sources)
    assert [one.path for one in found[place_of(told)].differences] == ["negative_errors"]
