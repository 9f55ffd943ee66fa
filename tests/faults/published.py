"""I2 to I4: states, outputs and the course of crises, held against the log folded once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.core.crisis import State
from app.core.event import CrisisEvent
from app.core.lifecycle import TRANSITIONS
from app.core.mention import Rejected
from app.core.state import BrandState
from app.core.watermark import PartitionClock
from app.wire import event as event_wire
from app.wire import state
from tests.faults.contents import stored_states
from tests.faults.refold import Refold
from tests.faults.snapshot import CRISIS_STATE, EVENTS, SCORED, WINDOWS, Entry, Snapshot


def states(snapshot: Snapshot, refolds: Mapping[int, Refold]) -> Iterator[str]:
    """The last state of each brand and the clock equal the refold's, field by field."""
    stored = stored_states(snapshot)
    for partition, folded in refolds.items():
        clock_key = state.CLOCK_KEY.decode()
        expected: dict[str, BrandState | PartitionClock] = {clock_key: folded.fold.clock}
        expected |= {name: brand.state for name, brand in folded.fold.brands.items()}
        found = stored.pop(partition, {})
        for name in sorted(set(expected) | set(found)):
            where = f"state of {name} on partition {partition}"
            if name not in found or name not in expected:
                yield f"{where} is {'missing' if name in expected else 'there, of no record'}"
            elif fields := _different(expected[name], found[name]):
                yield f"{where} differs in {', '.join(fields)}"
    for partition in stored:
        yield f"there is state on partition {partition}, and no log"


def _different(
    expected: BrandState | PartitionClock, found: BrandState | PartitionClock
) -> list[str]:
    if type(expected) is not type(found):
        return ["its kind"]
    return [
        f"{name} ({str(getattr(found, name))[:80]} for {str(getattr(expected, name))[:80]})"
        for name in expected.__struct_fields__
        if getattr(expected, name) != getattr(found, name)
    ]


def outputs(snapshot: Snapshot, refolds: Mapping[int, Refold]) -> Iterator[str]:
    """Committed events, windows and crisis states equal the refold's, and their copies them."""
    for topic in (EVENTS, WINDOWS, CRISIS_STATE):
        found = snapshot.by_partition(topic)
        for partition in sorted(set(found) | set(refolds)):
            folded = refolds.get(partition)
            wanted = [(m.key, m.value, m.headers) for m in folded.written[topic]] if folded else []
            yield from _sequence(topic, partition, found.get(partition, []), wanted)
        yield from _copies(topic, snapshot.raw[topic])
    yield from _copies(SCORED, snapshot.raw[SCORED])


def _sequence(
    topic: str, partition: int, found: Sequence[Entry], wanted: Sequence[tuple[object, ...]]
) -> Iterator[str]:
    contents = [entry.content for entry in found]
    if contents == list(wanted):
        return
    where = f"{topic} partition {partition}"
    if len(contents) != len(wanted):
        yield f"{where} has {len(contents)} records, the refold {len(wanted)}"
    pairs = zip(contents, wanted, strict=False)
    first = next((n for n, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    if first is not None:
        yield f"{where} differs from the refold first at record {first}"
    for name, times in Counter(entry.header("ce_id") for entry in found).items():
        if name is not None and times > 1:
            yield f"{where} has the id {name} {times} times"


def _copies(topic: str, entries: Iterable[Entry]) -> Iterator[str]:
    known: dict[str, Entry] = {}
    for entry in entries:
        name = entry.header("ce_id")
        if entry.value is None and topic == CRISIS_STATE:
            continue  # the tombstone of a crisis that is over
        if name is None:
            yield f"{topic} {entry.partition}/{entry.offset} has no ce_id"
        elif known.setdefault(name, entry).content != entry.content:
            yield f"{topic}: two records with the id {name} differ"


def lifecycle(snapshot: Snapshot) -> Iterator[str]:
    """The published events of each crisis are a path of the table, numbered without a gap."""
    standing: dict[str, State] = {}
    numbers: Counter[str] = Counter()
    for entry in snapshot.committed[EVENTS]:
        event = event_wire.decode(entry.value, entry.headers)
        if isinstance(event, Rejected):
            yield f"event {entry.partition}/{entry.offset} is unreadable: {event.detail}"
            continue
        if event.crisis_id:
            before = standing.get(event.crisis_id, State.QUIET)
            if event.previous_state is not before:
                yield f"{event.crisis_id} was {before}, its event says {event.previous_state}"
            standing[event.crisis_id] = event.state
        yield from _step(event, numbers)
    yield from _durable(snapshot, numbers)


def _step(event: CrisisEvent, numbers: Counter[str]) -> Iterator[str]:
    if not event.crisis_id:
        if event.seq != 0 or event.state is not event.previous_state:
            yield f"{event.type} of {event.brand} belongs to no crisis, and changes it"
        return
    numbers[event.crisis_id] += 1
    if event.seq != numbers[event.crisis_id]:
        yield f"crisis {event.crisis_id}: number {event.seq} in place of {numbers[event.crisis_id]}"
    if TRANSITIONS.get((event.previous_state, event.type)) is not event.state:
        yield f"{event.brand}: {event.previous_state} -> {event.type} -> {event.state} is no step"


def _durable(snapshot: Snapshot, numbers: Counter[str]) -> Iterator[str]:
    """No event may be newer than the stored state of its crisis."""
    for stored in stored_states(snapshot).values():
        for one in stored.values():
            episodes = one.episodes.values() if isinstance(one, BrandState) else ()
            for episode in episodes:
                published = numbers[episode.crisis_id]
                if published != episode.seq:
                    yield (
                        f"crisis {episode.crisis_id}: {published} events are published, its state "
                        f"has {episode.seq}"
                    )
