"""I6, dead letters: each the refused record as it was, with its place and a reason that is true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from app.core.mention import Rejected, RejectReason
from app.wire import deadletter
from app.wire import mention as mention_wire
from tests.faults.contents import Place, dead
from tests.faults.refold import Refold
from tests.faults.snapshot import DEAD_LETTER, MENTIONS, SCORED, Entry, Snapshot


def dead_letters(snapshot: Snapshot, refolds: Mapping[int, Refold]) -> Iterator[str]:
    """Poison and late records are dead letters as they were; late ones exactly once."""
    for entry in snapshot.committed[DEAD_LETTER]:
        letter = deadletter.decode(entry.key, entry.value, entry.headers)
        if isinstance(letter, Rejected):
            yield f"dead letter {entry.offset} is unreadable: {letter.detail}"
    sources = {(e.partition, e.offset): e for e in snapshot.committed[MENTIONS]}
    for entry, letter in dead(snapshot, MENTIONS):
        source = sources.get((letter.partition, letter.offset))
        parsed = mention_wire.parse(source.value, source.headers) if source else None
        reason = parsed.reason if isinstance(parsed, Rejected) else None
        yield from _same(entry, letter, source, reason)
    yield from _late_letters(snapshot, refolds)


def _late_letters(snapshot: Snapshot, refolds: Mapping[int, Refold]) -> Iterator[str]:
    logs = {(e.partition, e.offset): e for e in snapshot.committed[SCORED]}
    wanted = {
        (e.partition, e.offset): reason
        for folded in refolds.values()
        for entries, reason in ((folded.late, RejectReason.LATE), (folded.refused, None))
        for e in entries
    }
    found: Counter[Place] = Counter()
    for entry, letter in dead(snapshot, SCORED):
        place = letter.partition, letter.offset
        found[place] += 1
        if place not in wanted:
            yield f"log record {place} is a dead letter, and was neither late nor unreadable"
        else:
            yield from _same(entry, letter, logs.get(place), wanted[place] or letter.reason)
    for place in wanted:
        if found[place] != 1:
            yield f"log record {place} is a dead letter {found[place]} times in place of once"


def _same(
    entry: Entry,
    letter: deadletter.DeadLetter,
    source: Entry | None,
    reason: RejectReason | None,
) -> Iterator[str]:
    where = f"dead letter {entry.offset} of {letter.topic} {letter.partition}/{letter.offset}"
    if source is None:
        yield f"{where}: there is no such record"
    elif (letter.key, letter.value) != (source.key, source.value):
        yield f"{where} has other bytes"
    elif letter.timestamp_ms != source.timestamp_ms:
        yield f"{where} has another time"
    if letter.reason is not reason:
        yield f"{where} says {letter.reason}, the record is {reason}"
