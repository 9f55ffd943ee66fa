"""Each topic as a contract: who writes and reads it, what its key is, and how a record is told.

The topics themselves are declared in ``app.stream.topics``, the records in ``schemas/``; here
stands what neither says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.config import Topics
from app.core.crisis import EventType
from app.stream.topics import TopicSpec, declared
from app.wire import crisis, digest, event, labelled, log, window

LOG_PARTITION: Final = "the partition of the brand in mentions.scored"
BY_KEY: Final = "by the key (murmur2, as Kafka's Java client)"
FOLLOWS_LOG: Final = 2  # a count that no topic has of itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A topic. ``writers`` and ``readers`` are Squall's roles; ``records`` are names of schemas."""

    topic: str
    meaning: str
    records: tuple[str, ...] = ()
    key: str
    partition: str
    writers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    delivery: str


_TOPICS: Final = Topics()
CHANNELS: Final[tuple[Channel, ...]] = (
    Channel(
        topic=_TOPICS.mentions,
        meaning="In: mentions of brands, from your sources.",
        records=("mentions/v1",),
        key="any; the mention's id spreads them evenly. Ours begin with taken:",
        partition="any",
        writers=("canary", "intake"),
        readers=("scorer", "intake"),
        delivery="Each record is scored, or becomes a dead letter.",
    ),
    Channel(
        topic=_TOPICS.commands,
        meaning="In: what people and services ask of a crisis, or say of a label.",
        records=("crisis.commands/v1",),
        key="any",
        partition="the only one",
        writers=("canary",),
        readers=("scorer",),
        delivery="Each is answered by an event in crisis.events, or becomes a dead letter.",
    ),
    Channel(
        topic=_TOPICS.scored,
        meaning="The log: scored mentions, accepted commands, and heartbeats.",
        records=(
            "mentions.scored/mention.v1",
            "mentions.scored/command.v1",
            "mentions.scored/heartbeat.v1",
        ),
        key="the brand; none of a heartbeat",
        partition=f"{BY_KEY}; a heartbeat goes to every partition",
        writers=("scorer",),
        readers=("detector",),
        delivery="At least once; a repeat is byte-identical, drop it by ce_id.",
    ),
    Channel(
        topic=_TOPICS.dead_letter,
        meaning="Out: each refused record, byte for byte, with the reason in its headers.",
        records=("mentions.dead-letter/v1",),
        key="as it came",
        partition="the only one, unless it was given more",
        writers=("scorer", "detector"),
        delivery="At least once; late mentions exactly once.",
    ),
    Channel(
        topic=_TOPICS.labelled,
        meaning="Out: mentions with the label that a person gave them.",
        records=("mentions.labelled/v1",),
        key="the brand",
        partition="the only one",
        writers=("detector",),
        readers=("notifier",),
        delivery="Exactly once and in order to a read_committed reader.",
    ),
    Channel(
        topic=_TOPICS.events,
        meaning="Out: every step of every crisis.",
        records=("crisis.events/v1",),
        key="the crisis id; the brand for events that belong to no crisis",
        partition=LOG_PARTITION,
        writers=("detector",),
        readers=("notifier", "canary", "digest"),
        delivery="Exactly once and in order to a read_committed reader.",
    ),
    Channel(
        topic=_TOPICS.crisis_state,
        meaning="Out: the latest of each crisis that is not over for good.",
        records=("crisis.state/v1",),
        key="the crisis id",
        partition=LOG_PARTITION,
        writers=("detector",),
        readers=("notifier",),
        delivery="Exactly once and in order to a read_committed reader. Null deletes its key. "
        "Every six hours of event time each partition gets a null under the key `!turn`, of no "
        "crisis: it deletes nothing, and lets Kafka compact a partition without news.",
    ),
    Channel(
        topic=_TOPICS.digests,
        meaning="Out: each brand's days and weeks, and causes of crises that came again.",
        records=("crisis.digests/period.v1", "crisis.digests/recurring_cause.v1"),
        key="the record's id: of brand and period, or of brand, theme and product",
        partition="the only one",
        writers=("digest",),
        readers=("digest",),
        delivery="Written where it is new; a repeat is byte-identical, drop it by ce_id. Null"
        " deletes its key.",
    ),
    Channel(
        topic=_TOPICS.windows,
        meaning="Out: counts and expected band of each judged step of a brand.",
        records=("sentiment.windows/v1",),
        key="the brand",
        partition=LOG_PARTITION,
        writers=("detector",),
        readers=("canary", "digest"),
        delivery="Exactly once and in order to a read_committed reader.",
    ),
    Channel(
        topic=_TOPICS.brand_state,
        meaning="Ours: the detector's memory. No contract: its form changes without notice.",
        key="the brand; `!clock` for the partition's clock",
        partition=LOG_PARTITION,
        writers=("detector",),
        readers=("detector",),
        delivery="In the transaction of the outputs made from it.",
    ),
)

CE_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "crisis.digests/period.v1": (digest.PERIOD_TYPE,),
    "crisis.digests/recurring_cause.v1": (digest.CAUSE_TYPE,),
    "crisis.events/v1": tuple(event.type_name(one) for one in EventType),
    "crisis.state/v1": (crisis.TYPE,),
    "mentions.labelled/v1": (labelled.TYPE,),
    "mentions.scored/command.v1": (log.COMMAND_TYPE,),
    "mentions.scored/heartbeat.v1": (log.HEARTBEAT_TYPE,),
    "mentions.scored/mention.v1": (log.MENTION_TYPE, log.DRILL_TYPE),
    "sentiment.windows/v1": (window.TYPE,),
}
"""``ce_type`` of the records of a schema. A schema without one has no CloudEvents headers."""

IN_HEADERS: Final = frozenset({"mentions.dead-letter/v1"})
"""Schemas that describe a record's headers: its value is whatever was refused."""


def specs() -> dict[str, TopicSpec]:
    """Return how each topic is declared, by name, for the smallest cluster: one copy of all."""
    return {spec.name: spec for spec in declared(_TOPICS, FOLLOWS_LOG, 1)}


def partition_count(spec: TopicSpec) -> str:
    """Return how many partitions it has, in words."""
    count = "1" if spec.partitions == 1 else "`partitions`"
    return f"{count}, never changed" if spec.fixed_because else f"{count}, may be raised"


def cleanup(spec: TopicSpec) -> str:
    """Return how long records are kept, in words."""
    if spec.configs["cleanup.policy"] == "compact":
        return "compacted: the latest of each key, for ever"
    return f"deleted after {int(spec.configs['retention.ms']) // 86_400_000} days"
