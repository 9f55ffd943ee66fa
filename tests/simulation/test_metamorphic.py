"""S3: changes to how a log comes about that must not change what is made of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

import pytest

from app.core.partition import PartitionFold
from app.core.record import Heartbeat
from app.stream.folding import fold_batch
from app.stream.load import restore
from app.stream.records import Record
from app.stream.sending import Outgoing
from app.wire import log
from app.wire.message import Message
from tests.faults.plan import Planned, Shape, plan
from tests.faults.snapshot import BRAND_STATE, EVENTS
from tests.simulation.processes import SCRIBE, TOPICS, scored
from tests.simulation.world import RULES

SHAPE = Shape(
    mentions=320,
    brands=4,
    partitions=2,
    span_minutes=60,
    wave_brands=3,
    wave_mentions=40,
    wave_minutes=5,
    late=0.0,
    duplicates=0.0,
    poison=0.0,
    unmatched=0.0,
)
EVERY = 5  # mentions between heartbeats
SEEDS = range(4)


def records_of(messages: Sequence[Message]) -> list[Record]:
    return [
        Record(TOPICS.scored, 0, offset, 0, m.key, m.value, m.headers)
        for offset, m in enumerate(messages)
    ]


def log_of(planned: Sequence[Planned]) -> list[Record]:
    """Return one log partition: what a scorer makes of the mentions, in the order given."""
    offsets: defaultdict[int, int] = defaultdict(int)
    latest: dict[int, int | None] = dict.fromkeys(range(SHAPE.partitions))
    messages: list[Message] = []
    for number, one in enumerate(planned):
        place = one.partition
        source = Record(TOPICS.mentions, place, offsets[place], -1, one.key, one.value, ())
        offsets[place] += 1
        reading = scored(source)
        messages += [outgoing.message for outgoing in SCRIBE.outgoing(reading)]
        time_ms = SCRIBE.event_time_ms(reading)
        assert time_ms is not None
        latest[place] = max(time_ms, latest[place] or 0)
        if number % EVERY == 0:
            messages += [heartbeat(place, time) for place, time in latest.items()]
    return records_of(messages)


def heartbeat(place: int, time_ms: int | None) -> Message:
    beat = Heartbeat(
        topic=TOPICS.mentions,
        partition=place,
        partitions=SHAPE.partitions,
        time_ms=time_ms,
        is_caught_up=False,
        at_ms=0,
    )
    return log.encode(beat)


def fold(
    records: Sequence[Record], sizes: Sequence[int], *, resume: bool = False
) -> tuple[list[Outgoing], dict[bytes, bytes | None]]:
    """Fold in batches of these sizes, in turn; return the outputs and the last states.

    With ``resume`` each batch starts from what the one before has stored.
    """
    folded = PartitionFold(RULES)
    outputs: list[Outgoing] = []
    states: dict[bytes, bytes | None] = {}
    at = number = 0
    while at < len(records):
        if resume:
            folded = restore(RULES, {key: value for key, value in states.items() if value})
        size = sizes[number % len(sizes)]
        for one in fold_batch(TOPICS, 0, folded, records[at : at + size]).outgoing:
            if one.topic == BRAND_STATE:
                states[one.message.key or b""] = one.message.value
            else:
                outputs.append(one)
        at, number = at + size, number + 1
    return outputs, states


def by_brand(outputs: Sequence[Outgoing]) -> dict[str, list[Outgoing]]:
    found: defaultdict[str, list[Outgoing]] = defaultdict(list)
    for one in outputs:
        found[dict(one.message.headers)["ce_subject"].decode()].append(one)
    return dict(found)


def crises(outputs: Sequence[Outgoing]) -> int:
    return sum(one.topic == EVENTS for one in outputs)


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_sizes_change_no_byte(seed: int) -> None:
    records = log_of(plan(seed, SHAPE))
    whole = fold(records, [len(records)])
    assert crises(whole[0]) > 10
    for sizes in ([1], [50], [500], [3, 1, 77]):
        assert fold(records, sizes) == whole


@pytest.mark.parametrize("seed", SEEDS)
def test_a_log_split_anywhere_and_taken_up_again_is_the_same(seed: int) -> None:
    records = log_of(plan(seed, SHAPE))
    rng = random.Random(seed)
    sizes = [rng.randint(1, 60) for _ in range(40)]
    assert fold(records, sizes, resume=True) == fold(records, [len(records)])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_record_that_comes_again_changes_nothing(seed: int) -> None:
    records = log_of(plan(seed, SHAPE))
    rng = random.Random(seed)
    messages: list[Message] = []
    for at, record in enumerate(records):
        messages.append(Message(record.key, record.value, record.headers))
        if rng.random() < 0.1:  # a scorer starts again a little earlier
            messages += [
                Message(r.key, r.value, r.headers)
                for r in records[max(0, at - rng.randint(0, 30)) : at + 1]
                if r.key is not None
            ]
    repeated = records_of(messages)
    assert len(repeated) > len(records)
    assert fold(repeated, [50])[0] == fold(records, [50])[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_order_within_the_lateness_changes_nothing(seed: int) -> None:
    planned = plan(seed, SHAPE)
    rng = random.Random(seed)
    slack_ms = RULES.allowed_lateness_ms
    times = [published_ms(one) + rng.randrange(slack_ms) for one in planned]
    shuffled = [planned[n] for n in sorted(range(len(planned)), key=times.__getitem__)]
    assert shuffled != planned
    found = [by_brand(fold(closed(order), [50])[0]) for order in (planned, shuffled)]
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_brand_is_the_same_whatever_shares_its_partition(seed: int) -> None:
    records = closed(plan(seed, SHAPE))
    together = by_brand(fold(records, [50])[0])
    for brand in together:
        alone = [r for r in records if r.key in (None, brand.encode())]
        again = records_of([Message(r.key, r.value, r.headers) for r in alone])
        assert by_brand(fold(again, [50])[0])[brand] == together[brand]


def published_ms(one: Planned) -> int:
    time_ms = SCRIBE.event_time_ms(scored(Record("", 0, 0, -1, one.key, one.value, ())))
    assert time_ms is not None
    return time_ms


def closed(planned: Sequence[Planned]) -> list[Record]:
    """Return the log with heartbeats at its end, which let every step be judged."""
    records = log_of(planned)
    end_ms = max(map(published_ms, planned)) + 600_000
    last = records_of([heartbeat(place, end_ms) for place in range(SHAPE.partitions)])
    return [*records, *(r._replace(offset=r.offset + len(records)) for r in last)]
