"""A worker that had no partition gets one: nothing may be read and then thrown away.

Faust stops fetching before a rebalance only where it has partitions. Where it has none the first
records went into a queue that it clears when it goes on: they were lost to the detector, which took
the hole for one of the log, and to the scorer, which commits past them.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from faust.types import TP

from app.config import Settings
from app.core.partition import PartitionFold
from app.core.rules import Rules
from app.errors import InternalError
from app.metrics import Metrics
from app.stream import detector
from app.stream.application import RoleApp, build_app, on_assignment
from app.stream.detector import Detector
from app.stream.records import Record

LOG = "mentions.scored"


def an_app() -> RoleApp:
    app = build_app(Settings(), "detector")

    async def nothing(_: Any) -> None:
        """Load nothing."""

    on_assignment(app, nothing, Metrics())
    return app


async def test_without_partitions_the_flow_stops_as_well_until_it_is_resumed() -> None:
    app = an_app()
    assert app.consumer.flow_active
    await app.on_partitions_revoked.send(set())  # "no assignment": Faust itself stops nothing
    assert not app.consumer.flow_active
    assert not app.consumer.can_resume_flow.is_set()
    assert not app.flow_control.is_active()
    app.flow_control.resume()
    app.consumer.resume_flow()
    assert app.consumer.flow_active


async def test_while_it_is_stopped_nothing_is_fetched() -> None:
    app = an_app()
    app.hold()
    fetched = await app.consumer._thread._fetch_records(None, {TP(LOG, 0)}, 1.0, 10)
    assert fetched == {}


class Loaded:
    """A detector whose partition 3 was loaded this many times, last with ``applied``."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, applied: int) -> None:
        self.detector = Detector(an_app(), Settings(), Metrics())
        self._applied = applied

        async def load(_: Settings, partitions: list[int]) -> dict[int, PartitionFold]:
            folds = {partition: PartitionFold(Rules()) for partition in partitions}
            for fold in folds.values():
                fold.clock.applied = self._applied
            return folds

        async def no_producers(_: list[int]) -> None:
            """Open none."""

        monkeypatch.setattr(detector, "load", load)
        monkeypatch.setattr(self.detector, "_open", no_producers)

    async def assign(self, *partitions: int) -> None:
        await self.detector.assign([TP(LOG, partition) for partition in partitions])

    def fold(self, offset: int) -> None:
        self.detector._fold(3, [Record(LOG, 3, offset, 1, None, b"", ())])


async def test_a_hole_after_a_later_load_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = Loaded(monkeypatch, applied=381)
    await loaded.assign()
    await loaded.assign(2, 3)
    with pytest.raises(InternalError, match="went from offset 381 to 383"):
        loaded.fold(383)


async def test_a_hole_that_is_there_after_a_start_is_told_and_passed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    loaded = Loaded(monkeypatch, applied=381)
    await loaded.assign(2, 3)
    with caplog.at_level(logging.WARNING):
        loaded.fold(383)
    assert "log_hole" in caplog.text
    with pytest.raises(InternalError):
        loaded.fold(385)
