"""Events, windows, crisis states and dead letters: keys, headers and refusals."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from app.core.crisis import EventType, Severity, State
from app.core.event import ClosedWindow, CrisisEvent, CrisisState
from app.core.mention import Rejected, RejectReason
from app.errors import InternalError
from app.wire import cloudevents, crisis, deadletter, event, window
from app.wire.message import Message

EVENT = CrisisEvent(
    id="77aa",
    type=EventType.OPENED,
    brand="acme",
    crisis_id="c0ffee",
    seq=2,
    state=State.OPEN,
    previous_state=State.WATCH,
    severity=Severity.ERROR,
    time_ms=1_772_442_900_000,
    reasons=("48 negatives",),
)
WINDOW = ClosedWindow(
    brand="acme",
    start_ms=1_772_442_870_000,
    end_ms=1_772_442_900_000,
    mentions=14,
    distinct=9,
    negatives=6,
    positives=1,
    neutrals=1,
    uncertain=1,
    unscored=0,
    reach=18_300,
    expected_mentions=4.1,
    expected_negatives=0.6,
    upper_negatives=3.0,
    score=0.93,
    severity_score=0.95,
    state=State.OPEN,
)
CRISIS = CrisisState(
    crisis_id="c0ffee",
    brand="acme",
    state=State.OPEN,
    severity=Severity.ERROR,
    seq=2,
    watch_since_ms=1_772_442_840_000,
    updated_ms=1_772_442_900_000,
)


def test_an_event_is_keyed_by_its_crisis_and_carries_its_own_id() -> None:
    message = event.encode(EVENT)
    assert message.key == b"c0ffee"
    assert message.value == (
        b'{"id":"77aa","type":"opened","brand":"acme","crisis_id":"c0ffee","seq":2,"state":"open",'
        b'"previous_state":"watch","severity":"error","time_ms":1772442900000,'
        b'"reasons":["48 negatives"]}'
    )
    assert dict(message.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"77aa",
        "ce_type": b"squall.crisis.opened.v1",
        "ce_source": b"/squall/detector",
        "ce_time": b"2026-03-02T09:15:00.000Z",
        "ce_subject": b"acme",
        "content-type": b"application/json",
    }


def test_an_event_without_a_crisis_is_keyed_by_its_brand() -> None:
    warmed = msgspec.structs.replace(EVENT, type=EventType.WARMED, crisis_id="", seq=0)
    assert event.encode(warmed).key == b"acme"


@pytest.mark.parametrize("event_type", EventType)
def test_every_type_of_event_has_a_ce_type_that_is_read(event_type: EventType) -> None:
    sent = msgspec.structs.replace(EVENT, type=event_type)
    message = event.encode(sent)
    assert event.decode(message.value, message.headers) == sent


def test_an_event_whose_header_says_otherwise_is_refused() -> None:
    headers = cloudevents.headers("77aa", "squall.crisis.resolved.v1", "/squall/detector", 0, "")
    answer = event.decode(event.encode(EVENT).value, headers)
    assert isinstance(answer, Rejected)
    assert answer.reason is RejectReason.BAD_VALUE


def test_windows_and_crises_are_keyed_for_their_readers() -> None:
    assert window.encode(WINDOW).key == b"acme"
    assert crisis.encode(CRISIS).key == b"c0ffee"


def test_a_changed_value_has_another_id() -> None:
    windows = [WINDOW, WINDOW, msgspec.structs.replace(WINDOW, negatives=7)]
    crises = [CRISIS, CRISIS, msgspec.structs.replace(CRISIS, seq=3)]
    for messages in ([*map(window.encode, windows)], [*map(crisis.encode, crises)]):
        ids = [dict(message.headers)["ce_id"] for message in messages]
        assert ids[0] == ids[1] != ids[2]


DECODERS: tuple[Any, ...] = (event, window, crisis)


@pytest.mark.parametrize("module", DECODERS)
@pytest.mark.parametrize("event_type", ["squall.crisis.opened.v2", "squall.heartbeat.v1", ""])
def test_an_unknown_type_is_an_unknown_schema(module: Any, event_type: str) -> None:
    answer = module.decode(b"{}", cloudevents.headers("1", event_type, "/x", 0, ""))
    assert isinstance(answer, Rejected)
    assert answer.reason is RejectReason.UNKNOWN_SCHEMA


@pytest.mark.parametrize("module", DECODERS)
def test_a_value_past_256_kib_is_too_large(module: Any) -> None:
    answer = module.decode(b" " * (256 * 1024 + 1))
    assert isinstance(answer, Rejected)
    assert answer.reason is RejectReason.TOO_LARGE


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_json_lacks_is_never_published(number: float) -> None:
    with pytest.raises(InternalError, match=r"\$\.score"):
        window.encode(msgspec.structs.replace(WINDOW, score=number))


def dead_letter(**changed: Any) -> Message:
    fields: dict[str, Any] = {
        "key": b"\xff\x00",
        "value": b"\x00not json",
        "reason": RejectReason.BAD_JSON,
        "detail": "no JSON at character 0",
        "topic": "mentions",
        "partition": 3,
        "offset": 41,
        "timestamp_ms": 1_772_442_900_000,
    }
    return deadletter.encode(**{**fields, **changed})


def test_a_dead_letter_keeps_key_and_value_and_says_where_it_stood() -> None:
    message = dead_letter()
    assert (message.key, message.value) == (b"\xff\x00", b"\x00not json")
    assert message.headers == (
        ("squall_reason", b"bad_json"),
        ("squall_detail", b"no JSON at character 0"),
        ("squall_topic", b"mentions"),
        ("squall_partition", b"3"),
        ("squall_offset", b"41"),
        ("squall_timestamp_ms", b"1772442900000"),
        ("squall_version", b"0.1.0"),
    )


def test_a_tombstone_stays_one() -> None:
    message = dead_letter(key=None, value=None, reason=RejectReason.EMPTY, timestamp_ms=-1)
    assert (message.key, message.value) == (None, None)
    answer = deadletter.decode(message.key, message.value, message.headers)
    assert isinstance(answer, deadletter.DeadLetter)
    assert (answer.value, answer.timestamp_ms) == (None, -1)


@pytest.mark.parametrize("reason", RejectReason)
def test_every_reason_can_be_written_and_read(reason: RejectReason) -> None:
    message = dead_letter(reason=reason)
    answer = deadletter.decode(message.key, message.value, message.headers)
    assert isinstance(answer, deadletter.DeadLetter)
    assert answer.reason is reason


@pytest.mark.parametrize("detail", ["x" * 300, "ż" * 200, "\ud800" * 300, "😀" * 65])
def test_a_long_detail_is_cut_between_characters(detail: str) -> None:
    message = dead_letter(detail=detail)
    cut = dict(message.headers)["squall_detail"]
    assert 253 <= len(cut) <= 256
    assert isinstance(
        deadletter.decode(message.key, message.value, message.headers), deadletter.DeadLetter
    )
    assert cut.decode() in detail.encode(errors="replace").decode()


def test_stable_ids_keep_their_parts_apart() -> None:
    ids = {
        cloudevents.stable_id("ab", "c"),
        cloudevents.stable_id("a", "bc"),
        cloudevents.stable_id("abc"),
        cloudevents.stable_id("abc", ""),
    }
    assert len(ids) == 4
    assert cloudevents.stable_id("a", 1) == cloudevents.stable_id("a", "1")
