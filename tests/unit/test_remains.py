"""What is told of an author's remains, and the purge, without a Kafka."""

from __future__ import annotations

from typing import Any, cast

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import TopicAuthorizationFailedError

from app.cli.erasing import _end
from app.config import Topics
from app.errors import ConfigError
from app.stream.remains import Remain, _bound, _count, _date, _delete
from tests.kafka_tools import Record

DAY_MS = 24 * 3_600_000
COMPACTED = {
    "cleanup.policy": "compact",
    "max.compaction.lag.ms": str(DAY_MS),
    "segment.ms": str(DAY_MS // 8),
}
RETAINED = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS), "segment.ms": str(DAY_MS)}
TOPICS = Topics("acme.")


def remain(**fields: Any) -> Remain:
    usual: dict[str, Any] = {"topic": TOPICS.mentions, "partition": 0, "last_ms": DAY_MS}
    return Remain(**usual | fields)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (RETAINED, "1970-01-10 00:00 UTC"),
        (RETAINED | {"retention.ms": "-1"}, "for ever"),
        (COMPACTED, "1970-01-03 00:00 UTC"),
        (COMPACTED | {"segment.ms": str(DAY_MS)}, "1970-01-03 06:00 UTC"),  # and a turn
        (COMPACTED | {"max.compaction.lag.ms": str(2**63 - 1)}, "compacted"),
        (RETAINED | {"cleanup.policy": "compact,delete"}, "1970-01-10 00:00 UTC"),
        (None, "unknown"),
    ],
)
def test_the_end_is_that_of_the_segment_or_nobody_can_say(
    config: dict[str, str] | None, told: str
) -> None:
    one = remain()
    _date(one, config)
    assert _end(one) == told


def test_what_was_not_told_to_forget_is_never_gone() -> None:
    one = remain(in_use=["larkmoor"])
    _date(one, COMPACTED)
    assert (_end(one), one.gone_by_ms) == ("in use", None)


def counted(topic: str, scored: int) -> Remain:
    """Count a record with the handle at the offsets 4 and 9, the third and the fifth read."""
    one = remain(topic=topic)
    for offset, read in ((4, 3), (9, 5)):
        _count(one, Record(value=b"", offset=offset), read, _bound(TOPICS, topic, scored))
    return one


@pytest.mark.parametrize(
    ("topic", "scored", "unscored", "purged", "before"),
    [
        (TOPICS.mentions, 10, 0, 5, 10),
        (TOPICS.mentions, 9, 1, 3, 5),
        (TOPICS.mentions, 0, 2, 0, 0),
        (TOPICS.dead_letter, 0, 0, 5, 10),
        (TOPICS.scored, 10, 0, 0, 0),  # no other topic is purged
    ],
)
def test_a_purge_goes_as_far_as_was_scored(
    topic: str, scored: int, unscored: int, purged: int, before: int
) -> None:
    one = counted(topic, scored)
    assert (one.handle, one.unscored) == (2, unscored)
    assert (one.purged, one.before) == (purged, before)


async def test_a_missing_right_to_delete_is_named() -> None:
    class Refusing:
        async def delete_records(self, _: object) -> None:
            raise TopicAuthorizationFailedError

    admin = cast("AIOKafkaAdminClient", Refusing())
    with pytest.raises(ConfigError, match=r"may not delete records of acme\.mentions: grant it"):
        await _delete(admin, remain(purged=1, before=1))
