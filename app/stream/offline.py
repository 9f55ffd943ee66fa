"""The live path without Kafka: recorded mentions, or a recorded log, through the same code.

A file of mentions plays the part of a source partition, its line numbers that of offsets; the
files are merged by time. A file of log records is folded as it is. A record's own time is the
mention's, so nothing is clamped that was not when it was recorded.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from app.config import Settings
from app.core.event import Late, Output
from app.core.mention import Rejected
from app.core.partition import PartitionFold
from app.core.record import Heartbeat, LogRecord, ScoredMention
from app.core.rules import STEP_MS
from app.errors import InputError
from app.inference.engine import Engine
from app.inference.scoring import InferenceThread
from app.sources.recorded import read_recorded
from app.stream.records import Placed, Record
from app.stream.scoring import Matcher, Reading, Scribe, read, settle
from app.wire import cloudevents, log
from app.wire import mention as mention_wire

BATCH = 256
ENGINE_LIMIT_S = 600.0  # somebody watches; a busy machine is no hang
TOPIC = "recorded"


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One record of `mentions.scored` in a recorded log: where it lay, its ``ce_type``, its
    value.
    """

    partition: int
    offset: int
    type: str
    data: msgspec.Raw


class Tally(NamedTuple):
    """What became of the mentions; ``sent`` is the sum of the other four."""

    sent: int
    scored: int
    dead: int
    unmatched: int


class Replay:
    """Reads recorded input as a log, and folds it to what the detector would have published."""

    def __init__(self, settings: Settings, engine: Engine, match: Matcher) -> None:
        self._settings, self._match = settings, match
        self._rules = settings.rules()
        self._scribe = Scribe(settings.topics, settings.scorer)
        self._inference = InferenceThread(
            engine, tries=settings.scorer.engine_tries, timeout_s=ENGINE_LIMIT_S
        )
        self._outcomes: Counter[str] = Counter()
        self.late = 0
        self.duplicates = 0

    @property
    def tally(self) -> Tally:
        count = self._outcomes
        return Tally(sum(count.values()), count["scored"], count["dead"], count["unmatched"])

    def outputs(self, placed: Iterable[Placed]) -> Iterator[Output]:
        """Yield what the records give, each partition folded by itself."""
        folds: dict[int, PartitionFold] = {}
        for partition, offset, record in placed:
            if partition not in folds:
                folds[partition] = PartitionFold(self._rules)
            yield from self._told(folds[partition].apply(offset, record))
        self.duplicates = sum(fold.duplicates for fold in folds.values())

    def mentions(self, files: Sequence[Path]) -> Iterator[Output]:
        """Yield every output of recorded mentions, judged to the end of the last one's step."""
        return self.outputs(self.scored(files))

    def scored(self, files: Sequence[Path]) -> Iterator[Placed]:
        """Yield the log that recorded mentions make, up to the end of the last one's step."""
        for offset, record in enumerate(self._log_of(files)):
            yield Placed(0, offset, record)

    def _log_of(self, files: Sequence[Path]) -> Iterator[LogRecord]:
        newest_ms, partitions = 0, range(len(files))
        yield from (_beat(partition, len(files), None) for partition in partitions)
        for reading in self._settled(_merged(files)):
            for scored in self._scribe.scored(reading):
                newest_ms = max(newest_ms, scored.event_time_ms)
                yield scored
        end_ms = newest_ms + self._rules.allowed_lateness_ms + STEP_MS
        yield from (_beat(partition, len(files), end_ms) for partition in partitions)

    def recorded(self, files: Sequence[Path]) -> Iterator[Placed]:
        """Yield the records of a recorded log, as they come."""
        for placed in log_records(files):
            self._outcomes["scored"] += isinstance(placed.record, ScoredMention)
            yield placed

    def _told(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for output in outputs:
            self.late += isinstance(output, Late)
            yield output

    def _settled(self, records: Iterator[Record]) -> Iterator[Reading]:
        with self._inference as inference:
            while batch := list(islice(records, BATCH)):
                readings = [read(record, self._match) for record in batch]
                texts = [one.text for one in readings if one.text is not None]
                hints = [one.hint for one in readings if one.text is not None]
                scores = iter(inference.submit(texts, hints=hints).result() if texts else [])
                for one in readings:
                    settled = settle(one, next(scores) if one.text is not None else None)
                    self._outcomes[_outcome(settled)] += 1
                    yield settled


def is_log(path: Path) -> bool:
    """Tell whether the file's first line is a record of a log; InputError when it can't be read."""
    for _, raw in read_recorded(path):
        try:
            msgspec.json.decode(raw, type=LogLine)
        except msgspec.MsgspecError:
            return False
        return True
    return False


def _outcome(reading: Reading) -> str:
    if reading.rejected is not None:
        return "dead"
    return "scored" if reading.matches else "unmatched"


def _beat(partition: int, partitions: int, time_ms: int | None) -> Heartbeat:
    return Heartbeat(
        topic=TOPIC,
        partition=partition,
        partitions=partitions,
        time_ms=time_ms,
        is_caught_up=False,
        at_ms=0,
    )


def _merged(files: Sequence[Path]) -> Iterator[Record]:
    streams = [source_records(path, partition) for partition, path in enumerate(files)]
    if len(streams) == 1:
        return streams[0]
    return heapq.merge(*streams, key=lambda record: record.timestamp_ms)


def source_records(path: Path, partition: int) -> Iterator[Record]:
    """Yield a file's mentions as records of a source topic: the line number is the offset, the
    newest mention so far the time.
    """
    newest_ms = 0
    for number, raw in read_recorded(path):
        parsed = mention_wire.parse(raw)
        if not isinstance(parsed, Rejected):
            newest_ms = max(newest_ms, parsed.published_at_ms)
        yield Record(TOPIC, partition, number, newest_ms, None, raw, ())


def log_records(files: Sequence[Path]) -> Iterator[Placed]:
    """Yield the records of a recorded log; raises InputError for a line that is none."""
    for path in files:
        for number, raw in read_recorded(path):
            yield _log_record(path, number, raw)


def log_line(record: Record) -> bytes:
    """Return a record of the log, one that the fold accepts, as a line of a recorded log."""
    kind = dict(record.headers)["ce_type"].decode()
    data = msgspec.Raw(record.value or b"")
    line = LogLine(partition=record.partition, offset=record.offset, type=kind, data=data)
    return msgspec.json.encode(line) + b"\n"


def _log_record(path: Path, number: int, raw: bytes) -> Placed:
    try:
        line = msgspec.json.decode(raw, type=LogLine)
    except msgspec.MsgspecError as error:
        message = f"{path}:{number} is no log record ({error}): record the log again"
        raise InputError(message) from error
    headers = cloudevents.headers(f"{line.partition}/{line.offset}", line.type, "/recorded", 0, "")
    record: Any = log.decode(bytes(line.data), headers)
    if isinstance(record, Rejected):
        message = f"{path}:{number} is refused ({record.detail}): record the log again"
        raise InputError(message)
    return Placed(line.partition, line.offset, record)


def placed_records(
    settings: Settings, engine: Callable[[], Engine], match: Matcher, files: Sequence[Path]
) -> Iterator[Placed]:
    """Yield the log of ``files``, which are all mentions or all logs; mentions need the engine."""
    if _are_logs(files):
        return log_records(files)
    return Replay(settings, engine(), match).scored(files)


def all_outputs(replay: Replay, files: Sequence[Path]) -> Iterator[Output]:
    """Yield the outputs of ``files``, which are all mentions or all logs."""
    return replay.outputs(replay.recorded(files) if _are_logs(files) else replay.scored(files))


def _are_logs(files: Sequence[Path]) -> bool:
    kinds = {is_log(path) for path in files}
    if len(kinds) > 1:
        raise InputError("mentions and a recorded log can't be mixed: give one kind of file")
    return kinds == {True}
