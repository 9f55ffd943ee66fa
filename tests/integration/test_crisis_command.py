"""``squall crisis`` on a real Kafka; the test writes the topics and plays the detector."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from app.config import Topics
from app.core.crisis import EventType, State
from app.core.event import CrisisGone
from app.core.record import Command, Origin
from app.wire import command as command_wire
from app.wire import crisis as crisis_wire
from app.wire import event as event_wire
from app.wire.message import Message
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce, read_all
from tests.unit.report_values import event
from tests.unit.story_values import state_after, steps
from tests.worker_tools import until

pytestmark = pytest.mark.slow
LIMIT_S = 120


class Done(NamedTuple):
    code: int
    out: str
    err: str


def record(message: Message) -> Record:
    return Record(key=message.key, value=message.value, headers=message.headers)


async def squall(
    kafka: Kafka, prefix: str, *arguments: str, group: str = "crisis", watchlist: str = ""
) -> Done:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SQUALL_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli.main", group, *arguments),
        env={
            **kept,
            "COLUMNS": "140",
            "SQUALL_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap,
            "SQUALL_TOPIC_PREFIX": prefix,
            **({"SQUALL_WATCHLIST": watchlist} if watchlist else {}),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    return Done(process.returncode or 0, out.decode(), err.decode())


async def told(kafka: Kafka, prefix: str) -> Topics:
    """Write three crises as the detector would: open, resolved, and one that is closed."""
    topics = await declare_topics(kafka.bootstrap, prefix, partitions=2)
    events = steps()
    other = [msgspec.structs.replace(one, crisis_id="d2", id=f"d{one.seq}") for one in events]
    closed = [msgspec.structs.replace(one, crisis_id="f3", id=f"f{one.seq}") for one in events]
    await produce(
        kafka.bootstrap,
        topics.events,
        [record(event_wire.encode(one)) for one in (*events[:3], *other, *closed, *events[:1])],
    )
    states = [
        crisis_wire.encode(state_after(events[1])),
        crisis_wire.encode(state_after(other[-1])),
        crisis_wire.encode(state_after(closed[-1])),
        crisis_wire.encode(state_after(events[2])),
        crisis_wire.encode_gone(CrisisGone(crisis_id="f3", brand="larkmoor")),
    ]
    await produce(kafka.bootstrap, topics.crisis_state, [record(one) for one in states])
    return topics


async def commands(kafka: Kafka, topics: Topics) -> list[Command]:
    """Return the commands given so far, read as the router reads them."""
    found = []
    for one in await read_all(kafka.bootstrap, topics.commands):
        origin = Origin(topic=topics.commands, partition=0, offset=one.offset)
        read = command_wire.parse(one.value, origin)
        assert isinstance(read, Command)
        found.append(read)
    return found


async def answer(kafka: Kafka, topics: Topics, kind: EventType, **fields: object) -> Command:
    """Wait for a command and answer it with an event of this kind, as the fold does."""
    given: list[Command] = []

    async def is_given() -> bool:
        given[:] = await commands(kafka, topics)
        return bool(given)

    await until(is_given)
    await produce(kafka.bootstrap, topics.events, [record(answering(given[0], kind, **fields))])
    return given[0]


def answering(command: Command, kind: EventType, **fields: object) -> Message:
    made = event(
        kind,
        4,
        47,
        State.ACKNOWLEDGED,
        brand=command.brand,
        crisis_id=command.crisis_id or "",
        actor=command.actor,
        command_id=command.id,
        evidence=None,
        **({"reasons": (f"by {command.actor}",)} | fields),
    )
    return event_wire.encode(made)


def ids(done: Done) -> Sequence[str]:
    return [one["crisis_id"] for one in json.loads(done.out)["crises"]]


async def test_the_list_is_what_the_state_topic_holds(kafka: Kafka, topic_prefix: str) -> None:
    await told(kafka, topic_prefix)
    some = await squall(kafka, topic_prefix, "list", "--json")
    assert (some.code, ids(some)) == (0, ["c1"]), some.err
    assert json.loads(some.out)["crises"][0] == json.loads(
        msgspec.json.encode(state_after(steps()[2]))
    )
    everything = await squall(kafka, topic_prefix, "list", "--all", "--json")
    assert ids(everything) == ["c1", "d2"]
    table = await squall(kafka, topic_prefix, "list")
    assert "larkmoor" in table.out
    assert "critical" in table.out


async def test_the_list_says_which_crises_are_of_an_industry(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix, partitions=2)
    brands = ("larkmoor", "dropwell", "parcelio", "brew")  # on both partitions
    states = [state_after(steps()[1], brand=one, crisis_id=f"c-{one}") for one in brands]
    sent = [record(crisis_wire.encode(one)) for one in states]
    await produce(kafka.bootstrap, topics.crisis_state, sent)
    path = tmp_path / "watchlist.yaml"
    lines = [f"  - {{name: {one}, industry: couriers}}\n" for one in brands[:3]]
    path.write_text("version: 1\nbrands:\n" + "".join(lines) + "  - {name: brew}\n")
    line = "scope: industry (couriers, payment_failure: dropwell, larkmoor, parcelio)"
    table = await squall(kafka, topic_prefix, "list", watchlist=str(path))
    assert (table.code, table.out.count(line)) == (0, 1), table.err
    listed = await squall(kafka, topic_prefix, "list", "--json", watchlist=str(path))
    found = json.loads(listed.out)["scopes"]
    assert {one: found[f"c-{one}"]["scope"] for one in brands} == {
        **dict.fromkeys(brands[:3], "industry"),
        "brew": "brand",
    }
    shown = await squall(kafka, topic_prefix, "show", "c-lark", "--json", watchlist=str(path))
    assert json.loads(shown.out)["scope"] == found["c-larkmoor"]
    path.write_text("version: 1\nbrands:\n" + "".join(lines[:2]))
    broken = await squall(kafka, topic_prefix, "list", "--json", watchlist=str(path))
    assert (broken.code, len(ids(broken)), json.loads(broken.out)["scopes"]) == (0, 4, None)
    assert "no scope is known" in broken.err
    assert "'couriers' has 2 of the 3 brands that it takes" in broken.err


async def test_a_story_is_shown_and_written(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    await told(kafka, topic_prefix)
    shown = json.loads((await squall(kafka, topic_prefix, "show", "d2", "--json")).out)
    assert [one["seq"] for one in shown["events"]] == list(range(1, len(steps()) + 1))
    assert shown["crisis"]["state"] == "resolved"
    page = tmp_path / "story.html"
    done = await squall(kafka, topic_prefix, "show", "c1", "--html", str(page))
    assert done.code == 0, done.err
    assert "severity changed" in page.read_text()
    closed = json.loads((await squall(kafka, topic_prefix, "show", "f3", "--json")).out)
    assert (closed["crisis"], closed["scope"]) == (None, None)
    nobody = await squall(kafka, topic_prefix, "show", "nobody")
    assert (nobody.code, "no crisis 'nobody'" in nobody.err) == (64, True)


async def test_an_acknowledgement_is_given_and_answered(kafka: Kafka, topic_prefix: str) -> None:
    topics = await told(kafka, topic_prefix)
    asked = asyncio.create_task(
        squall(kafka, topic_prefix, "ack", "c1", "--actor", "ann", "--wait", "60", "--note", "mine")
    )
    given = await answer(kafka, topics, EventType.ACKNOWLEDGED)
    done = await asked
    assert (given.action, given.brand, given.crisis_id) == ("acknowledge", "larkmoor", "c1")
    assert (given.actor, given.note) == ("ann", "mine")
    assert (done.code, done.out) == (0, "acknowledged: larkmoor c1, acknowledged: by ann\n")


async def test_a_verdict_is_given_and_counted(kafka: Kafka, topic_prefix: str) -> None:
    topics = await told(kafka, topic_prefix)
    asked = asyncio.create_task(
        squall(kafka, topic_prefix, "confirm", "c1", "--actor", "ann", "--wait", "60")
    )
    given = await answer(kafka, topics, EventType.CONFIRMED)
    done = await asked
    assert (given.action, given.crisis_id) == ("confirm", "c1")
    assert (done.code, done.out) == (0, "confirmed: larkmoor c1, acknowledged: by ann\n")
    counted = await squall(kafka, topic_prefix, "precision", "--json", group="eval")
    assert counted.code == 0, counted.err
    found = json.loads(counted.out)["verdicts"]["all"]
    assert (found["judged"], found["confirmed"], found["unjudged"]) == (1, 1, 2)


async def test_without_an_event_there_is_no_precision(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    done = await squall(kafka, topic_prefix, "precision", group="eval")
    assert (done.code, f"{topics.events} holds no event yet" in done.err) == (65, True), done.err


async def test_a_refusal_exits_with_1_and_says_why(kafka: Kafka, topic_prefix: str) -> None:
    topics = await told(kafka, topic_prefix)
    arguments = ("open", "Acme", "--note", "calls", "--theme", "payment", "--wait", "60", "--json")
    asked = asyncio.create_task(squall(kafka, topic_prefix, *arguments))
    given = await answer(kafka, topics, EventType.REFUSED, reasons=("there is one already",))
    done = await asked
    assert (given.brand, given.theme, given.note) == ("acme", "payment", "calls")
    assert done.code == 1
    assert json.loads(done.out)["reasons"] == ["there is one already"]


async def test_a_command_without_an_answer_is_repeated_but_not_given_twice(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await told(kafka, topic_prefix)
    repeated = ("resolve", "c1", "--actor", "ann", "--command-id", "k-1", "--wait")
    done = await squall(kafka, topic_prefix, *repeated, "1")
    assert (done.code, "no answer within 1 s for larkmoor" in done.err) == (69, True), done.err
    asked = asyncio.create_task(squall(kafka, topic_prefix, *repeated, "60"))
    await answer(kafka, topics, EventType.RESOLVED)
    assert (await asked).code == 0
    # And once it is answered, the answer of then is what counts.
    assert (await squall(kafka, topic_prefix, *repeated, "0")).code == 0
    assert [one.id for one in await commands(kafka, topics)] == ["k-1"]
    other = await squall(kafka, topic_prefix, "ack", "c1", "--command-id", "k-1", "--actor", "ann")
    assert (other.code, "belongs to another command" in other.err) == (64, True), other.err


async def test_an_author_is_erased_by_pseudonym_alone(kafka: Kafka, topic_prefix: str) -> None:
    topics = await told(kafka, topic_prefix)
    arguments = ("erase-author", "--handle", "the.handle", "--brand", "acme", "--wait", "60")
    asked = asyncio.create_task(squall(kafka, topic_prefix, *arguments))
    given = await answer(kafka, topics, EventType.ERASED)
    done = await asked
    assert done.code == 0, done.err
    assert len(given.author or "") == 16
    stored = await read_all(kafka.bootstrap, topics.commands)
    assert b"the.handle" not in b"".join(one.value or b"" for one in stored)


async def test_a_topic_that_is_missing_is_named(kafka: Kafka, topic_prefix: str) -> None:
    done = await squall(kafka, topic_prefix, "list")
    assert (done.code, "squall topics apply" in done.err) == (69, True)
