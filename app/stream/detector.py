"""The detector: folds the log into states, windows and events. Rules are in ``app.core``."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from time import monotonic
from typing import Final

from aiokafka import AIOKafkaProducer
from faust.types import TP, StreamT

from app.config import Settings
from app.core.partition import PartitionFold
from app.errors import InternalError
from app.logs import event
from app.metrics import Metrics
from app.stream import ledger
from app.stream.application import (
    RoleApp,
    add_agent,
    build_app,
    every,
    on_assignment,
    run_batches,
)
from app.stream.detectable import Detectable
from app.stream.exits import crash_point
from app.stream.folding import Folded, fold_batch
from app.stream.load import load
from app.stream.records import Record
from app.stream.telling import Teller
from app.stream.watching import watch_list_file

logger = logging.getLogger(__name__)

TELL_EVERY_S: Final = 5.0


class Detector:
    """The folds and producers of the log partitions that this process owns."""

    def __init__(self, app: RoleApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        compared = settings.rules().are_compared
        self._teller = Teller(metrics, settings.topics, are_compared=compared)
        self._detectable = Detectable(metrics)
        self._watch_list = watch_list_file(settings, metrics)
        self._folds: dict[int, PartitionFold] = {}
        self._producers: dict[int, AIOKafkaProducer] = {}
        self._is_contiguous: set[int] = set()
        self._loads = 0

    async def assign(self, assigned: list[TP]) -> None:
        """Fence older owners, load the states, and start reading where they end."""
        started_s = monotonic()
        partitions = [tp.partition for tp in assigned]
        await self._open(partitions)
        crash_point("after_fencing")
        self._folds = await load(self._settings, partitions)
        self._is_contiguous.clear()
        self._loads += 1
        for tp in assigned:
            self._app.consumer.starts[tp] = self._folds[tp.partition].clock.applied + 1
        self._teller.loaded(self._folds)
        brands = sum(len(fold.brands) for fold in self._folds.values())
        seconds = round(monotonic() - started_s, 3)
        event(logger, "loaded", partitions=partitions, brands=brands, seconds=seconds)

    async def _open(self, partitions: list[int]) -> None:
        await asyncio.gather(*(producer.stop() for producer in self._producers.values()))
        opening = [ledger.open_producer(self._settings, partition) for partition in partitions]
        self._producers = dict(zip(partitions, await asyncio.gather(*opening), strict=True))

    async def handle(self, records: Sequence[Record]) -> None:
        """Fold a batch and commit what it came to; raises TransactionError when it can't."""
        batches: defaultdict[int, list[Record]] = defaultdict(list)
        for record in records:
            batches[record.partition].append(record)
        folded = {partition: self._fold(partition, batch) for partition, batch in batches.items()}
        started_s = monotonic()
        await ledger.commit(
            self._producers,
            {partition: result.outgoing for partition, result in folded.items()},
            deadline_s=self._settings.detector.transaction_s,
        )
        crash_point("after_commit")
        self._teller.batch(records, monotonic() - started_s)
        for partition, result in folded.items():
            self._teller.partition(partition, result, self._folds[partition].watermark_ms)

    async def tell_brands(self) -> None:
        """Tell of all brands, and look whether the watch list has changed."""
        self._watch_list.current()
        self._teller.brands(self._folds.values())
        self._detectable.tell(self._folds.values())

    def _fold(self, partition: int, batch: Sequence[Record]) -> Folded:
        fold = self._folds[partition]
        self._check_contiguous(partition, fold.clock.applied, batch)
        return fold_batch(self._settings.topics, partition, fold, batch)

    def _check_contiguous(self, partition: int, applied: int, batch: Sequence[Record]) -> None:
        """Raise InternalError for a hole in the log's offsets; right after a start it is only told.

        A hole that is still there after a restart is real: retention, or a transaction's marker.
        After another load of the same process it may be a record that was fetched and not handed
        on.
        """
        for record in batch:
            if record.offset > applied + 1:
                if partition in self._is_contiguous or self._loads > 1:
                    raise InternalError(
                        f"log partition {partition} went from offset {applied} to {record.offset}: "
                        "the next start reads the records between, if there are any"
                    )
                if applied >= 0 or record.offset > 0:
                    event(
                        logger,
                        "log_hole",
                        logging.WARNING,
                        partition=partition,
                        after=applied,
                        at=record.offset,
                    )
            self._is_contiguous.add(partition)
            applied = max(applied, record.offset)


def detector_app(settings: Settings, metrics: Metrics) -> RoleApp:
    """Return the detector's app, not started."""
    app = build_app(settings, "detector")
    detector = Detector(app, settings, metrics)
    on_assignment(app, detector.assign, metrics)
    rules = settings.detector

    async def detect(stream: StreamT[bytes]) -> None:
        await run_batches(
            app, stream, detector.handle, batch_max=rules.batch_max, within_s=rules.within_s
        )

    async def tell() -> None:
        await every(app, TELL_EVERY_S, detector.tell_brands)

    add_agent(app, settings.topics.scored, detect)
    app.task(tell)
    return app
