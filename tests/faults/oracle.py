"""Decides, from the topics alone, whether Squall kept its promise.

It knows the pure core, the wire formats and raw Kafka, and nothing of the workers: a mistake of
theirs can't be a mistake of its own. What it finds is a list of problems for each invariant of the
fault matrix, empty where the invariant holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from app.core.rules import Rules
from tests.faults import conservation, letters, published
from tests.faults.contents import Logged, log_places
from tests.faults.refold import Refold, refold
from tests.faults.snapshot import EVENTS, SCORED, Sent, Snapshot

INVARIANTS: Final = {
    "I1": "every source record is counted once, a dead letter, late, or a copy of a counted one",
    "I2": "each brand's last state, and the clock, are the log folded once",
    "I3": "a read_committed reader sees each event, window and crisis state once and in order",
    "I4": "events follow the transition table, numbered 1..n without a gap",
    "I5": "no committed offset was ahead of what was durable at the time",
    "I6": "each dead letter is the refused record byte for byte, with its place and reason",
}


@dataclass(slots=True, kw_only=True)
class Verdict:
    """The problems by invariant, and what the run came to."""

    problems: dict[str, list[str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Tell whether no invariant is broken."""
        return not any(self.problems.values())

    def report(self) -> str:
        """Return the problems as text, the first few of each invariant."""
        lines = [
            f"{name}: {len(found)} problems, such as\n    " + "\n    ".join(found[:5])
            for name, found in self.problems.items()
            if found
        ]
        return "\n".join(lines) or "all invariants hold"


def judge(
    snapshot: Snapshot, rules: Rules, sent: Sequence[Sent], *, commits: Sequence[str] = ()
) -> Verdict:
    """Return the verdict on a run that came to rest.

    ``sent`` is the loader's ledger; ``commits`` are the problems that a reader beside the run saw
    with committed offsets.
    """
    refolds = {p: refold(rules, log) for p, log in snapshot.by_partition(SCORED).items()}
    logged = log_places(snapshot)
    problems = {
        "I1": list(conservation.conservation(snapshot, sent, logged)),
        "I2": list(published.states(snapshot, refolds)),
        "I3": list(published.outputs(snapshot, refolds)),
        "I4": list(published.lifecycle(snapshot)),
        "I5": list(commits),
        "I6": list(letters.dead_letters(snapshot, refolds)),
    }
    return Verdict(problems=problems, counts=_counts(snapshot, refolds, logged))


def _counts(snapshot: Snapshot, refolds: dict[int, Refold], logged: Logged) -> dict[str, int]:
    events = snapshot.committed[EVENTS]
    return {
        "mentions": len(snapshot.committed["mentions"]),
        "log_records": len(snapshot.committed[SCORED]),
        "log_repeats": sum(len(entries) - 1 for entries in logged.values()),
        "dead_letters": len(snapshot.committed["mentions.dead-letter"]),
        "late": sum(len(one.late) for one in refolds.values()),
        "brands": len({event.brand for one in refolds.values() for event in one.events}),
        "events": len(events),
        "crisis_events": sum(bool(e.seq) for one in refolds.values() for e in one.events),
        "windows": len(snapshot.committed["sentiment.windows"]),
        "event_copies": len(snapshot.raw[EVENTS]) - len(events),
    }
