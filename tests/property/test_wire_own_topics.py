"""Squall's own records come back equal, in the same bytes; foreign bytes get an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.digest import Digest, RecurringCause
from app.core.event import ClosedWindow, CrisisEvent, CrisisState, Labelled
from app.core.mention import Rejected, RejectReason
from app.core.record import Command, LogRecord, Origin
from app.wire import cloudevents, command, crisis, deadletter, digest, event, labelled, log, window
from tests.wire_values import (
    CAUSES,
    COMMANDS,
    CRISES,
    DEAD_LETTERS,
    DIGESTS,
    EVENTS,
    LABELLED,
    LOG_RECORDS,
    WINDOWS,
)

SOME = settings(max_examples=300, derandomize=True, deadline=None, database=None)
MANY = settings(max_examples=1_000, derandomize=True, deadline=None, database=None)
ORIGIN = Origin(topic="crisis.commands", partition=0, offset=7)


@SOME
@given(LOG_RECORDS)
def test_a_log_record_comes_back(record: LogRecord) -> None:
    message = log.encode(record)
    assert log.decode(message.value, message.headers) == record
    assert log.encode(record) == message


@SOME
@given(EVENTS)
def test_an_event_comes_back(sent: CrisisEvent) -> None:
    message = event.encode(sent)
    assert event.decode(message.value, message.headers) == sent
    assert event.decode(message.value) == sent
    assert event.encode(sent) == message


@SOME
@given(WINDOWS)
def test_a_window_comes_back(sent: ClosedWindow) -> None:
    message = window.encode(sent)
    assert window.decode(message.value, message.headers) == sent
    assert window.encode(sent) == message


@SOME
@given(CRISES)
def test_a_crisis_comes_back(sent: CrisisState) -> None:
    message = crisis.encode(sent)
    assert crisis.decode(message.value, message.headers) == sent
    assert crisis.encode(sent) == message


@SOME
@given(LABELLED)
def test_a_labelled_mention_comes_back(sent: Labelled) -> None:
    message = labelled.encode(sent)
    assert labelled.decode(message.value, message.headers) == sent
    assert labelled.encode(sent) == message


@SOME
@given(DIGESTS | CAUSES)
def test_a_digest_and_a_cause_come_back(sent: Digest | RecurringCause) -> None:
    message = digest.encode(sent)
    assert digest.decode(message.value, message.headers) == sent
    assert digest.encode(sent) == message


@SOME
@given(COMMANDS)
def test_a_command_comes_back(sent: Command) -> None:
    assert command.parse(command.encode(sent), sent.origin) == sent


@SOME
@given(DEAD_LETTERS)
def test_a_dead_letter_comes_back_with_the_bytes_it_had(sent: deadletter.DeadLetter) -> None:
    message = deadletter.encode(
        key=sent.key,
        value=sent.value,
        reason=sent.reason,
        detail=sent.detail,
        topic=sent.topic,
        partition=sent.partition,
        offset=sent.offset,
        timestamp_ms=sent.timestamp_ms,
    )
    assert (message.key, message.value) == (sent.key, sent.value)
    assert deadletter.decode(message.key, message.value, message.headers) == sent


def of_type(event_type: str) -> tuple[tuple[str, bytes], ...]:
    return cloudevents.headers("1", event_type, "/test", 0, "")


DECODERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "mention": (
        lambda value: log.decode(value, of_type(log.MENTION_TYPE)),
        b'{"brand":"a","mention_id":"1","origin":{"topic":"m","partition":0,"offset":1},"label":'
        b'"negative","event_time_ms":1,"probabilities":[1,0,0],"model":"m","fingerprint":"f",'
        b'"author":"a","source":"social"}',
    ),
    "heartbeat": (
        lambda value: log.decode(value, of_type(log.HEARTBEAT_TYPE)),
        b'{"topic":"m","partition":0,"partitions":1,"time_ms":1,"is_caught_up":true,"at_ms":1}',
    ),
    "command": (
        lambda value: command.parse(value, ORIGIN),
        b'{"id":"1","brand":"a","action":"resolve","actor":"a","at":"2026-03-02T09:16:40Z"}',
    ),
    "event": (
        event.decode,
        b'{"id":"1","type":"warmed","brand":"a","crisis_id":"","seq":0,"state":"quiet",'
        b'"previous_state":"quiet","severity":"info","time_ms":1,"reasons":["x"]}',
    ),
    "correction": (
        lambda value: command.parse(value, ORIGIN),
        b'{"id":"1","brand":"a","action":"correct-label","actor":"a","at":"2026-03-02T09:16:40Z",'
        b'"mention_id":"m","label":"neutral","source":"social","model_label":"negative"}',
    ),
    "labelled": (
        labelled.decode,
        b'{"id":"1","brand":"a","mention_id":"m","label":"neutral","labeller":"f","at_ms":1,'
        b'"command_id":"c"}',
    ),
    "digest": (
        lambda value: digest.decode(value, of_type(digest.PERIOD_TYPE)),
        b'{"id":"1","brand":"a","period":"day","name":"2026-03-02","zone":"UTC","start_ms":1,'
        b'"end_ms":2,"is_whole":true,"opened":0,"resolved":0,"false_alarms":0,"crises":[],'
        b'"burning":{}}',
    ),
    "crisis": (
        crisis.decode,
        b'{"crisis_id":"1","brand":"a","state":"open","severity":"info","seq":1,'
        b'"watch_since_ms":1,"updated_ms":1}',
    ),
}


@pytest.mark.parametrize("name", DECODERS)
def test_the_bytes_that_are_spoilt_are_good_at_first(name: str) -> None:
    decode, valid = DECODERS[name]
    assert not isinstance(decode(valid), Rejected)


@pytest.mark.parametrize("name", DECODERS)
def test_spoilt_bytes_get_an_answer(name: str) -> None:
    decode, valid = DECODERS[name]

    @MANY
    @given(st.lists(st.tuples(st.integers(0, len(valid) - 1), st.integers(0, 255)), max_size=4))
    def spoil(changes: list[tuple[int, int]]) -> None:
        value = bytearray(valid)
        for position, byte in changes:
            value[position] = byte
        answer = decode(bytes(value))
        assert not isinstance(answer, Rejected) or answer.reason in RejectReason

    spoil()


@SOME
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ce_type", "ce_specversion", "content-type", "x"]),
            st.none() | st.binary(max_size=300),
        )
    )
)
def test_any_headers_get_an_answer(headers: list[tuple[str, bytes | None]]) -> None:
    assert isinstance(log.decode(b"{}", headers), Rejected)
    assert isinstance(deadletter.decode(None, b"", headers), Rejected)
