"""Every example in a docstring of app/ is run; a new one needs no list."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in (ROOT / "app").rglob("*.py")
    if any(
        ">>> " in line and "# doctest: +SKIP" not in line  # an example that starts a Kafka
        for line in path.read_text("utf-8").splitlines()
    )
)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_the_examples_are_right(module: str) -> None:
    result = doctest.testmod(import_module(module))
    assert result.attempted
    assert not result.failed
