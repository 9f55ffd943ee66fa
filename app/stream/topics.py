"""Every topic of Squall, declared once: what ``squall topics apply`` makes and workers check.

Rules that hold for all of them:

- ``compression.type=uncompressed``: the broker unpacks what a producer packed and applies
  ``max.message.bytes`` to that, so that it refuses a gzip bomb before a worker meets it.
- ``message.timestamp.type=LogAppendTime``: the record time is the broker's. A mention's own time
  is held against it, so a producer must not be able to choose it; nor may a far-future stamp
  keep a segment from ever expiring.
- ``unclean.leader.election.enable=false``: a record that was acknowledged is never lost for
  availability's sake, whatever the cluster's default is.
- ``min.insync.replicas=2`` from three copies on: ``acks=all`` then means two brokers.
- ``max.message.bytes`` limits a *batch*, and our producers fill batches up to 900 KB: where they
  write it is Kafka's usual 1 MiB, however small a single record is kept.
- ``retention.bytes=-1`` where records expire: by time alone, never because a neighbour was busy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

KIB, MIB = 1024, 1024 * 1024
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

USUAL_BATCH_BYTES: Final = 1_048_588
"""Kafka's own default: 1 MiB and the frame of a batch. A batch of ours (900 KB) fits."""

MENTION_BATCH_BYTES: Final = 1_280 * KIB
"""Values above 64 KiB are rejected, but a 1 MiB text must reach us to become a dead letter: a
refusal at the producer would be a loss nobody counts. So 1 MiB of text, and room for the rest."""

DEAD_LETTER_BATCH_BYTES: Final = 1_536 * KIB
"""The largest mention byte for byte, its key, and our headers on top."""

COMPACTION: Final = frozenset(
    {
        "delete.retention.ms",
        "max.compaction.lag.ms",
        "min.cleanable.dirty.ratio",
        "segment.bytes",
        "segment.ms",
    }
)
"""Settings that change what a topic costs and how fast it loads, never what it means."""

AT_LEAST: Final = frozenset({"min.insync.replicas", "retention.bytes", "retention.ms"})
"""Settings of which more than declared is an operator's choice that we never take back: a
shorter retention would delete records at once."""


class TopicNames(Protocol):
    """The names that ``app.config.Topics`` makes of a prefix."""

    @property
    def mentions(self) -> str: ...
    @property
    def scored(self) -> str: ...
    @property
    def dead_letter(self) -> str: ...
    @property
    def labelled(self) -> str: ...
    @property
    def commands(self) -> str: ...
    @property
    def events(self) -> str: ...
    @property
    def crisis_state(self) -> str: ...
    @property
    def digests(self) -> str: ...
    @property
    def windows(self) -> str: ...
    @property
    def brand_state(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSpec:
    """A topic as declared. ``fixed_because`` says why its partition count can't change; "" if it
    can.

    ``configs`` are Kafka's names and values as Kafka writes them.
    """

    name: str
    partitions: int
    replication_factor: int
    fixed_because: str = ""
    configs: Mapping[str, str] = field(default_factory=dict)


BY_PARTITION: Final = "a brand's state lives by the partition of its key"
IN_ORDER: Final = "its records must be read in one order"


def declared(topics: TopicNames, partitions: int, replication_factor: int) -> tuple[TopicSpec, ...]:
    """Return all ten topics.

    ``partitions`` is the count of ``mentions`` and of the log with all that follows its partitions.
    """

    def spec(
        name: str, configs: Mapping[str, str], *, count: int = partitions, fixed: str = BY_PARTITION
    ) -> TopicSpec:
        return TopicSpec(
            name=name,
            partitions=count,
            replication_factor=replication_factor,
            fixed_because=fixed,
            configs={**_common(replication_factor), **configs},
        )

    return (
        # A week is the longest outage of ours that loses nothing. It may be given more partitions:
        # the scorer keeps no state, and the detector knows each source partition by its number.
        spec(topics.mentions, _expiring(7, MENTION_BATCH_BYTES), fixed=""),
        # The log. Two weekly rounds of it, so that a changed detector can be run over what was.
        spec(topics.scored, _expiring(14)),
        # What was wrong must outlive the holidays of whoever can repair the source.
        spec(topics.dead_letter, _expiring(30, DEAD_LETTER_BATCH_BYTES), count=1, fixed=""),
        # What people labelled is dear: two years, so that a model can be trained on it. One
        # partition, so that one reader sees the last labels of a language in their order.
        spec(topics.labelled, _expiring(730), count=1, fixed=IN_ORDER),
        # One partition: an acknowledgement must not overtake the command before it. Commands are
        # small, but a tool sends thousands of corrections at once, in batches as large as they get.
        spec(topics.commands, _expiring(30), count=1, fixed=IN_ORDER),
        # Few and precious: a year of crises for reports and audits.
        spec(topics.events, _expiring(365)),
        # The latest state of each crisis, for ever. It changes a few times a crisis, and each
        # partition is written to every six hours anyhow (app.wire.crisis.encode_turn).
        spec(topics.crisis_state, _compacted(segment_ms=3 * HOUR_MS, dirty_ratio="0.5")),
        # A record a brand and day or week, for ever, and what came again: a few KiB each. One
        # partition, since whoever publishes reads all of it first. Nothing in it names an author.
        spec(
            topics.digests,
            _compacted(segment_ms=DAY_MS, dirty_ratio="0.5"),
            count=1,
            fixed=IN_ORDER,
        ),
        # The largest output: a record a brand and window. For charts and post-mortems.
        spec(topics.windows, _expiring(30)),
        # Rewritten all the time, and read to its end before a worker may start: small segments and
        # eager cleaning keep that read near the size of the live state.
        spec(topics.brand_state, _compacted(segment_ms=HOUR_MS, dirty_ratio="0.2")),
    )


def _common(replication_factor: int) -> dict[str, str]:
    in_step = {"min.insync.replicas": "2"} if replication_factor >= 3 else {}
    return {
        "compression.type": "uncompressed",
        "message.timestamp.type": "LogAppendTime",
        "unclean.leader.election.enable": "false",
        **in_step,
    }


def _expiring(days: int, max_batch_bytes: int = USUAL_BATCH_BYTES) -> dict[str, str]:
    return {
        "cleanup.policy": "delete",
        "max.message.bytes": str(max_batch_bytes),
        "retention.bytes": "-1",
        "retention.ms": str(days * DAY_MS),
    }


def _compacted(*, segment_ms: int, dirty_ratio: str) -> dict[str, str]:
    """Kept by key for ever.

    Tombstones stay for a day, far longer than any reader takes from start to end: a reader that
    meets the old value but no longer its tombstone would bring an evicted brand back. And a day
    after a newer value the old one is gone from the disk, as an erased author is owed: Kafka
    compacts no open segment, but the detector writes to every partition, with news or without.
    """
    return {
        "cleanup.policy": "compact",
        "delete.retention.ms": str(DAY_MS),
        "max.compaction.lag.ms": str(DAY_MS),
        "max.message.bytes": str(USUAL_BATCH_BYTES),
        "min.cleanable.dirty.ratio": dirty_ratio,
        # An open segment is never compacted; rolled by size too, since load reads it whole.
        "segment.bytes": str(32 * MIB),
        "segment.ms": str(segment_ms),
    }
