"""Batches: each text once, fixed shapes, copies found, and a bounded memory of scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.inference.batcher import (
    LENGTHS,
    TOKENS_PER_BATCH,
    dedupe,
    packs,
    padded_length,
    plan,
    rows_of,
)
from app.inference.cache import ScoreCache
from app.inference.engine import Answer

counts_of_tokens = st.lists(st.integers(1, LENGTHS[-1]), max_size=200)


@given(counts_of_tokens)
def test_each_text_is_in_one_batch_that_holds_it(counts: list[int]) -> None:
    batches = plan(counts)
    assert sorted(place for batch in batches for place in batch.places) == list(range(len(counts)))
    for batch in batches:
        assert 0 < len(batch.places) <= batch.rows
        assert batch.rows * batch.length <= TOKENS_PER_BATCH
        assert max(counts[place] for place in batch.places) <= batch.length


@given(counts_of_tokens, st.integers(1, LENGTHS[-1]))
def test_a_text_meets_one_shape_whatever_its_company(counts: list[int], own: int) -> None:
    shapes = {
        (batch.rows, batch.length)
        for company in ([], counts)
        for batch in plan([*company, own])
        if len(company) in batch.places
    }
    assert shapes == {(rows_of(padded_length(own)), padded_length(own))}


def test_batches_are_sorted_by_length_and_filled_before_the_next_begins() -> None:
    batches = plan([200, 10, 12] * 20)
    assert [batch.length for batch in batches] == sorted(batch.length for batch in batches)
    assert [len(batch.places) for batch in batches if batch.length == 16] == [24, 16]


@given(counts_of_tokens)
def test_packs_hold_each_text_once_and_lengths_together(counts: list[int]) -> None:
    found = packs(counts)
    assert sorted(place for places in found for place in places) == list(range(len(counts)))
    assert all(sum(counts[place] for place in places) <= TOKENS_PER_BATCH for places in found)
    lengths = [counts[place] for places in found for place in places]
    assert lengths == sorted(lengths)


def test_a_text_longer_than_a_pack_is_refused() -> None:
    with pytest.raises(ValueError, match="truncate"):
        packs([TOKENS_PER_BATCH + 1])


def test_more_tokens_than_the_longest_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="truncate"):
        plan([LENGTHS[-1] + 1])


@given(st.lists(st.text(max_size=2)))
def test_copies_are_found_and_can_be_put_back(texts: list[str]) -> None:
    unique, places = dedupe(texts)
    assert len(set(unique)) == len(unique)
    assert [unique[place] for place in places] == texts


def test_the_cache_forgets_what_was_not_asked_for_lately() -> None:
    cache = ScoreCache(2)
    score = Answer((0.0, 1.0, 0.0))
    cache.put("a", score)
    cache.put("b", score)
    assert cache.get("a") == score
    cache.put("c", score)
    assert [cache.get(text) for text in "abc"] == [score, None, score]
    assert len(cache) == 2
