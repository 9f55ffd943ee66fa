"""The examples in the docstrings of the watch list and its parts hold."""

from __future__ import annotations

import doctest
from types import ModuleType

import pytest

from app.core import brand_name, event_time, terms, watchlist


@pytest.mark.parametrize("module", [brand_name, event_time, terms, watchlist])
def test_examples(module: ModuleType) -> None:
    results = doctest.testmod(module)
    assert (results.failed, results.attempted > 0) == (0, True)
