"""What an index remembers of words it saw changes nothing of what it finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import terms
from app.core.terms import TermIndex

WORDS = ("late", "later", "parcel", "h", "&", "m", "żabka", "x" * 40)
TERMS = ("late", "late parcel", "late*", "lat*", "h&m", "żabk*", "parcel late parcel", "x" * 40)

texts = st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=12).map(" ".join)


@given(listed=st.lists(st.sampled_from(TERMS), unique=True), seen=st.lists(texts, max_size=8))
def test_a_used_index_finds_what_a_fresh_one_finds(listed: list[str], seen: list[str]) -> None:
    used = TermIndex(listed)
    for text in seen:
        assert used.find(text) == TermIndex(listed).find(text)


def test_the_memo_is_bounded_and_survives_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "FIRSTS_MOST", 3)
    index = TermIndex(["late parcel", "żabk*"])
    for number in range(10):
        assert index.find(f"made{number} up{number} late parcel Żabki") == {0, 1}
