"""Least privilege (row A1): over TLS with passwords, each role's principal has what is documented.

With that a load runs from end to end. Without one right the worker ends with the right's name and
what to do, and once it is given back nothing is missing: here for some of them, in
``test_every_right`` for all.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, suppress
from itertools import count
from pathlib import Path

import httpx
import pytest

from app.broker import ports
from app.config import ROLES, Role, Topics
from app.config.names import group_id
from app.config.rights import topic_rights
from app.stream.topic_admin import admin_client
from app.wire import window as window_wire
from tests.integration.test_crisis_command import record
from tests.kafka_acl import Grant, grant, revoke
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.secured_kafka import (
    SecuredKafka,
    documented,
    documented_of_the_canary,
    documented_of_the_digest,
    documented_of_the_intake,
    secured_kafka,
)
from tests.unit.digest_values import closed, edges
from tests.worker_tools import Worker, a_mention, header, until, value_of

PARTITIONS = 2
MIDNIGHT_MS = 1_772_323_200_000  # 2026-03-01, when the first mention was published
REMEDY = "docs/operate.md, Rights"
T = "t."  # stands for the prefix in a test's name


def rights(role: Role) -> list[Grant]:
    """Return what the role can't do without: DESCRIBE of a topic is in READ and WRITE."""
    return [one for one in documented(role, T) if one.operation != "describe"]


def name_of(one: object) -> str:
    return f"{one.operation} {one.resource} {one.name}" if isinstance(one, Grant) else str(one)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    with secured_kafka(tmp_path_factory.mktemp("certificates")) as kafka:
        yield kafka


class Rig:
    """A prefix of its own with all topics and rights, and a load that grows."""

    def __init__(self, kafka: SecuredKafka, prefix: str) -> None:
        self.kafka, self.prefix, self.topics = kafka, prefix, Topics(prefix)
        self.sent, self._numbers = 0, count()

    def worker(self, role: str, **more: str) -> Worker:
        variables = self.kafka.variables(role) | {"SQUALL_PARTITIONS": str(PARTITIONS)} | more
        return Worker(role, self.kafka.address, self.prefix, variables=variables)

    def own(self, template: Grant) -> Grant:
        """Return the grant with this rig's names."""
        return next(
            one
            for role in ROLES
            for one, like in zip(documented(role, self.prefix), documented(role, T), strict=True)
            if like == template
        )

    async def give(self, *grants: Grant) -> None:
        async with admin_client({"bootstrap_servers": self.kafka.bootstrap}) as root:
            await grant(root, *grants)

    async def take(self, *grants: Grant) -> None:
        async with admin_client({"bootstrap_servers": self.kafka.bootstrap}) as root:
            await revoke(root, *grants)

    async def send(self, number: int) -> None:
        """Send mentions a minute of event time apart, and among them poison and a command."""
        minutes = [next(self._numbers) for _ in range(number)]
        values = [
            a_mention(n, published_at=f"2026-03-01T{n // 60:02}:{n % 60:02}:00Z") for n in minutes
        ]
        records = [Record(value=value, partition=0) for value in values]
        await produce(
            self.kafka.bootstrap, self.topics.mentions, [*records, Record(value=b"{", partition=1)]
        )
        command = (
            b'{"id": "c%d", "brand": "brand 0", "action": "annotate", "actor": "ada",'
            b' "at": "2026-03-01T00:00:00Z", "note": "seen"}' % minutes[0]
        )
        await produce(self.kafka.bootstrap, self.topics.commands, [Record(value=command)])
        self.sent += number

    async def is_all_scored(self) -> bool:
        log = await read_all(self.kafka.bootstrap, self.topics.scored)
        found = [r for r in log if header(r, "ce_type") == "squall.mention.scored.v1"]
        return len({value_of(r)["mention_id"] for r in found}) == self.sent

    async def is_all_folded(self) -> bool:
        """Tell whether the windows count every mention but the last, whose step may be open."""
        windows = await read_all(self.kafka.bootstrap, self.topics.windows)
        ids = [header(record, "ce_id") for record in windows]
        assert len(ids) == len(set(ids))
        last_ms = MIDNIGHT_MS + (self.sent - 1) * 60_000
        closed = [one for one in map(value_of, windows) if one["start_ms"] < last_ms]
        counted: int = sum(one["mentions"] for one in closed)
        return counted == self.sent - 1


@pytest.fixture
async def rig(secured: SecuredKafka) -> Rig:
    made = Rig(secured, f"t{secrets.token_hex(4)}.")
    await declare_topics(secured.bootstrap, made.prefix, partitions=PARTITIONS)
    for role in ROLES:
        await made.give(*documented(role, made.prefix))
    return made


@asynccontextmanager
async def all_roles(rig: Rig, *but: Role) -> AsyncIterator[dict[Role, Worker]]:
    """Run the roles, each once it is ready."""
    with ExitStack() as stack:
        workers: dict[Role, Worker] = {
            role: stack.enter_context(rig.worker(role)) for role in ROLES if role not in but
        }
        for worker in workers.values():
            await worker.ready()
        yield workers


async def test_the_documented_rights_are_enough(rig: Rig) -> None:
    async with all_roles(rig) as workers:
        await rig.send(40)
        await until(rig.is_all_scored, every_s=0.5)
        await until(rig.is_all_folded, every_s=0.5)
        for role, worker in workers.items():
            assert await worker.terminate() == 0, role
            assert not worker.events("topic_differs") or "configs" not in role
    letters = await read_all(rig.kafka.bootstrap, rig.topics.dead_letter)
    assert [letter.value for letter in letters] == [b"{"]
    (event,) = await read_all(rig.kafka.bootstrap, rig.topics.events)
    assert value_of(event)["type"] == "refused"


async def is_refused_at_the_start(rig: Rig, role: Role, right: Grant) -> None:
    own = rig.own(right)
    await rig.take(own)
    async with all_roles(rig, role):
        await rig.send(20)
        with rig.worker(role) as worker:
            assert await worker.ended() == 78
            (exit_line,) = [line for line in worker.log().splitlines() if REMEDY in line]
            assert own.name in exit_line
            await rig.give(own)
            worker.start_again()
            await worker.ready()
            await until(rig.is_all_scored, every_s=0.5)
            await until(rig.is_all_folded, every_s=0.5)


async def ends_when_it_is_taken_away(rig: Rig, role: Role, right: Grant) -> None:
    own = rig.own(right)
    async with all_roles(rig) as workers:
        await rig.send(10)
        await until(rig.is_all_folded, every_s=0.5)
        await rig.take(own)
        await rig.send(10)
        assert await workers[role].ended() == 78
        (line,) = [line for line in workers[role].log().splitlines() if REMEDY in line]
        assert own.name in line
        await rig.give(own)
        workers[role].start_again()
        await until(rig.is_all_scored, every_s=0.5)
        await until(rig.is_all_folded, every_s=0.5)


def writes(role: Role, topic: str) -> Grant:
    return next(one for one in rights(role) if (one.operation, one.name) == ("write", topic))


@pytest.mark.parametrize(
    ("role", "right"),
    [
        ("scorer", writes("scorer", Topics(T).dead_letter)),
        ("detector", rights("detector")[-1]),
        ("notifier", rights("notifier")[-1]),
    ],
    ids=name_of,
)
async def test_a_missing_right_is_named_at_the_start(rig: Rig, role: Role, right: Grant) -> None:
    await is_refused_at_the_start(rig, role, right)


@pytest.mark.parametrize(
    ("role", "right"), [("detector", writes("detector", Topics(T).brand_state))], ids=name_of
)
async def test_a_right_that_is_taken_away_is_named(rig: Rig, role: Role, right: Grant) -> None:
    await ends_when_it_is_taken_away(rig, role, right)


def test_the_roles_share_no_right_to_write_but_the_dead_letters() -> None:
    topics = Topics()
    written = {role: set(topic_rights(role, topics).write) for role in ROLES}
    assert written["scorer"] & written["detector"] == {topics.dead_letter}
    assert written["notifier"] == set()
    assert group_id("", "scorer") != group_id("", "detector")


async def test_without_tls_nobody_is_let_in(secured: SecuredKafka, tmp_path: Path) -> None:
    strange = tmp_path / "other.pem"
    import trustme

    trustme.CA().cert_pem.write_to_path(strange)
    variables = secured.variables("scorer") | {"SQUALL_KAFKA__SSL_CAFILE": str(strange)}
    with Worker("scorer", secured.address, "nobody.", variables=variables) as worker:
        assert await worker.ended() == 69


async def test_a_canary_without_a_right_names_it(rig: Rig) -> None:
    every = documented_of_the_canary(rig.prefix)
    await rig.give(*[one for one in every if one.operation != "write"])
    with rig.worker("canary") as canary:
        assert await canary.ended() == 78
        (line,) = [line for line in canary.log().splitlines() if REMEDY in line]
        assert f"write {rig.topics.mentions}, may not write {rig.topics.commands}" in line


@pytest.mark.full
async def test_the_canary_needs_the_documented_rights_and_no_others(rig: Rig) -> None:
    every = documented_of_the_canary(rig.prefix)
    groups = [one for one in every if one.resource == "group"]
    await rig.give(*every)
    async with all_roles(rig):
        with rig.worker("canary") as canary:
            await canary.ready()
            await until(lambda: canary.metrics("squall_canary_crisis_seconds_count")[""] >= 1)
            await until(lambda: canary.metrics("squall_canary_mention_seconds_count")[""] >= 1)
            await rig.take(*groups)
            assert await canary.terminate() == 0
            canary.start_again()
            assert await canary.ended() == 78
            (line,) = [line for line in canary.log().splitlines() if REMEDY in line]
            assert group_id(rig.prefix, "notifier") in line


async def test_the_intake_needs_the_documented_rights_and_no_others(rig: Rig) -> None:
    (port,), numbers = ports.choose(1), count()
    hook = {"secret": "0123456789abcdef", "map": {"id": "/id", "text": "/text"}}
    settings = {"port": port, "hooks": {"desk": hook}}
    every = documented_of_the_intake(rig.prefix)
    await rig.give(*every)
    with rig.worker("intake", SQUALL_INTAKE=json.dumps(settings)) as intake:
        await intake.ready()
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            client.headers["Authorization"] = f"Bearer {hook['secret']}"
            answer = await client.post("/in/desk", json={"id": next(numbers), "text": "Late."})
            assert answer.status_code == 202
            await rig.take(*[one for one in every if one.operation == "write"])

            async def is_ended() -> bool:
                """Send until the right is gone everywhere, and the process with it."""
                with suppress(httpx.TransportError):
                    await client.post("/in/desk", json={"id": next(numbers), "text": "Late."})
                return intake.code is not None

            await until(is_ended)
        assert await intake.ended() == 78
        intake.start_again()
        assert await intake.ended() == 78
        (*_, line) = [line for line in intake.log().splitlines() if REMEDY in line]
        assert f"may not write {rig.topics.mentions}" in line


async def test_a_digest_needs_the_documented_rights_and_no_others(rig: Rig) -> None:
    windows = [closed("larkmoor", 0), *edges("larkmoor")]
    records = [record(window_wire.encode(one)) for one in windows]
    await produce(rig.kafka.bootstrap, rig.topics.windows, records)
    every = documented_of_the_digest(rig.prefix)
    await rig.give(*[one for one in every if one.operation != "write"])
    code, said = await digest(rig)
    assert (code, await read_all(rig.kafka.bootstrap, rig.topics.digests)) == (78, [])
    assert f"squall-digest may not write {rig.topics.digests}: grant it" in said
    await rig.give(*[one for one in every if one.operation == "write"])
    code, said = await digest(rig)
    assert (code, "1 written" in said) == (0, True), said
    await rig.take(
        Grant(user="squall-digest", operation="read", resource="topic", name=rig.topics.events)
    )
    code, said = await digest(rig)
    assert (code, f"may not read {rig.topics.events}: grant it" in said) == (78, True), said


async def digest(rig: Rig) -> tuple[int | None, str]:
    """Return how ``squall digest --publish`` of a day ended, and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli.main", "digest", "--publish", "--end", "2026-03-02"),
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("SQUALL")},
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": rig.kafka.address,
            "SQUALL_TOPIC_PREFIX": rig.prefix,
            **rig.kafka.variables("digest"),
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    return process.returncode, said.decode()
