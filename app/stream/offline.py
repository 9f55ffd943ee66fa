"""The live path without Kafka: recorded mentions, or a recorded log, through the same code.

A file of mentions plays the part of a source partition, its line numbers that of offsets; the
files are merged by time. A file of log records is folded as it is. A record's own time is the
mention's, so nothing is clamped that was not when it was recorded.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
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
from app.stream.records import Record
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
    """Folds recorded input and hands out what the detector would have published, in order."""

    def __init__(self, settings: Settings, engine: Engine, match: Matcher) -> None:
        self._settings, self._match = settings, match
        self._rules = settings.detector.rules()
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

    def mentions(self, files: Sequence[Path]) -> Iterator[Output]:
        """Yield every output of recorded mentions, judged to the end of the last one's step."""
        fold = PartitionFold(self._rules)
        offset, newest_ms = 0, 0
        for partition in range(len(files)):
            fold.apply(offset, _beat(partition, len(files), None))
            offset += 1
        for reading in self._scored(_merged(files)):
            for scored in self._scribe.scored(reading):
                newest_ms = max(newest_ms, scored.event_time_ms)
                yield from self._told(fold.apply(offset, scored))
                offset += 1
        end_ms = newest_ms + self._rules.allowed_lateness_ms + STEP_MS
        for partition in range(len(files)):
            yield from self._told(fold.apply(offset, _beat(partition, len(files), end_ms)))
            offset += 1
        self.duplicates = fold.duplicates

    def log(self, files: Sequence[Path]) -> Iterator[Output]:
        """Yield every output of a recorded log, partition by partition as they come."""
        folds: dict[int, PartitionFold] = {}
        for path in files:
            for number, raw in read_recorded(path):
                line, record = _log_record(path, number, raw)
                self._outcomes["scored"] += isinstance(record, ScoredMention)
                fold = folds.setdefault(line.partition, PartitionFold(self._rules))
                yield from self._told(fold.apply(line.offset, record))
        self.duplicates = sum(fold.duplicates for fold in folds.values())

    def _told(self, outputs: Iterable[Output]) -> Iterator[Output]:
        for output in outputs:
            self.late += isinstance(output, Late)
            yield output

    def _scored(self, records: Iterator[Record]) -> Iterator[Reading]:
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
    streams = [_records(path, partition) for partition, path in enumerate(files)]
    if len(streams) == 1:
        return streams[0]
    return heapq.merge(*streams, key=lambda record: record.timestamp_ms)


def _records(path: Path, partition: int) -> Iterator[Record]:
    newest_ms = 0
    for number, raw in read_recorded(path):
        parsed = mention_wire.parse(raw)
        if not isinstance(parsed, Rejected):
            newest_ms = max(newest_ms, parsed.published_at_ms)
        yield Record(TOPIC, partition, number, newest_ms, None, raw, ())


def _log_record(path: Path, number: int, raw: bytes) -> tuple[LogLine, LogRecord]:
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
    return line, record


def all_outputs(replay: Replay, files: Sequence[Path]) -> Iterator[Output]:
    """Yield the outputs of ``files``, which are all mentions or all logs."""
    kinds = {is_log(path) for path in files}
    if len(kinds) > 1:
        raise InputError("mentions and a recorded log can't be mixed: give one kind of file")
    return replay.log(files) if kinds == {True} else replay.mentions(files)
