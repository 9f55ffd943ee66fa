"""The parts of verify: differences by path, an event's own arithmetic, files that are written."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from app.core.cause import Drivers, Facet, Share
from app.core.crisis import Severity
from app.core.detector.tail import sigma, upper_tail
from app.core.event import CrisisEvent, Evidence, Reading
from app.core.mention import Rejected
from app.errors import UsageError
from app.report.arithmetic import contradictions
from app.report.checked import Checked, Verdict, lines, verdict_of
from app.report.differences import Difference, differences, leaves
from app.sources.recorded import read_recorded
from app.sources.recording import open_recording
from app.stream.verifying import told_events
from app.wire import told_event
from tests.unit.verifying import world


@pytest.mark.parametrize(
    ("told", "recomputed", "paths"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": None}, {}, []),
        ({}, {"a": None}, []),
        ({"a": True}, {"a": 1}, ["$.a"]),
        ({"a": 0}, {"a": False}, ["$.a"]),
        ({"a": "1"}, {"a": 1}, ["$.a"]),
        ({"a": [1, 2]}, {"a": [1]}, ["$.a[1]"]),
        ({"a": []}, {"a": [1]}, ["$.a[0]"]),
        ({"a": {"b": 1}}, {"a": 1}, ["$.a"]),
        ({"new": 1}, {"a": 1}, ["$.a", "$.new"]),
        ({"a": [{"b": [1, 2]}]}, {"a": [{"b": [1, 3]}]}, ["$.a[0].b[1]"]),
    ],
)
def test_each_difference_is_named(told: object, recomputed: object, paths: list[str]) -> None:
    assert [one.path for one in differences(told, recomputed)] == paths


def test_what_is_absent_is_left_out_of_json() -> None:
    (one,) = differences({"a": 1}, {})
    assert msgspec.json.decode(msgspec.json.encode(one)) == {"path": "$.a", "told": 1}
    assert str(one) == "$.a: told 1, recomputed nothing"
    assert leaves({"a": [1, 2, {"b": None}], "c": "x"}) == 4


def opened() -> CrisisEvent:
    return next(event for event in world(0, 300).events if event.type.value == "opened")


def with_evidence(**fields: object) -> CrisisEvent:
    event = opened()
    assert event.evidence is not None
    evidence = msgspec.structs.replace(event.evidence, **fields)
    return msgspec.structs.replace(event, evidence=evidence)


def paths_of(event: CrisisEvent) -> list[str]:
    return [one.path for one in contradictions(event)]


def with_reading(**fields: object) -> CrisisEvent:
    evidence = opened().evidence
    assert evidence is not None
    first = msgspec.structs.replace(evidence.readings[0], **fields)
    return with_evidence(readings=(first, *evidence.readings[1:]))


def test_an_honest_event_contradicts_nothing() -> None:
    for event in world(0, 300).events:
        assert paths_of(event) == []


def evidence_of(event: CrisisEvent) -> Evidence:
    assert event.evidence is not None
    return event.evidence


def test_every_derived_number_is_looked_at() -> None:
    evidence = evidence_of(opened())
    reading = evidence.readings[0]
    at = "$.evidence.readings[0]"
    assert paths_of(msgspec.structs.replace(opened(), seq=99)) == ["$.id"]
    assert "$.evidence.negative_share" in paths_of(with_evidence(negatives=evidence.negatives + 1))
    assert f"{at}.probability" in paths_of(with_reading(observed=reading.observed + 1))
    assert f"{at}.probability" in paths_of(with_reading(expected=reading.expected * 1.001))
    assert f"{at}.probability" in paths_of(with_reading(probability=reading.probability * 1.001))
    assert paths_of(with_reading(sigma=reading.sigma + 0.01)) == [f"{at}.sigma"]
    assert paths_of(with_reading(fired=not reading.fired)) == [f"{at}.fired"]
    assert paths_of(with_reading(expected=-1.0)) == [f"{at}.expected"]
    severity = Severity.CRITICAL if opened().severity is not Severity.CRITICAL else Severity.ERROR
    assert paths_of(msgspec.structs.replace(opened(), severity=severity)) == ["$.severity"]


def test_percents_add_up() -> None:
    shares = (
        Share(value="a", negatives=2, percent=66.7),
        Share(value="b", negatives=1, percent=33.3),
    )
    drivers = Drivers(of=3, seen=3, facets=(Facet(name="source", shares=shares),), terms=())
    assert paths_of(with_evidence(drivers=drivers)) == []
    short = Drivers(of=3, seen=3, facets=(Facet(name="source", shares=shares[:1]),), terms=())
    assert paths_of(with_evidence(drivers=short)) == ["$.evidence.drivers.facets[0].shares"]


@pytest.mark.parametrize("observed", [0, 1, 3, 40, 2_000, 90_000])
@pytest.mark.parametrize("expected", [0.003, 0.7, 12.3456, 1_234.5678, 80_000.1])
@pytest.mark.parametrize("dispersion", [1.0, 1.0199999, 1.02, 1.7, 40.0])
def test_rounding_is_no_contradiction(observed: int, expected: float, dispersion: float) -> None:
    """A tail is steep: six digits of an expectation leave three of its probability."""
    exact = expected * (1 + 3.7e-7)
    probability = upper_tail(observed, exact, dispersion)
    reading = Reading(
        channel="negatives",
        scale_s=300,
        start_ms=0,
        end_ms=300_000,
        observed=observed,
        expected=float(f"{exact:.6g}"),
        dispersion=float(f"{dispersion:.6g}"),
        sigma=round(sigma(probability), 3),
        probability=float(f"{probability:.6g}"),
        fired=sigma(probability) >= 3,
    )
    assert paths_of(with_evidence(readings=(reading,))) == []


def test_a_verdict_is_ok_only_when_all_was_done() -> None:
    assert verdict_of(is_different=False, is_whole=True) is Verdict.OK
    assert verdict_of(is_different=False, is_whole=False) is Verdict.NOT_VERIFIABLE
    assert verdict_of(is_different=True, is_whole=False) is Verdict.DIFFERS


def test_a_person_is_shown_twenty_differences() -> None:
    many = tuple(Difference(path=f"$.a[{n}]", told=n) for n in range(30))
    found = Checked(event="1", verdict=Verdict.DIFFERS, differences=many, notes=("so",), checked={})
    shown = lines(found)
    assert len(shown) == 1 + 20 + 2
    assert shown[-2:] == ["  and 10 more: see --json", "  so"]


def test_an_event_keeps_what_nobody_knows() -> None:
    document = told_event.parse(b'{"id": "1", "brand": "a", "type": "no such", "more": [1]}')
    assert document == {"id": "1", "brand": "a", "type": "no such", "more": [1]}
    assert isinstance(told_event.parse(b'{"id": "1", "brand": "a"}'), Rejected)


def test_an_event_may_be_laid_out_over_lines() -> None:
    lines_of = enumerate(b'{\n"id": "1",\n"brand": "a", "type": "b"}'.split(b"\n"), start=1)
    (one,) = told_events("a file", lines_of)
    assert (one.place, one.id, one.step) == ("a file:1", "1", None)


@pytest.mark.parametrize("suffix", ["", ".gz", ".zst"])
def test_what_is_recorded_is_read_back(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"log.jsonl{suffix}"
    with open_recording(path) as sink:
        sink.write(b"one\n")
        sink.write(b"two\n")
    assert [line for _, line in read_recorded(path)] == [b"one", b"two"]
    packed = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
    assert path.read_bytes().startswith(packed.get(suffix, b"one\n"))


def test_a_recording_that_failed_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    with pytest.raises(ZeroDivisionError), open_recording(path):
        _ = 1 // 0
    assert list(tmp_path.iterdir()) == []
    missing = tmp_path / "nowhere" / "log.jsonl"
    with pytest.raises(UsageError, match="nowhere"), open_recording(missing):
        raise AssertionError("not reached")
