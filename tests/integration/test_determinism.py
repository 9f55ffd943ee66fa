"""D2: one log gives the same events to the byte, whatever the batches, the workers, or Kafka's
absence.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from zlib import crc32

import pytest

from app.core.crisis import Severity
from app.core.mention import Label
from app.core.record import Command, Heartbeat, LogRecord, Origin, ScoredMention
from app.wire import log
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.unit.folding import MONDAY_MS, Stream, command
from tests.worker_tools import Worker, until

PARTITIONS = 4
BRANDS = 9
DAYS = 2
RULES = {"SQUALL_DETECTOR__WARM_BLOCKS": "20"}
Events = dict[bytes, list[bytes]]


def a_log() -> list[Record]:
    """Return two days of nine brands, one in three with a crisis, as the scorer would write
    them.
    """
    found: list[tuple[int, ScoredMention]] = []
    for brand in range(BRANDS):
        stream = Stream(brand, per_day=60)
        if brand % 3 == 0:
            crisis_ms = MONDAY_MS + (30 + brand) * 3_600_000
            stream.wave(crisis_ms, 1, per_hour=60, negative_share=0.95)
        for record in stream.records(DAYS)[1:-1]:
            assert isinstance(record, ScoredMention)
            found.append((brand, record))
    found.sort(key=lambda item: item[1].event_time_ms)
    records = [record for p in range(PARTITIONS) for record in heartbeats(None)]
    waiting = orders()
    for number, (brand, record) in enumerate(found):
        while waiting and waiting[0][0] < record.event_time_ms:
            records += heartbeats(record.event_time_ms)  # so that it is the same time everywhere
            records.append(placed(waiting.pop(0)[1]))
        records.append(placed(renamed(record, f"brand {brand}", number)))
        if number % 50 == 0:
            records += heartbeats(record.event_time_ms)
    return records + heartbeats(MONDAY_MS + DAYS * 86_400_000 + 60_000)


def orders() -> list[tuple[int, Command]]:
    """Return what people ask of the brands, and when: of each kind one while a crisis burns."""
    given: list[tuple[float, str, str, dict[str, object]]] = []
    for brand in range(0, BRANDS, 3):
        crisis_h = 30 + brand
        given += [
            (crisis_h + 0.6, f"brand {brand}", "acknowledge", {}),
            (crisis_h + 0.7, f"brand {brand}", "assign", {"owner": "bob"}),
            (crisis_h + 0.8, f"brand {brand}", "annotate", {"note": "seen"}),
            (crisis_h + 0.9, f"brand {brand}", "false-positive", {}),
        ]
    until_ms = MONDAY_MS + 44 * 3_600_000
    given += [
        (32.0, "brand 1", "open", {"note": "calls", "theme": "safety", "severity": Severity.ERROR}),
        (33.0, "brand 1", "silence", {"note": "known", "until_ms": until_ms}),
        (34.0, "brand 1", "resolve", {}),
        (35.0, "brand 2", "erase-author", {"author": "0123456789abcdef"}),
        (36.0, "brand 4", "correct-label", {"mention_id": "m7", "label": Label.POSITIVE}),
        (37.0, "brand 5", "resolve", {}),
    ]
    given.sort(key=lambda one: one[0])
    return [
        (MONDAY_MS + round(hour * 3_600_000), command(number, action, brand=brand, **fields))
        for number, (hour, brand, action, fields) in enumerate(given)
    ]


def renamed(record: ScoredMention, brand: str, number: int) -> ScoredMention:
    fields = {name: getattr(record, name) for name in record.__struct_fields__}
    origin = Origin(topic="mentions", partition=0, offset=number)
    changed = {"brand": brand, "mention_id": f"m{number}", "origin": origin}
    return ScoredMention(**(fields | changed))


def heartbeats(time_ms: int | None) -> list[Record]:
    beat = Heartbeat(
        topic="mentions", partition=0, partitions=1, time_ms=time_ms, is_caught_up=False, at_ms=0
    )
    return [placed(beat, partition) for partition in range(PARTITIONS)]


def placed(record: LogRecord, partition: int | None = None) -> Record:
    message = log.encode(record)
    if partition is None:
        assert message.key is not None
        partition = crc32(message.key) % PARTITIONS
    return Record(
        value=message.value, key=message.key, headers=message.headers, partition=partition
    )


async def live(bootstrap: str, prefix: str, batch_max: int, workers: int) -> Events:
    """Return what the detectors publish for the log, by brand."""
    topics = await declare_topics(bootstrap, prefix, partitions=PARTITIONS)
    await produce(bootstrap, topics.scored, a_log())
    variables = RULES | {"SQUALL_DETECTOR__BATCH_MAX": str(batch_max)}
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                Worker("detector", bootstrap, prefix, slot=f"d{number}", variables=variables)
            )
            for number in range(workers)
        ]
        await asyncio.gather(*(worker.ready() for worker in started))
        await until(lambda: is_done(started))
    return by_brand(r.value for r in await read_all(bootstrap, topics.events))


def is_done(workers: list[Worker]) -> bool:
    """Tell whether the partitions are all owned, and their logs read and committed."""
    lags = [lag for worker in workers for lag in worker.metrics("squall_consumer_lag").values()]
    return len(lags) >= PARTITIONS and not any(lags)


def by_brand(values: object) -> Events:
    events: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for value in values:  # type: ignore[attr-defined]
        events[json.loads(value)["brand"].encode()].append(value)
    return dict(events)


def backtest(records: list[Record], folder: Path) -> Events:
    """Return what ``squall backtest`` prints for the recorded log, by brand."""
    path = folder / "log.jsonl"
    with path.open("wb") as out:
        for offset, record in enumerate(records):
            place = {"partition": record.partition, "offset": offset}
            kind = dict(record.headers)["ce_type"].decode()
            head = json.dumps({**place, "type": kind})[:-1].encode()
            out.write(head + b', "data": ' + (record.value or b"") + b"}\n")
    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "backtest", "--engine", "hash", str(path)],
        env=RULES,
        capture_output=True,
        check=True,
    )
    return by_brand(done.stdout.splitlines())


@pytest.mark.slow
async def test_the_same_log_gives_the_same_bytes(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    expected = backtest(a_log(), tmp_path)
    assert len(expected) == BRANDS
    opened = [v for values in expected.values() for v in values if b'"type":"opened"' in v]
    assert len(opened) == 4
    answers = [v for values in expected.values() for v in values if b'"command_id"' in v]
    assert len(answers) == len(orders())
    for batch_max, workers in ((1, 1), (50, 4), (500, 1)):
        prefix = f"{topic_prefix}b{batch_max}w{workers}."
        assert await live(kafka.bootstrap, prefix, batch_max, workers) == expected
