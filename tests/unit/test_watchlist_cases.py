"""Ambiguous texts against the rules made for them: exactly the brands, products, rules labelled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.core.mention import Mention
from app.core.watchlist import WatchList
from app.sources.watchlist import load

DATA = Path(__file__).parent / "data"
CASES = [json.loads(line) for line in (DATA / "watchlist_cases.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def watch_list() -> WatchList:
    return load(DATA / "watchlist.yaml")


def mention(case: dict[str, Any]) -> Mention:
    return Mention(
        id="1",
        text=case["text"],
        published_at_ms=0,
        brand=case.get("brand"),
        product=case.get("product"),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:40])
def test_a_labelled_text(watch_list: WatchList, case: dict[str, Any]) -> None:
    matches = watch_list.match(mention(case))
    assert [msgspec.to_builtins(match) for match in matches] == case["expected"]


def test_the_labels_cover_every_rule_and_plenty_of_nothing() -> None:
    rules = [match["rule"] for case in CASES for match in case["expected"]]
    listed = (DATA / "watchlist.yaml").read_text().count("- id: ")
    assert len(CASES) >= 200
    assert len(set(rules) - {"given"}) == listed
    assert sum(not case["expected"] for case in CASES) >= 80


def test_brands_are_canonical_and_in_the_order_of_the_list(watch_list: WatchList) -> None:
    assert watch_list.brands[:6] == ("apple", "orange", "żabka", "biedronka", "zalando", "h&m")


def test_without_a_list_the_given_brand_matches_and_no_text_does() -> None:
    everything = WatchList.given()
    case = {"text": "Zalando", "brand": "nobody", "product": "P1"}
    (match,) = everything.match(mention(case))
    assert msgspec.to_builtins(match) == {"brand": "nobody", "product": "P1", "rule": "given"}
    assert everything.match(mention({"text": "Zalando"})) == ()
    assert everything.brands == ()
