"""``squall verify`` over Kafka, or over recorded files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from app.config import Settings
from app.core.mention import Rejected
from app.core.record import ScoredMention
from app.errors import InputError
from app.inference.engine import Engine
from app.report.checked import Checked
from app.stream.offline import is_log, placed_records, source_records
from app.stream.past import Past, open_past
from app.stream.recompute import Recomputation, Told
from app.stream.records import Record
from app.stream.rescoring import Place, Rescorer, place_of
from app.stream.scoring import Matcher
from app.stream.verification import check
from app.wire import mention as mention_wire
from app.wire import told_event

Load = Callable[[], Engine]


def told_events(name: str, lines: Iterable[tuple[int, bytes]]) -> Iterator[Told]:
    """Yield each line as a told event; raises InputError for a line that is none, or for no
    line.
    """
    found = list(lines)
    if len(found) > 1 and isinstance(told_event.parse(found[0][1]), Rejected):
        found = [(1, b"\n".join(raw for _, raw in found))]  # one event, laid out for reading
    for number, raw in found:
        document = told_event.parse(raw)
        if isinstance(document, Rejected):
            message = (
                f"{name}:{number} is no crisis event ({document.detail}): give one as "
                "`squall watch --json` prints it"
            )
            raise InputError(message)
        yield Told(f"{name}:{number}", document)
    if not found:
        raise InputError(f"{name} holds no event: give one as `squall watch --json` prints it")


async def verify_kafka(
    settings: Settings, told: Sequence[Told], engine: Load, match: Matcher
) -> list[Checked]:
    """Return the verdicts, by the log and the mentions that Kafka still holds."""
    work = Recomputation(settings.rules(), told)
    async with open_past(settings) as past:
        await _fold(past, work, told[0].brand)
        records = work.cited()
        sources: dict[Place, Record | None] = {}
        for record in records:
            sources[place_of(record)] = await past.source(record.origin)
        missing = dict(past.missing)
    rescored = Rescorer(settings, engine, match).rescore(records, sources)
    return [check(one, work, rescored, _missing(missing, work, one)) for one in told]


async def _fold(past: Past, work: Recomputation, brand: str) -> None:
    async with aclosing(past.placed(first=past.partition_of(brand))) as records:
        async for one in records:
            work.take(*one)
            if work.is_complete:
                return


def _missing(missing: Mapping[int, int], work: Recomputation, told: Told) -> list[str]:
    """Return in words what the log of the event's brand lacks, or any log where nobody knows its
    partition.
    """
    partition = work.partitions.get(told.brand)
    found = missing if partition is None else {partition} & missing.keys()
    return [
        f"partition {one} of the log no longer goes back to its beginning (offset {missing[one]} "
        "is gone): numbers may differ for that alone"
        for one in sorted(found)
    ]


def verify_files(
    settings: Settings, told: Sequence[Told], engine: Load, match: Matcher, files: Sequence[Path]
) -> list[Checked]:
    """Return the verdicts, by recorded mentions or a recorded log.

    Beside a recorded log, files of mentions are taken for the source topics' records.
    """
    logs = [path for path in files if is_log(path)]
    texts = [path for path in files if path not in logs]
    work, firsts = Recomputation(settings.rules(), told), dict[int, int]()
    for one in placed_records(settings, engine, match, logs or texts):
        firsts.setdefault(one.partition, one.offset)
        work.take(*one)
        if work.is_complete:
            break
    missing = {partition: 0 for partition, first in firsts.items() if first > 0}
    records = work.cited()
    sources = _by_id(records, texts) if logs else _by_line(records, texts)
    rescored = Rescorer(settings, engine, match).rescore(records, sources)
    return [check(one, work, rescored, _missing(missing, work, one)) for one in told]


def _by_line(records: Sequence[ScoredMention], files: Sequence[Path]) -> dict[Place, Record | None]:
    """Return the lines that the log was made of."""
    wanted = {(one.origin.partition, one.origin.offset): place_of(one) for one in records}
    found: dict[Place, Record | None] = {}
    for partition in sorted({partition for partition, _ in wanted}):
        for source in source_records(files[partition], partition):
            if place := wanted.get((partition, source.offset)):
                found[place] = source
    return found


def _by_id(records: Sequence[ScoredMention], files: Sequence[Path]) -> dict[Place, Record | None]:
    """Return the mentions of these ids; the broker's time is not known of them."""
    wanted = {(one.source, one.mention_id): place_of(one) for one in records}
    found: dict[Place, Record | None] = {}
    for partition, path in enumerate(files):
        for source in source_records(path, partition):
            mention = mention_wire.parse(source.value)
            if isinstance(mention, Rejected):
                continue
            if place := wanted.get((mention.source.value, mention.id)):
                found[place] = source._replace(timestamp_ms=-1)
    return found
