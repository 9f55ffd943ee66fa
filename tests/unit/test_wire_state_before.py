"""Stored records of the layout before, as that version wrote them, are read and folded on (U1).

``data/state_layout_2`` holds brand larkmoor and its partition's clock while the stream below was
folded: before its wave, and with its crisis watched, open and resolved.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from app.core import recent
from app.core.crisis import Severity, State
from app.core.detector import calibration
from app.core.event import ClosedWindow, CrisisEvent, Output
from app.core.partition import PartitionFold
from app.core.record import LogRecord
from app.core.share import usual_errors
from app.core.state import STATE_VERSION, BrandState
from app.core.watermark import PartitionClock
from app.errors import StateError
from app.stream.load import restore
from app.wire import state as wire
from tests.unit.folding import MONDAY_MS, QUICK, Stream

DATA = Path(__file__).parent / "data/state_layout_2"
KEY = b"larkmoor"
CRISIS_ID = "61f02999ab5205da605e30da"
CRISIS_MS = MONDAY_MS + 40 * 3_600_000
MOMENTS = ("quiet", "watch", "open", "resolved")


@pytest.fixture(autouse=True)
def as_calibrated_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threshold fall at the pace of the version that wrote the records, on both sides."""
    monkeypatch.setattr(calibration, "SEARCH", 1.0)


def brand_bytes(moment: str) -> bytes:
    return (DATA / f"{moment}.brand.bin").read_bytes()


def decoded(moment: str) -> BrandState:
    state = wire.decode(KEY, brand_bytes(moment))
    assert isinstance(state, BrandState)
    return state


def the_log() -> list[LogRecord]:
    stream = Stream(1, per_day=300).wave(CRISIS_MS, 2, per_hour=60, negative_share=0.9)
    return stream.records(days=3)


def folded_on(moment: str) -> tuple[PartitionFold, list[Output]]:
    """Return what today's fold makes of the rest of the log."""
    clock = (DATA / f"{moment}.clock.bin").read_bytes()
    fold = restore(QUICK, {KEY: brand_bytes(moment), wire.CLOCK_KEY: clock})
    return fold, applied(fold)


def applied(fold: PartitionFold) -> list[Output]:
    return [out for offset, one in enumerate(the_log()) for out in fold.apply(offset, one)]


def windows_of(outputs: list[Output], since_ms: int) -> list[ClosedWindow]:
    """Return the closed windows without what only today's lifecycle knows."""
    windows = [one for one in outputs if isinstance(one, ClosedWindow)]
    return [
        msgspec.structs.replace(one, state=State.QUIET, second_score=0.0)
        for one in windows
        if one.start_ms >= since_ms
    ]


def counts_of(one: ClosedWindow) -> tuple[int, ...]:
    return (one.start_ms, one.mentions, one.distinct, one.negatives, one.unscored, one.uncertain)


def events_of(outputs: list[Output]) -> list[CrisisEvent]:
    return [one for one in outputs if isinstance(one, CrisisEvent) and one.crisis_id == CRISIS_ID]


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_files_are_of_the_layout_before(moment: str) -> None:
    assert brand_bytes(moment)[0] == (DATA / f"{moment}.clock.bin").read_bytes()[0] == 2


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_field_but_the_crisis_is_as_it_was_stored(moment: str) -> None:
    before = msgspec.msgpack.decode(brand_bytes(moment)[1:], strict=False)
    after = msgspec.msgpack.decode(msgspec.msgpack.encode(decoded(moment)))
    moved = {"version", "episode", "episodes", "pending", "fingerprints", "channels", "rings"}
    moved.add("recent")
    assert {name: value for name, value in before.items() if name not in moved} == {
        name: value for name, value in after.items() if name in before and name not in moved
    }
    assert after["version"] == STATE_VERSION
    assert after["crises"] == before["episodes"]
    assert {place: step["items"] for place, step in after["pending"].items()} == {
        place: step["items"] for place, step in before["pending"].items()
    }
    assert len(after["recent"]) == len(before["recent"])
    for at in range(0, len(before["recent"]), 8):  # but for the three bits of its emotions
        known = before["recent"][at : at + 8]
        number, place = int.from_bytes(known[:4], "big"), int.from_bytes(known[4:7], "big")
        found = recent.look_up(after["recent"], number, place)
        assert found is not None
        assert found[2] == known[7]
    assert list(after["fingerprints"].items()) == list(before["fingerprints"].items())
    for name, channel in before["channels"].items():
        assert {part: after["channels"][name][part] for part in channel} == channel


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_count_has_errors_or_emotions(moment: str) -> None:
    """Layout 2 knew no correction for the model's errors, and no emotions: its counts stand as they
    are.
    """
    before = msgspec.msgpack.decode(brand_bytes(moment)[1:], strict=False)
    state = decoded(moment)
    for name in ("fine", "blocks", "long", "sums"):
        stored = [[*row, 0, 0, 0] for row in before["rings"][name]]
        assert getattr(state.rings, name) == stored
    assert (state.share_missed, state.share_false, state.share_weighed) == (0.0, 0.0, 0.0)
    assert usual_errors(state) is None  # no gate asks for it before it is learnt


def test_nothing_is_known_of_the_time_before_a_rise() -> None:
    """Layout 2 kept no copy: a crisis under way has taught what it taught, and goes on."""
    state = decoded("open")
    assert state.before is None
    assert {one.held_until for one in state.channels.values()} == {0}


def test_a_brand_without_a_crisis_has_none() -> None:
    assert decoded("quiet").episodes == {}


@pytest.mark.parametrize(
    ("moment", "state", "seq"),
    [("watch", State.WATCH, 1), ("open", State.OPEN, 3), ("resolved", State.RESOLVED, 7)],
)
def test_a_crisis_keeps_its_name_and_number(moment: str, state: State, seq: int) -> None:
    ((theme, crisis),) = decoded(moment).episodes.items()
    assert (theme, crisis.theme, crisis.crisis_id) == ("", "", CRISIS_ID)
    assert (crisis.state, crisis.seq) == (state, seq)
    assert crisis.evidence is not None
    assert crisis.evidence.readings


def test_who_took_it_and_how_bad_it_is_are_kept() -> None:
    fields = msgspec.msgpack.decode(brand_bytes("open")[1:])
    fields["episode"] |= {"state": "acknowledged", "acknowledged_by": "ada"}
    state = wire.decode(KEY, b"\x02" + msgspec.msgpack.encode(fields))
    assert isinstance(state, BrandState)
    crisis = state.episodes[""]
    assert (crisis.state, crisis.acknowledged_by) == (State.ACKNOWLEDGED, "ada")
    assert crisis.severity is not Severity.INFO
    assert crisis.opened_ms is not None


@pytest.mark.parametrize("over", ["quiet", "dismissed"])
def test_a_crisis_that_nothing_can_follow_is_let_go(over: str) -> None:
    fields = msgspec.msgpack.decode(brand_bytes("open")[1:])
    fields["episode"]["state"] = over
    state = wire.decode(KEY, b"\x02" + msgspec.msgpack.encode(fields))
    assert isinstance(state, BrandState)
    assert state.episodes == {}
    assert state.crises == 1


def test_the_windows_go_on_as_if_today_s_version_had_folded_all() -> None:
    since_ms = decoded("quiet").rings.next_step * 30_000
    whole = applied(PartitionFold(QUICK))
    assert windows_of(folded_on("quiet")[1], since_ms) == windows_of(whole, since_ms)


@pytest.mark.parametrize("moment", ["watch", "open", "resolved"])
def test_once_a_rise_has_taught_the_counts_go_on_and_what_is_usual_nearly(moment: str) -> None:
    """The version before let a rise teach until its crisis opened, and after its end."""
    since_ms = decoded(moment).rings.next_step * 30_000
    ours = windows_of(folded_on(moment)[1], since_ms)
    whole = windows_of(applied(PartitionFold(QUICK)), since_ms)
    assert [counts_of(one) for one in ours] == [counts_of(one) for one in whole]
    for one, other in zip(ours, whole, strict=True):
        assert one.expected_negatives == pytest.approx(other.expected_negatives, rel=0.25)
        assert one.expected_mentions == pytest.approx(other.expected_mentions, rel=0.25)


@pytest.mark.parametrize(("moment", "seq"), [("quiet", 0), ("watch", 1), ("open", 3)])
def test_a_crisis_goes_on_and_ends(moment: str, seq: int) -> None:
    events = events_of(folded_on(moment)[1])
    assert [event.seq for event in events] == list(range(seq + 1, seq + 1 + len(events)))
    assert State.RESOLVED in {event.state for event in events}


def test_nobody_is_asked_for_the_time_before_the_upgrade() -> None:
    now_ms = decoded("open").rings.next_step * 30_000
    asked = [event for event in events_of(folded_on("open")[1]) if event.escalated_to is not None]
    assert asked[0].time_ms >= now_ms + QUICK.escalate_ms


def test_a_crisis_resolved_before_is_closed_in_its_time() -> None:
    fold, outputs = folded_on("resolved")
    (closed,) = (event for event in events_of(outputs) if event.state is State.CLOSED)
    assert closed.seq == 8
    assert "" not in fold.brands["larkmoor"].state.episodes


def test_the_clock_of_the_layout_before_is_read() -> None:
    clock = wire.decode(wire.CLOCK_KEY, (DATA / "open.clock.bin").read_bytes())
    assert isinstance(clock, PartitionClock)
    assert clock.applied == decoded("open").applied


def test_what_is_written_is_of_today() -> None:
    message = wire.encode_brand(decoded("open"))
    assert message.value is not None
    assert message.value[0] == STATE_VERSION
    assert wire.decode(KEY, message.value) == decoded("open")


@pytest.mark.parametrize("layout", [0, 1, STATE_VERSION + 1, 255])
@pytest.mark.parametrize("key", [KEY, wire.CLOCK_KEY])
def test_any_other_layout_is_refused_with_what_to_do(layout: int, key: bytes) -> None:
    value = bytes([layout]) + brand_bytes("open")[1:]
    with pytest.raises(
        StateError, match=f"has layout {layout}, this version reads 2 to {STATE_VERSION}"
    ) as caught:
        wire.decode(key, value)
    assert "run the version that wrote it" in str(caught.value)


@pytest.mark.parametrize(
    "spoil",
    [
        {"episode": None},
        {"episode": {"state": "burning"}},
        {"episodes": "one"},
        {"rings": None},
        {"rings": {"next_step": "x" * 9}},
        {"rings": {"next_step": 2**63}},
        {"pending": {"a": 1}},
    ],
)
def test_a_record_that_is_none_is_refused_by_name(spoil: dict[str, Any]) -> None:
    fields = msgspec.msgpack.decode(brand_bytes("open")[1:]) | spoil
    with pytest.raises(StateError, match="'larkmoor' is corrupt"):
        wire.decode(KEY, b"\x02" + msgspec.msgpack.encode(fields))


def test_flipped_bytes_never_raise_anything_else() -> None:
    value, draw = brand_bytes("open"), Random(3)
    for _ in range(1_000):
        spoiled = bytearray(value)
        for _ in range(draw.randint(1, 8)):
            spoiled[draw.randrange(1, len(spoiled))] = draw.randrange(256)
        try:
            wire.decode(KEY, bytes(spoiled))
        except StateError:
            continue
