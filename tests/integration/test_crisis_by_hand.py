"""C32, C44: a person leads a crisis with ``squall crisis``; the real router and detector answer,
and the state topic holds what the answers say.
"""

from __future__ import annotations

import json

import pytest

from app.core.crisis import EventType, State
from app.core.event import CrisisEvent, CrisisState
from app.wire import crisis as crisis_wire
from app.wire import event as event_wire
from tests.conftest import Kafka
from tests.integration.test_crisis_command import squall
from tests.kafka_tools import declare_topics, read_all
from tests.worker_tools import Worker, records, send_mentions

pytestmark = pytest.mark.slow
SCORED = "squall.mention.scored.v1"
ORDERS = (
    ("open", "brand 1", "--theme", "safety", "--severity", "error", "--note", "calls at the desk"),
    ("assign", "@", "service desk"),
    ("ack", "@"),
    ("annotate", "@", "the batch is known"),
    ("silence", "brand 1", "--until", "2099-01-01T00:00:00Z", "--note", "planned"),
    ("resolve", "@"),
    ("false-positive", "@"),
)


async def test_a_crisis_is_led_by_hand_from_end_to_end(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await send_mentions(kafka.bootstrap, topics, range(300))
    codes: list[int] = []
    with (
        Worker("scorer", kafka.bootstrap, topic_prefix),
        Worker("detector", kafka.bootstrap, topic_prefix),
    ):
        await records(kafka.bootstrap, topics.windows, 1)  # so there is an event time
        crisis_id = ""
        for action, target, *options in ORDERS:
            named = crisis_id if target == "@" else target
            done = await squall(
                kafka, topic_prefix, action, named, *options, "--actor", "ada", "--wait", "60"
            )
            codes.append(done.code)
            if action == "open":
                found = await read_all(kafka.bootstrap, topics.crisis_state)
                crisis_id = crisis_wire_id(found[-1].value)
        listed = await squall(kafka, topic_prefix, "list", "--all", "--json")
    # A silence until 2099 is longer than any may be.
    assert codes == [0, 0, 0, 0, 1, 0, 0], codes
    events = [
        event
        for one in await read_all(kafka.bootstrap, topics.events)
        if isinstance(event := event_wire.decode(one.value, one.headers), CrisisEvent)
        and event.command_id
    ]
    assert [event.type for event in events] == [
        EventType.OPENED,
        EventType.ASSIGNED,
        EventType.ACKNOWLEDGED,
        EventType.ANNOTATED,
        EventType.REFUSED,
        EventType.RESOLVED,
        EventType.FALSE_POSITIVE,
    ]
    assert {event.actor for event in events} == {"ada"}
    last = (await read_all(kafka.bootstrap, topics.crisis_state))[-1]
    state = crisis_wire.decode(last.value, last.headers)
    assert isinstance(state, CrisisState)
    assert (state.state, state.owner, state.theme) == (State.RESOLVED, "service desk", "safety")
    assert state.acknowledged_by == "ada"
    assert [one["crisis_id"] for one in json.loads(listed.out)["crises"]] == [crisis_id]


def crisis_wire_id(value: bytes | None) -> str:
    return str(json.loads(value or b"{}")["crisis_id"])
