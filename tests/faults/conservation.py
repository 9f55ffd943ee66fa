"""I1, conservation: told from the source topic, so that a record which never reached the log is
missed there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from app.core.event_time import event_time_ms
from app.core.mention import Mention, Rejected
from app.core.record import ScoredMention
from app.core.rules import STEP_MS
from app.core.state import BrandState
from app.wire import log, window
from app.wire import mention as mention_wire
from tests.faults.contents import Logged, Place, dead, stored_states
from tests.faults.snapshot import MENTIONS, SCORED, WINDOWS, Entry, Sent, Snapshot

SKEW_MS = 300_000  # the default of scorer.max_event_skew_s
Step = tuple[str, int]  # brand and number of a base step


def conservation(snapshot: Snapshot, sent: Sequence[Sent], logged_at: Logged) -> Iterator[str]:
    """Each source record is exactly one of: counted once, dead letter, late, copy, of no brand."""
    yield from _ledger(snapshot, sent)
    in_log, refused = dict(logged_at), _refused_places(snapshot)
    late = _late_places(snapshot, logged_at)
    labels = {(one.partition, one.offset): one.label for one in sent}
    expected: defaultdict[Step, set[str]] = defaultdict(set)
    for entry in snapshot.committed[MENTIONS]:
        place = entry.partition, entry.offset
        mention = mention_wire.parse(entry.value, entry.headers)
        logged = in_log.pop(place, [])
        fates = (bool(logged), place in refused)
        if isinstance(mention, Rejected) or mention.brand is None:
            if fates != (False, isinstance(mention, Rejected)):
                yield f"{place} is {_word(mention)}, but log and dead letter are {fates}"
            continue
        if fates != (True, False):
            yield f"mention {place} is good, but log and dead letter are {fates}"
            continue
        yield from _log_records(place, entry, mention, logged, labels.get(place))
        if place not in late:
            step = event_time_ms(mention.published_at_ms, entry.timestamp_ms, SKEW_MS) // STEP_MS
            expected[mention.brand, step].add(f"{mention.source}/{mention.id}")
    for place in in_log:
        yield f"the log has a mention from {place}, where the source has none"
    yield from _counted(snapshot, expected)


def _word(mention: Mention | Rejected) -> str:
    return "poison" if isinstance(mention, Rejected) else "of no brand"


def _ledger(snapshot: Snapshot, sent: Sequence[Sent]) -> Iterator[str]:
    stored = {(e.partition, e.offset): (e.key, e.value) for e in snapshot.committed[MENTIONS]}
    for one in sent:
        if stored.pop((one.partition, one.offset), None) != (one.key, one.value):
            yield f"{one.kind} at {one.partition}/{one.offset} was sent, and is not in the source"
    for place in stored:
        yield f"the source has a record at {place} that nobody sent"


def _refused_places(snapshot: Snapshot) -> set[Place]:
    return {(letter.partition, letter.offset) for _, letter in dead(snapshot, MENTIONS)}


def _late_places(snapshot: Snapshot, logged_at: Logged) -> set[Place]:
    """Return the source places of which any log record is among the late ones."""
    late = {(letter.partition, letter.offset) for _, letter in dead(snapshot, SCORED)}
    return {
        place
        for place, entries in logged_at.items()
        if any((entry.partition, entry.offset) in late for entry in entries)
    }


def _log_records(
    place: Place, source: Entry, mention: Mention, logged: list[Entry], label: str | None
) -> Iterator[str]:
    first = logged[0]
    if any(entry.content != first.content for entry in logged):
        yield f"the log's repeats of mention {place} differ"
    if len({entry.partition for entry in logged}) > 1:
        yield f"mention {place} lies on several partitions of the log"
    record = log.decode(first.value, first.headers)
    if not isinstance(record, ScoredMention):
        return
    time_ms = event_time_ms(mention.published_at_ms, source.timestamp_ms, SKEW_MS)
    if (record.brand, record.mention_id, record.event_time_ms) != (
        mention.brand,
        mention.id,
        time_ms,
    ):
        yield f"the log has another brand, id or time for mention {place}"
    if label is not None and record.label.value != label:
        yield f"mention {place} is {label}, the log says {record.label.value}"


def _counted(snapshot: Snapshot, expected: Mapping[Step, set[str]]) -> Iterator[str]:
    counted: Counter[Step] = Counter()
    for entry in snapshot.committed[WINDOWS]:
        closed = window.decode(entry.value, entry.headers)
        if isinstance(closed, Rejected):
            yield f"a window at {entry.partition}/{entry.offset} is unreadable"
            continue
        counted[closed.brand, closed.start_ms // STEP_MS] += closed.mentions
    for states in stored_states(snapshot).values():
        for one in states.values():
            if isinstance(one, BrandState):
                for number, held in one.pending.items():
                    counted[one.brand, number] += len(held.items)
    for step in sorted(set(counted) | set(expected)):
        if counted[step] != len(expected.get(step, ())):
            wanted = len(expected.get(step, ()))
            yield f"{step[0]} step {step[1]}: {counted[step]} counted, {wanted} were sent"
