"""D2: a log with people's commands in it gives the same bytes of each brand, whatever batches it
is read in and however its brands are spread over partitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from random import Random
from zlib import crc32

import msgspec
import pytest

from app.core.crisis import Severity
from app.core.partition import PartitionFold
from app.core.record import Command, Heartbeat, LogRecord, ScoredMention
from app.core.rules import HOUR_MS, STEP_MS, Rules
from app.stream.folding import fold_batch
from app.stream.load import restore
from app.stream.records import Record
from app.wire import log
from tests.faults.snapshot import BRAND_STATE, EVENTS
from tests.simulation.processes import TOPICS
from tests.unit.crisis_streams import BREAKS_MS, Incident, shop
from tests.unit.folding import beat, command

RULES = Rules(warm_blocks=20, relapse_ms=4 * HOUR_MS)
BRANDS = ("brand 0", "brand 1", "brand 4", "brand 6")
HOURS = 46.0
END_MS = BREAKS_MS + 12 * HOUR_MS
SILENCED_UNTIL_MS = BREAKS_MS + 5 * HOUR_MS
ORDERS: tuple[tuple[str, dict[str, object]], ...] = (
    ("acknowledge", {}),
    ("assign", {"owner": "bob"}),
    ("annotate", {"note": "seen"}),
    ("resolve", {}),
    ("confirm", {"note": "it was real"}),
    ("false-positive", {}),
    ("open", {"severity": Severity.ERROR, "note": "calls"}),
    ("open", {"theme": "safety", "severity": Severity.WARNING, "note": "smoke"}),
    ("silence", {"until_ms": SILENCED_UNTIL_MS, "note": "fair"}),
    ("unsilence", {}),
    ("erase-author", {"author": "0123456789abcdef"}),
)
SEEDS = range(2)
Lines = dict[str, list[bytes]]


@cache
def a_log(seed: int) -> tuple[LogRecord, ...]:
    """Return two days of four brands, three of them with incidents, and forty commands.

    Every mention is followed by the heartbeat that tells its time to the other partitions too: time
    moves alike in all of them.
    """
    draw = Random(seed)
    timed: list[tuple[int, LogRecord]] = []
    for place, brand in enumerate(BRANDS):
        about = (("delivery",), ("service",)) if place % 2 else (("security",),)
        incidents = [Incident(2.5, 60, about)] if place < 3 else []
        for one in shop(seed * 10 + place, incidents, HOURS, per_day=80):
            if isinstance(one, ScoredMention):
                timed.append((one.event_time_ms, msgspec.structs.replace(one, brand=brand)))
    for _ in range(40):
        action, fields = draw.choice(ORDERS)
        at_ms = BREAKS_MS + draw.randrange(8 * HOUR_MS)
        timed.append((at_ms, command(0, action, brand=draw.choice(BRANDS), **fields)))
    return tuple(_numbered(sorted(timed, key=lambda one: one[0])))


def _numbered(timed: Sequence[tuple[int, LogRecord]]) -> list[LogRecord]:
    found: list[LogRecord] = [beat(None)]
    for number, (time_ms, one) in enumerate(timed):
        assert not isinstance(one, Heartbeat)
        origin = msgspec.structs.replace(one.origin, offset=number)
        named: LogRecord
        if isinstance(one, Command):
            named = msgspec.structs.replace(one, id=f"c{number}", origin=origin)
        else:
            named = msgspec.structs.replace(one, mention_id=f"m{number}", origin=origin)
        found += [beat(time_ms), named]
    return [*found, beat(END_MS + RULES.allowed_lateness_ms + STEP_MS)]


def partitions_of(records: Sequence[LogRecord], count: int) -> list[list[Record]]:
    """Return each partition's log: its brands' records and every heartbeat."""
    found: list[list[Record]] = [[] for _ in range(count)]
    for one in records:
        message = log.encode(one)
        places = range(count)
        if not isinstance(one, Heartbeat):
            places = range(crc32(one.brand.encode()) % count, count)[:1]
        for place in places:
            offset = len(found[place])
            found[place].append(
                Record(TOPICS.scored, place, offset, 0, message.key, message.value, message.headers)
            )
    return found


def fold(records: Sequence[Record], sizes: Sequence[int], *, resume: bool = False) -> Lines:
    """Return each brand's values of ``crisis.events``, in order.

    With ``resume`` every batch starts from what the ones before have stored.
    """
    folded, states, lines = PartitionFold(RULES), dict[bytes, bytes | None](), defaultdict(list)
    at = number = 0
    while at < len(records):
        if resume:
            folded = restore(RULES, {key: value for key, value in states.items() if value})
        size = sizes[number % len(sizes)]
        for one in fold_batch(TOPICS, 0, folded, records[at : at + size]).outgoing:
            if one.topic == BRAND_STATE:
                states[one.message.key or b""] = one.message.value
            elif one.topic == EVENTS:
                brand = dict(one.message.headers)["ce_subject"].decode()
                lines[brand].append(one.message.value or b"")
        at, number = at + size, number + 1
    return dict(lines)


@cache
def whole(seed: int) -> Lines:
    (records,) = partitions_of(a_log(seed), 1)
    return fold(records, [len(records)])


def test_the_log_is_worth_replaying() -> None:
    values = [value for lines in whole(0).values() for value in lines]
    answers = [value for value in values if b'"actor"' in value]
    assert len(answers) == 40
    for kind in (
        b"opened",
        b"resolved",
        b"closed",
        b"refused",
        b"silenced",
        b"erased",
        b"confirmed",
    ):
        assert any(b'"type":"' + kind + b'"' in value for value in values), kind


@pytest.mark.parametrize("seed", SEEDS)
def test_random_batches_give_the_same_bytes(seed: int) -> None:
    (records,) = partitions_of(a_log(seed), 1)
    draw = Random(seed)
    sizes = [draw.choice((1, 2, 7, 60, 400)) for _ in range(50)]
    assert fold(records, sizes) == whole(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restart_between_any_two_batches_gives_the_same_bytes(seed: int) -> None:
    (records,) = partitions_of(a_log(seed), 1)
    draw = Random(seed)
    assert fold(records, [draw.randint(20, 400) for _ in range(30)], resume=True) == whole(seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_four_partitions_give_the_same_bytes_of_each_brand(seed: int) -> None:
    parts = partitions_of(a_log(seed), 4)
    assert sum(any(r.key for r in records) for records in parts) >= 3
    found: Lines = {}
    for records in parts:
        lines = fold(records, [31])
        assert not found.keys() & lines.keys()
        found |= lines
    assert found == whole(seed)
