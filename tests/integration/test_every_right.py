"""The whole of row A1: every documented right is taken away from a role that starts, and from one
that runs under load. Each time the worker ends with 78 and names the right and what to do, and once
the right is given back nothing is missing.

``out/rights/report.json`` gets a row a right; docs/operate.md shows them.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Literal

import pytest

from app.config import ROLES, Role
from app.wire import rfc3339
from tests.integration.test_rights import (
    MIDNIGHT_MS,
    PARTITIONS,
    REMEDY,
    Rig,
    all_roles,
    name_of,
    rights,
)
from tests.kafka_acl import Grant
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.secured_kafka import documented, secured_kafka
from tests.worker_tools import Worker, a_mention, header, until, value_of

pytestmark = [pytest.mark.full, pytest.mark.timeout(5400)]
When = Literal["at the start", "while it runs"]
ROOT: Final = Path(__file__).parents[2]
REPORT: Final = ROOT / "out" / "rights" / "report.json"
END_LIMIT_S: Final = 120
A_TURN: Final = 6 * 60 + 1  # minutes, after which each partition of crisis.state is written to

# Read when partitions come, at the start or in a rebalance, and not in between.
AT_ASSIGNMENT_ALONE: Final = {"read topic t.squall.brand-state", "read topic t.crisis.state"}


class FullRig(Rig):
    """A load that needs every right: turns of six hours, late mentions, poison, labels."""

    minute = 0
    late = 0
    letters: set[bytes]
    commands: set[str]

    async def load(self, number: int) -> None:
        """Send one more round; every record of it has to be found again."""
        self.minute += A_TURN
        values = [self.mention(self.sent + n, self.minute + n) for n in range(number)]
        self.minute += number
        self.sent += number
        poison = b"{%d" % self.sent
        self.letters.add(poison)
        records = [Record(value=value, partition=0) for value in values]
        records += [Record(value=poison, partition=n) for n in range(PARTITIONS)]
        await produce(self.kafka.bootstrap, self.topics.mentions, records)
        await self.command(action="annotate", note="seen")
        await self.command(action="correct-label", mention_id=f"m{self.sent}", label="neutral")

    async def too_late(self) -> None:
        """Send a mention six hours behind; the watermark has passed it."""
        self.late += 1
        value = a_mention(10_000 + self.late, id=f"late{self.late}", published_at=at(0))
        await produce(
            self.kafka.bootstrap, self.topics.mentions, [Record(value=value, partition=0)]
        )

    def mention(self, number: int, minute: int) -> bytes:
        return a_mention(number, published_at=at(minute))

    async def command(self, **fields: str) -> None:
        name = f"c{len(self.commands)}"
        self.commands.add(name)
        document = {"id": name, "brand": "brand 0", "actor": "ada", "at": at(0), **fields}
        record = Record(value=json.dumps(document).encode())
        await produce(self.kafka.bootstrap, self.topics.commands, [record])

    async def missing(self, notifier: Worker) -> list[str]:
        """Return what was sent and is not told of yet, or told of twice where that is promised."""
        log = await self.read(self.topics.scored)
        found = {
            value_of(one)["mention_id"]
            for one in log
            if header(one, "ce_type") == "squall.mention.scored.v1"
        }
        windows = await self.read(self.topics.windows)
        events = [value_of(one) for one in await self.read(self.topics.events)]
        letters = await self.read(self.topics.dead_letter)
        pool = await self.read(self.topics.labelled)
        answered = [one["command_id"] for one in events if one.get("command_id")]
        ids = [header(one, "ce_id") for one in (*windows, *pool)] + answered
        late = [one for one in letters if (header(one, "squall_reason") or "") == "late"]
        last_ms = MIDNIGHT_MS + (self.minute - 1) * 60_000
        closed = [one for one in map(value_of, windows) if one["start_ms"] < last_ms]
        told = {
            "scored": self.sent + self.late - len(found),
            "counted": self.sent - 1 - sum(one["mentions"] for one in closed),
            "answered": len(self.commands - set(answered)),
            "labelled": len(self.commands) // 2 - len(pool),
            "refused": len(self.letters - {one.value or b"" for one in letters}),
            "late": self.late - len(late),
            "twice": len(ids) - len(set(ids)),
            "heard of": max(0, len(events) - len(notifier.events("crisis_event"))),
        }
        return [f"{count} {name}" for name, count in told.items() if count]

    async def read(self, topic: str) -> list[Record]:
        return await read_all(self.kafka.bootstrap, topic)

    async def is_whole(self, notifier: Worker) -> bool:
        return not await self.missing(notifier)


def at(minute: int) -> str:
    return rfc3339.format_ms(MIDNIGHT_MS + minute * 60_000)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[FullRig]:
    with secured_kafka(tmp_path) as kafka:
        made = FullRig(kafka, f"t{secrets.token_hex(4)}.")
        made.letters, made.commands = set(), set()
        await declare_topics(kafka.bootstrap, made.prefix, partitions=PARTITIONS)
        for role in ROLES:
            await made.give(*documented(role, made.prefix))
        yield made


class Matrix:
    """All roles at work, and one right of one of them that is gone for a while."""

    def __init__(self, rig: FullRig, workers: dict[Role, Worker]) -> None:
        self.rig, self.workers = rig, workers
        self.rows: list[dict[str, Any]] = []

    async def without(self, role: Role, template: Grant, when: When) -> None:
        """Take the right away, see the worker's end, give the right back, see what is missing."""
        worker, own = self.workers[role], self.rig.own(template)
        if when == "at the start":
            assert await worker.terminate() == 0
        before = len(worker.log())
        await self.rig.take(own)
        await self.rig.load(5)
        await self.rig.too_late()
        if when == "at the start":
            worker.start_again()
        code = await self._ended(worker)
        lines = [line for line in worker.log()[before:].splitlines() if REMEDY in line]
        await self.rig.give(own)
        worker.start_again()
        await worker.ready()
        self.rows.append(
            {
                "role": role,
                "right": name_of(template),
                "when": when,
                "code": code,
                "is_named": bool(lines) and own.name in lines[-1],
                "said": said(lines[-1]).replace(self.rig.prefix, "") if lines else "",
                "missing": await self._missing(),
            }
        )
        print(json.dumps(self.rows[-1]))

    async def _ended(self, worker: Worker) -> int | None:
        """Return the exit code; a worker that goes on without the right is ended."""
        try:
            await until(lambda: worker.code is not None, limit_s=END_LIMIT_S)
        except TimeoutError:
            worker.kill()
            return None
        return worker.code

    async def _missing(self) -> list[str]:
        notifier = self.workers["notifier"]
        try:
            await until(lambda: self.rig.is_whole(notifier), every_s=1)
        except TimeoutError:
            return await self.rig.missing(notifier)
        return []


def said(line: str) -> str:
    """Return the cause: a line of the log, or of the command before it has a log."""
    cause: str = json.loads(line)["cause"] if line.startswith("{") else line
    return cause.removeprefix("squall: ")


def keep(rows: list[dict[str, Any]], when: When) -> None:
    """Put the rows into the report in place of those of before."""
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    before = json.loads(REPORT.read_text("utf-8")) if REPORT.exists() else []
    kept = [row for row in before if row["when"] != when] + rows
    REPORT.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


def is_used(template: Grant, when: When) -> bool:
    return when == "at the start" or name_of(template) not in AT_ASSIGNMENT_ALONE


@pytest.mark.parametrize("when", ["at the start", "while it runs"])
async def test_without_any_right_the_worker_ends_and_nothing_is_lost(
    rig: FullRig, when: When
) -> None:
    async with AsyncExitStack() as stack:
        matrix = Matrix(rig, await stack.enter_async_context(all_roles(rig)))
        await rig.load(20)
        assert await matrix._missing() == []
        for role in ROLES:
            for template in rights(role):
                if is_used(template, when):
                    await matrix.without(role, template, when)
    keep(matrix.rows, when)
    assert [row for row in matrix.rows if row["missing"]] == []
    assert [row for row in matrix.rows if row["code"] != 78 or not row["is_named"]] == []
