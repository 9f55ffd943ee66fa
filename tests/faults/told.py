"""What people were told: an Alertmanager that the run plays, held against ``crisis.state``."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from app.core.crisis import EventType
from app.core.event import CrisisEvent, CrisisState
from app.core.mention import Rejected
from app.sinks.open_alerts import FIRING
from app.wire import crisis, event
from tests.faults.run import Run
from tests.faults.snapshot import CRISIS_STATE, EVENTS, Snapshot, read_snapshot
from tests.integration.test_notifier import Alertmanager, an_alertmanager
from tests.worker_tools import until

ROUND_S = 7.5  # the open alerts are sent again every 5 s


@contextmanager
def a_sink() -> Iterator[tuple[Alertmanager, dict[str, str]]]:
    """Yield the sink, and the variables of a notifier that talks to it."""
    with an_alertmanager() as found:
        yield found


class Told:
    """Compares what was posted with what is committed, once all but the notifiers has ended.

    ``told`` and ``open`` are counts of crises: told of at any time, open at the end.
    """

    def __init__(self, sink: Alertmanager) -> None:
        self._sink = sink
        self.told = self.open = 0

    async def problems(self, run: Run) -> dict[str, list[str]]:
        """Return the problems of the notifier: told of what is not, or not of what is."""
        snapshot = await read_snapshot(run.bootstrap, run.prefix)
        wanted, found = open_crises(snapshot), set[str]()

        async def is_so() -> bool:
            mark = len(self._sink.alerts)
            await asyncio.sleep(ROUND_S)
            posted = self._sink.alerts[mark:]
            found.clear()
            found.update(one["labels"]["crisis_id"] for one in posted if "endsAt" not in one)
            return found == wanted

        problems: list[str] = []
        try:
            await until(is_so, limit_s=60)
        except TimeoutError:
            problems.append(
                f"open and not told {wanted - found}, told and not open {found - wanted}"
            )
        told = {one["labels"]["crisis_id"] for one in self._sink.alerts}
        problems += [f"told of {one}, which never opened" for one in told - opened(snapshot)]
        self.told, self.open = len(told), len(wanted)
        return {"told": problems}


def open_crises(snapshot: Snapshot) -> set[str]:
    """Return the crises whose last state fires."""
    latest: dict[bytes | None, CrisisState | Rejected] = {}
    for entry in snapshot.committed[CRISIS_STATE]:
        latest.pop(entry.key, None)
        if entry.value is not None:
            latest[entry.key] = crisis.decode(entry.value)
    return {
        one.crisis_id
        for one in latest.values()
        if isinstance(one, CrisisState) and one.state in FIRING
    }


def opened(snapshot: Snapshot) -> set[str]:
    """Return the crises that a committed event opened."""
    found = (event.decode(one.value, one.headers) for one in snapshot.committed[EVENTS])
    steps = (EventType.OPENED, EventType.ESCALATED, EventType.RELAPSED, EventType.REOPENED)
    return {e.crisis_id for e in found if isinstance(e, CrisisEvent) and e.type in steps}
