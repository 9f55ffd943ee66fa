"""``squall import``: rows of files as mentions in the topic, each once however often it is run.

1. Read every file to its end; what makes no mention is refused with its line and the reason.
2. Read the keys in the topic ``mentions``, and leave out what was taken before.
3. Send the rest in order of time, and wait until the brokers have it.

Killed anywhere, the next run goes on where it stopped: step 2 finds what step 3 had sent.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from app.config import Settings
from app.core.mention import Mention, Rejected
from app.errors import InputError
from app.sources.mapping import TARGETS, FieldMap, MisfitError
from app.sources.tables import Row, TableForm, read_rows
from app.stream.exits import crash_point
from app.stream.sending import Outgoing, deliver, open_producer
from app.stream.staging import Stage
from app.stream.taken import key_of, taken_keys
from app.wire import mention as mention_wire
from app.wire import strict_json
from app.wire.message import Message

BATCH: Final = 1_000
ID_CHARS: Final = 32
MISFIT: Final = "misfit"
COLUMNS_TOLD: Final = 12  # of a file, to whoever misnamed one
Document = dict[str, Any]


class Refused(NamedTuple):
    """A row that makes no mention. ``reason``: of the dead letters, or misfit for the mapping."""

    path: Path
    number: int
    reason: str
    detail: str
    row: dict[str, object] | bytes


@dataclass(slots=True, kw_only=True)
class Summary:
    """What became of the rows; ``rows`` is the sum of all that follow."""

    rows: int = 0
    imported: int = 0
    taken_before: int = 0
    repeated: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to read, and how; what is called as a field of ours needs no mapping."""

    paths: tuple[Path, ...]
    form: TableForm
    fields: FieldMap

    @property
    def is_mapped(self) -> bool:
        return bool(self.fields.places or self.fields.fixed)


def stage_rows(plan: Plan, stage: Stage, summary: Summary) -> Iterator[Refused]:
    """Put every mention of the files on the stage, and yield what was refused.

    Raises InputError when a file can't be read to its end, or has no column that the mapping names.
    """
    for path in plan.paths:
        fields: FieldMap | None = None
        for row in read_rows(path, plan.form):
            fields = fields or _completed(plan, path, row)
            summary.rows += 1
            found = _mention(plan, fields, row)
            if isinstance(found, Mention):
                is_new = stage.add(key_of(found), found.published_at_ms, mention_wire.encode(found))
                summary.repeated += not is_new
            else:
                summary.refused += 1
                yield Refused(path, row.number, *found, row.value)


async def send_staged(settings: Settings, stage: Stage, summary: Summary) -> None:
    """Send what was not taken before, and count it.

    Raises UnavailableError when Kafka does not answer; then another run sends the rest.
    """
    producer = await open_producer(settings)
    try:
        async for key, _ in taken_keys(settings):
            summary.taken_before += stage.drop(key)
        topic, limit_s = settings.topics.mentions, settings.kafka.retry_s
        for batch in stage.batches(BATCH):
            outgoing = [Outgoing(topic, Message(key, value)) for key, value in batch]
            await deliver(producer, outgoing, limit_s=limit_s)
            summary.imported += len(batch)
            crash_point("after_import_batch")
    finally:
        await producer.stop()


def run_import(settings: Settings, stage: Stage, summary: Summary) -> None:
    """Do the same in an event loop of its own."""
    asyncio.run(send_staged(settings, stage, summary))


def _completed(plan: Plan, path: Path, row: Row) -> FieldMap:
    """Return the mapping with the columns that are called as our fields, by the first row.

    Raises InputError when a column of the mapping is not there.
    """
    if isinstance(row.value, dict):
        _check_columns(plan.fields, path, row.value)
    names: Iterable[str] = row.value if isinstance(row.value, dict) else ()
    as_ours = {name: (name,) for name in names if name in TARGETS}
    if isinstance(row.value, bytes):
        as_ours = {target: ("/" + target.replace(".", "/"),) for target in TARGETS}
    places = {**as_ours, **plan.fields.places}
    return FieldMap(places=places, fixed=plan.fields.fixed, times=plan.fields.times)


def _check_columns(fields: FieldMap, path: Path, row: Mapping[str, object]) -> None:
    named = (place for places in fields.places.values() for place in places)
    missing = next((place for place in named if place[0] != "/" and place not in row), None)
    if missing is not None:
        there = ", ".join(name[:40] for name in list(row)[:COLUMNS_TOLD])
        raise InputError(f"{path}: no column {missing[:40]!r}: correct the mapping; it has {there}")


def _mention(plan: Plan, fields: FieldMap, row: Row) -> Mention | tuple[str, str]:
    if row.problem:
        return MISFIT, row.problem
    value: object = row.value
    if isinstance(row.value, bytes):
        if not plan.is_mapped:  # a recorded mention: as it is
            return _parsed(row.value)
        value = strict_json.decode(row.value)
        if isinstance(value, Rejected):
            return value.reason, value.detail
    try:
        document = fields.document(value)
    except MisfitError as error:
        return MISFIT, str(error)
    return _parsed(_encoded(with_id(document)))


def _parsed(value: bytes) -> Mention | tuple[str, str]:
    parsed = mention_wire.parse(value)
    return (parsed.reason, parsed.detail) if isinstance(parsed, Rejected) else parsed


def with_id(document: Document) -> Document:
    """Return the document, with an id made of what was said, by whom and when, if it has none."""
    if document.get("id"):
        return document
    author = document.get("author") or {}
    said = [document.get(name) for name in ("source", "platform", "text", "published_at")]
    name = json.dumps([*said, author.get("id") or author.get("name")], ensure_ascii=True)
    return {**document, "id": hashlib.sha256(name.encode()).hexdigest()[:ID_CHARS]}


def _encoded(document: Document) -> bytes:
    # Escaped, so that a lone surrogate gets as far as the wire, which names it.
    return json.dumps(document, ensure_ascii=True, allow_nan=True).encode()
