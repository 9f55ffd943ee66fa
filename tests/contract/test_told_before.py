"""What the version before published is still read: its examples of events and of crisis states."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from app.core.event import CrisisEvent, CrisisState
from app.wire import crisis, event

FILES = sorted((Path(__file__).parents[1] / "unit/data/told_before").glob("*.json"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_field_is_read_as_it_was_written(path: Path) -> None:
    value = path.read_bytes()
    read = event.decode(value) if path.name.startswith("crisis.events") else crisis.decode(value)
    assert isinstance(read, CrisisEvent | CrisisState)
    assert _is_within(json.loads(value), msgspec.to_builtins(read, str_keys=True))


def test_there_are_events_and_states() -> None:
    topics = {path.name.split("--")[0] for path in FILES}
    assert topics == {"crisis.events", "crisis.state"}


def _is_within(before: object, after: object) -> bool:
    """Tell whether all of ``before`` is in ``after``, which may say more."""
    if isinstance(before, dict) and isinstance(after, dict):
        return all(_is_within(value, after.get(name)) for name, value in before.items())
    if isinstance(before, list) and isinstance(after, list | tuple):
        pairs = zip(before, after, strict=True)
        return all(_is_within(one, other) for one, other in pairs)
    return before == after
