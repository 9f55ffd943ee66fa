"""The model's quality as gauges: of people's labels in the pool, and of the scores themselves."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faust.types import TP

from app.config import Settings
from app.core.mention import Rejected
from app.inference.rolling import RollingLabels, ScoreDrift
from app.logs import event
from app.metrics import Metrics
from app.stream.application import RoleApp
from app.stream.compacted import reader, unreadable
from app.stream.records import Record
from app.wire import labelled

logger = logging.getLogger(__name__)

TAIL: Final = 10_000  # records read again after a start: the last 500 of each language, usually


class PoolWatch:
    """Reads the labelled pool in the one process that owns its partition."""

    def __init__(self, app: RoleApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._labels = RollingLabels()

    async def assign(self, assigned: Sequence[TP]) -> None:
        """Begin anew, so far back that the figures are those of before the start."""
        self._labels = RollingLabels()
        for tp in assigned:
            end = await _end(self._settings, tp)
            self._app.consumer.starts[tp] = max(0, end - TAIL)

    async def handle(self, records: Sequence[Record]) -> None:
        """Take labels into the figures and tell them."""
        for record in records:
            found = labelled.decode(record.value, record.headers)
            if isinstance(found, Rejected):
                event(
                    logger,
                    "label_unreadable",
                    logging.ERROR,
                    offset=record.offset,
                    reason=found.reason,
                    detail=found.detail,
                )
            else:
                self._labels.note(found)
        tell_labels(self._metrics, self._labels)


def tell_labels(metrics: Metrics, labels: RollingLabels) -> None:
    """Set the gauges of what people say."""
    for language, found in labels.figures().items():
        value, low, high = found.macro_f1
        metrics.set("squall_labelled_mentions", found.labels, language=language)
        metrics.set("squall_labelled_f_score", value, language=language)
        metrics.set("squall_labelled_f_score_low", low, language=language)
        metrics.set("squall_labelled_f_score_high", high, language=language)
        metrics.set("squall_labelled_drop_sigmas", found.drop_sigmas, language=language)


def tell_scores(metrics: Metrics, drift: ScoreDrift) -> None:
    """Set the gauges of how scores are distributed."""
    for language, found in drift.figures().items():
        metrics.set("squall_abstained_share", found.abstained, language=language)
        metrics.set("squall_unscored_share", found.unscored, language=language)
        metrics.set("squall_score_drift", found.drift, language=language)


async def _end(settings: Settings, tp: TP) -> int:
    """Return the partition's end. Raises UnavailableError when Kafka does not tell it."""
    consumer, place = reader(settings, "read_committed"), TopicPartition(tp.topic, tp.partition)
    try:
        await consumer.start()
        ends: dict[TopicPartition, int] = await consumer.end_offsets([place])
    except KafkaError as error:
        raise unreadable(tp.topic, error) from error
    finally:
        await consumer.stop()
    return ends[place]
