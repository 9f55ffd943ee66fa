"""The notifier on a real Kafka, with an Alertmanager that the test plays."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from msgspec.structs import replace

from app.config import Topics
from app.core.crisis import EventType, Severity, State
from app.core.event import CrisisEvent, CrisisState
from app.wire import crisis as crisis_wire
from app.wire import event as event_wire
from app.wire.message import Message
from tests.conftest import Kafka
from tests.kafka_tools import Record, declare_topics, produce
from tests.worker_tools import Worker, until

TIME_MS = 1_772_366_400_000


class Alertmanager:
    """What was posted, and the status to answer with."""

    def __init__(self) -> None:
        self.alerts: list[dict[str, Any]] = []
        self.status = 200
        self.posts = 0

    def of(self, crisis_id: str) -> list[dict[str, Any]]:
        return [alert for alert in self.alerts if alert["labels"]["crisis_id"] == crisis_id]


@contextmanager
def an_alertmanager() -> Iterator[tuple[Alertmanager, dict[str, str]]]:
    """Yield it with the variables of a notifier that talks to it."""
    state = Alertmanager()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.posts += 1
            if state.status == 200:
                state.alerts += body
            self.send_response(state.status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield (
            state,
            {
                "SQUALL_NOTIFIER__ALERTMANAGER_URL": url,
                "SQUALL_NOTIFIER__RESEND_S": "5",
                "SQUALL_NOTIFIER__RETRY_S": "2",
            },
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def an_event(crisis_id: str, kind: EventType, seq: int, state: State) -> CrisisEvent:
    return CrisisEvent(
        id=f"{crisis_id}-{seq}",
        type=kind,
        brand="brand 1",
        crisis_id=crisis_id,
        seq=seq,
        state=state,
        previous_state=State.WATCH,
        severity=Severity.ERROR,
        time_ms=TIME_MS + seq,
        reasons=("a rise",),
    )


def opened(crisis_id: str) -> CrisisEvent:
    return an_event(crisis_id, EventType.OPENED, 2, State.OPEN)


def resolved(crisis_id: str) -> CrisisEvent:
    return an_event(crisis_id, EventType.RESOLVED, 3, State.RESOLVED)


def state_of(event: CrisisEvent) -> CrisisState:
    return CrisisState(
        crisis_id=event.crisis_id,
        brand=event.brand,
        state=event.state,
        severity=event.severity,
        seq=event.seq,
        watch_since_ms=TIME_MS,
        updated_ms=event.time_ms,
        opened_ms=TIME_MS,
        resolved_ms=event.time_ms if event.state is State.RESOLVED else None,
        reasons=event.reasons,
        theme=event.theme,
    )


async def publish(
    kafka: Kafka, topics: Topics, events: list[CrisisEvent], *, is_committed: bool = True
) -> None:
    """Write events and crisis states in one transaction, as the detector does."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, transactional_id=f"{topics.events}-test"
    )
    await producer.start()
    await producer.begin_transaction()
    for event in events:
        await _send(producer, topics.events, event_wire.encode(event))
        await _send(producer, topics.crisis_state, crisis_wire.encode(state_of(event)))
    await (producer.commit_transaction() if is_committed else producer.abort_transaction())
    await producer.stop()


async def _send(producer: AIOKafkaProducer, topic: str, message: Message) -> None:
    await producer.send_and_wait(
        topic, message.value, key=message.key, partition=1, headers=list(message.headers)
    )


async def test_a_crisis_is_told_kept_up_and_ended(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with (
        an_alertmanager() as (sink, variables),
        Worker("notifier", kafka.bootstrap, topic_prefix, variables=variables) as worker,
    ):
        await worker.ready()
        await publish(kafka, topics, [opened("aborted")], is_committed=False)
        await publish(kafka, topics, [opened("one")])
        await until(lambda: len(sink.of("one")) >= 1)
        await until(lambda: len(sink.of("one")) >= 2)  # sent again, else it would expire
        await publish(kafka, topics, [resolved("one")])
        await until(lambda: "endsAt" in sink.of("one")[-1])
        assert worker.metrics("squall_notifications_total")[
            'outcome="sent",sink="alertmanager"'
        ] == len(sink.alerts)
        assert not sink.of("aborted")
        assert await worker.terminate() == 0


async def test_an_alert_says_what_stands_at_competitors_of_which_no_event_came(
    kafka: Kafka, topic_prefix: str, tmp_path: Path
) -> None:
    """Of the competitors there is no event, and their states come after the partitions did."""
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    brands = ("brand 1", "brand 2", "brand 3")
    listed = "".join(f"  - {{name: {one}, industry: couriers}}\n" for one in brands)
    path = tmp_path / "watchlist.yaml"
    path.write_text(f"version: 1\nbrands:\n{listed}")
    own = replace(opened("one"), theme="delivery")
    others = [replace(own, brand=one, crisis_id=one) for one in brands[1:]]

    def last(name: str) -> str | None:
        told: str | None = sink.of("one")[-1][name].get("scope")
        return told

    with (
        an_alertmanager() as (sink, variables),
        Worker(
            "notifier",
            kafka.bootstrap,
            topic_prefix,
            variables=variables | {"SQUALL_WATCHLIST": str(path)},
        ) as worker,
    ):
        await worker.ready()
        await publish(kafka, topics, [own])
        await until(lambda: bool(sink.of("one")) and last("annotations") == "brand")
        messages = [crisis_wire.encode(state_of(one)) for one in others]
        records = [Record(key=one.key, value=one.value, headers=one.headers) for one in messages]
        await produce(kafka.bootstrap, topics.crisis_state, records)
        scope = "industry (couriers, delivery_wave: brand 1, brand 2, brand 3)"
        await until(lambda: last("annotations") == scope)
        assert last("labels") is None
        worker.kill()
        sink.alerts.clear()
        worker.start_again()
        await until(lambda: bool(sink.of("one")) and last("annotations") == scope)
        await publish(kafka, topics, [resolved("one")])
        await until(lambda: "endsAt" in sink.of("one")[-1])
        assert await worker.terminate() == 0


async def test_an_open_crisis_is_taken_up_after_a_restart(kafka: Kafka, topic_prefix: str) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await publish(kafka, topics, [opened("one"), opened("two"), resolved("two")])
    with (
        an_alertmanager() as (sink, variables),
        Worker("notifier", kafka.bootstrap, topic_prefix, variables=variables) as worker,
    ):
        await until(lambda: len(sink.of("one")) >= 1)
        await until(lambda: set(worker.metrics("squall_consumer_lag").values()) == {0})
        worker.kill()
        sink.alerts.clear()
        worker.start_again()
        await until(lambda: len(sink.of("one")) >= 1)
        assert "endsAt" not in sink.of("one")[0]
        assert all("endsAt" in alert for alert in sink.of("two"))


async def test_while_the_sink_is_down_nothing_is_acknowledged(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    with (
        an_alertmanager() as (sink, variables),
        Worker("notifier", kafka.bootstrap, topic_prefix, variables=variables) as worker,
    ):
        await worker.ready()
        sink.status = 503
        await publish(kafka, topics, [opened("one")])
        assert await worker.ended() == 69
        assert sink.posts > 1
        assert "Alertmanager" in worker.events("exit")[-1]["cause"]
        sink.status = 200
        worker.start_again()
        await until(lambda: len(sink.of("one")) >= 1)


async def test_without_a_sink_events_are_logged_and_acknowledged(
    kafka: Kafka, topic_prefix: str
) -> None:
    topics = await declare_topics(kafka.bootstrap, topic_prefix)
    await publish(kafka, topics, [opened("one")])
    with Worker("notifier", kafka.bootstrap, topic_prefix) as worker:
        await until(lambda: len(worker.events("crisis_event")) == 1)
        assert worker.events("crisis_event")[0]["crisis_id"] == "one"
        assert await worker.terminate() == 0
        worker.start_again()
        await worker.ready()
        await publish(kafka, topics, [resolved("one")])
        await until(lambda: len(worker.events("crisis_event")) == 2)
