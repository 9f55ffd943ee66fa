"""D1: a drill's way through headers, scorer, log, metrics and notifier: what is no drill of ours is
refused by name, and no figure, heartbeat or pager of what is real is touched.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from app.clock import ManualClock
from app.config import CANARY_BRAND, Settings, Topics, load_settings
from app.core.drills import END
from app.core.event import CrisisEvent, CrisisState
from app.core.mention import Rejected, RejectReason
from app.core.record import Heartbeat, LogRecord, ScoredMention
from app.errors import ConfigError
from app.inference.hash import HashEngine
from app.metrics import Metrics
from app.sinks.alert import Alert
from app.sinks.open_alerts import OpenAlerts
from app.stream.folding import fold_batch
from app.stream.notifier import DrillsTold, make_sink
from app.stream.records import Record
from app.stream.scorer import Scorer
from app.stream.scoring import dead_letter
from app.stream.telling import Teller
from app.wire import cloudevents, command, crisis, deadletter, drill, event, log, mention
from app.wire.drill import Drilled
from tests.unit.drill_streams import (
    BEGAN_MS,
    DRILL,
    UNTIL_MS,
    Placed,
    drilled,
    fresh,
    merged,
    of_drill,
    placed,
    play,
    real,
    usual,
)
from tests.unit.folding import MONDAY_MS, crisis_events
from tests.unit.folding import command as an_order
from tests.unit.test_stream_scoring import a_record, scored
from tests.worker_tools import a_mention

Pairs = tuple[tuple[str, bytes], ...]
OF_DRILL = drill.headers(Drilled(DRILL, UNTIL_MS))
VALUE = a_mention(1)


def test_the_headers_of_a_drill_are_read_back() -> None:
    parsed = mention.parse_counted(VALUE, OF_DRILL)
    assert isinstance(parsed, mention.Parsed)
    assert parsed.drill == Drilled(DRILL, UNTIL_MS)
    bare = mention.parse_counted(VALUE, OF_DRILL[1:])
    assert isinstance(bare, mention.Parsed)
    assert bare.drill == parsed.drill, "a producer that does not know the type has a drill too"
    plain = mention.parse_counted(VALUE, (("ce_type", mention.TYPE.encode()), ("other", b"x")))
    assert isinstance(plain, mention.Parsed)
    assert plain.drill is None


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ((("drill", b""),), "header drill is no id"),
        ((("drill", b"A drill!"), OF_DRILL[2]), "header drill is no id"),
        ((("drill", b"\xff"), OF_DRILL[2]), "header drill is no id"),
        ((("drill", b"a" * 65), OF_DRILL[2]), "header drill is no id"),
        ((("drill", b"a" * 300), OF_DRILL[2]), "header drill is no id"),
        ((OF_DRILL[2],), "header drill is no id"),
        ((OF_DRILL[0],), "header drill is no id"),
        ((OF_DRILL[1],), "header drill_until is no RFC 3339 time"),
        ((OF_DRILL[1], ("drill_until", b"soon")), "header drill_until is no RFC 3339 time"),
        ((OF_DRILL[1], ("drill_until", b"0001-01-01T00:00:00Z")), "header drill_until"),
        ((OF_DRILL[1], ("drill_until", b"9999-12-31T23:59:59-23:59")), "header drill_until"),
    ],
)
def test_headers_that_are_no_drill_are_refused_and_never_count_as_real(
    headers: Pairs, says: str
) -> None:
    found = mention.parse(VALUE, headers)
    assert isinstance(found, Rejected)
    assert found.reason is RejectReason.BAD_DRILL
    assert says in found.detail


def test_a_header_that_comes_twice_is_refused() -> None:
    found = mention.parse(VALUE, (*OF_DRILL, OF_DRILL[1]))
    assert isinstance(found, Rejected)
    assert found.detail == "header drill comes twice"


def test_a_version_that_knows_of_no_drills_refuses_their_mentions_and_records() -> None:
    """It refuses each type of the family that is not its own, and each of the log's that it does
    not know; so does this version with one of tomorrow.
    """
    assert drill.TYPE.startswith("squall.mention.")
    assert drill.TYPE != mention.TYPE
    later = mention.parse(VALUE, (("ce_type", b"squall.mention.later.v1"),))
    assert isinstance(later, Rejected)
    assert later.reason is RejectReason.UNKNOWN_SCHEMA
    message = log.encode(drilled(minutes=1)[0])
    assert dict(message.headers)["ce_type"] == log.DRILL_TYPE.encode() != log.MENTION_TYPE.encode()
    unknown = cloudevents.headers("1", "squall.mention.later.v1", "/x", MONDAY_MS, "")
    refused = log.decode(message.value, unknown)
    assert isinstance(refused, Rejected)
    assert refused.reason is RejectReason.UNKNOWN_SCHEMA


def test_a_record_of_the_log_is_of_a_drill_by_type_and_field_or_by_neither() -> None:
    one = drilled(minutes=1)[0]
    assert isinstance(one, ScoredMention)
    message = log.encode(one)
    assert log.decode(message.value, message.headers) == one
    assert dict(message.headers)["ce_drill"] == DRILL.encode()
    real = log.encode(replace(one, drill="", drill_until_ms=0))
    assert b"drill_until" not in (real.value or b"")
    assert "ce_drill" not in dict(real.headers)
    for value, headers in ((message.value, real.headers), (real.value, message.headers)):
        refused = log.decode(value, headers)
        assert isinstance(refused, Rejected)
        assert refused.detail == "drill and ce_type do not say the same"


def test_the_text_of_a_drill_is_of_no_other_brand_that_it_names() -> None:
    record = a_record(brand="Orange")._replace(headers=OF_DRILL)
    (one,) = scored(record)
    assert (one.brand, one.drill, one.drill_until_ms) == ("orange", DRILL, UNTIL_MS)
    assert {one.drill for one in scored(a_record())} == {""}


def record(value: bytes, headers: Pairs = OF_DRILL, offset: int = 1) -> Record:
    return Record("mentions", 0, offset, MONDAY_MS, b"k", value, headers)


def lines(metrics: Metrics) -> dict[str, float]:
    text = metrics.render().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in text if line and not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


@pytest.mark.parametrize("fields", [{"brand": None}, {"brand": CANARY_BRAND}])
async def test_a_drill_of_no_watched_brand_is_a_dead_letter(fields: dict[str, object]) -> None:
    metrics = Metrics("scorer")
    await Scorer(Settings(), HashEngine(), metrics).handle([record(a_mention(1, **fields))])
    assert lines(metrics)['squall_dead_letters_total{reason="bad_drill"}'] == 1


@pytest.mark.parametrize("headers", [OF_DRILL, (("drill", None), ("other", b"x"))])
def test_a_dead_letter_of_a_drill_stays_one_when_it_is_sent_again(headers: Pairs) -> None:
    """A text that no engine could read is repaired and sent again, headers and all."""
    refused = Rejected(reason=RejectReason.ENGINE_ERROR, detail="no try could read it")
    message = dead_letter("dead", record(VALUE, headers), refused).message
    assert deadletter.decode(message.key, message.value, message.headers).reason == "engine_error"
    again = mention.parse_counted(message.value, message.headers)
    assert again == mention.parse_counted(VALUE, headers)
    assert isinstance(again, Rejected) or again.drill is not None
    assert "other" not in dict(message.headers)


def test_a_dead_letter_of_what_is_real_has_no_header_of_a_drill() -> None:
    refused = Rejected(reason=RejectReason.ENGINE_ERROR, detail="no try could read it")
    plain = (("ce_type", mention.TYPE.encode()),)
    headers = dead_letter("dead", record(VALUE, plain), refused).message.headers
    assert {name for name, _ in headers} == set(deadletter.HEADER_NAMES)


async def test_the_scorer_counts_a_drill_as_read_alone_and_lets_time_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    metrics, sent = Metrics("scorer"), list[Heartbeat]()
    scorer = Scorer(Settings(), HashEngine(), metrics)
    scorer.heartbeats.assign([0], 1)

    async def send(heartbeats: Sequence[Heartbeat]) -> None:
        sent.extend(heartbeats)

    monkeypatch.setattr(scorer, "send_heartbeats", send)
    await scorer.handle([record(VALUE)])
    shown = lines(metrics)
    assert shown['squall_mentions_total{outcome="scored"}'] == 1
    figures = ("squall_scored_total", "squall_languages_total", "squall_sources_total")
    assert not any(value for name, value in shown.items() if name.startswith(figures))
    assert sent == [], "no time of a drill is told"
    await scorer.handle([record(VALUE, (), 2)])
    assert [one.time_ms is not None for one in sent] == [True]


def figures(log_of: list[Placed]) -> dict[str, float]:
    """Return what a detector shows of a log."""
    clock = ManualClock(BEGAN_MS + 300_000)
    fold, metrics = fresh(), Metrics("detector", brands=["larkmoor"], clock=clock)
    teller = Teller(metrics, Topics())
    batch = [_logged(offset, one) for offset, one in log_of]
    for one in batch:  # each in a transaction of its own: a drill writes no state of its brand
        teller.partition(0, fold_batch(Topics(), 0, fold, [one]), fold.watermark_ms)
        teller.brands([fold])
    return {name: value for name, value in lines(metrics).items() if "process_" not in name}


def test_the_detector_shows_a_drill_in_its_own_figures_alone() -> None:
    log_of = placed(merged(drilled(per_minute=8), usual(70)), fresh().clock.applied + 1)
    shown, bare = figures(log_of), figures(real(log_of))
    moved = {name for name in shown if shown[name] != bare.get(name, 0)}
    assert {one for one in moved if not one.startswith("squall_drill_")} == set()
    assert shown['squall_drill_mentions_total{outcome="folded"}'] == 120
    assert shown['squall_drill_events_total{type="opened"}'] == 1
    assert shown['squall_drill_events_total{type="drill_ended"}'] == 1
    assert shown['squall_brand_mentions_total{brand="larkmoor"}'] > 0, "what is real is shown"


def _logged(offset: int, one: LogRecord) -> Record:
    message = log.encode(one)
    return Record("scored", 0, offset, MONDAY_MS, message.key, message.value, message.headers)


def opened() -> list[CrisisEvent]:
    fold = fresh()
    log_of = placed(merged(drilled(per_minute=8), usual(16)), fold.clock.applied + 1)
    return crisis_events(of_drill(play(log_of, fold)))


def test_the_time_to_detect_is_from_the_first_mention_to_now() -> None:
    clock = ManualClock(BEGAN_MS + 240_000)
    metrics = Metrics("detector", clock=clock)
    for one in opened():
        Teller(metrics, Topics())._output(one)
    shown = lines(metrics)
    assert shown["squall_drill_time_to_detect_seconds_count"] == 1
    assert 239 < shown["squall_drill_time_to_detect_seconds_sum"] <= 240
    assert not any(v for name, v in shown.items() if name.startswith("squall_events_total"))
    assert shown['squall_drill_events_total{type="opened"}'] == 1


def test_events_and_states_of_a_drill_carry_its_id_as_an_extension() -> None:
    for one in opened():
        message = event.encode(one)
        assert dict(message.headers)["ce_drill"] == DRILL.encode()
        assert event.decode(message.value, message.headers) == one
    fold = fresh()
    log_of = placed(merged(drilled(per_minute=8), usual(16)), fold.clock.applied + 1)
    states = [one for one in of_drill(play(log_of, fold)) if isinstance(one, CrisisState)]
    assert states
    assert {dict(crisis.encode(one).headers)["ce_drill"] for one in states} == {DRILL.encode()}


def test_an_order_to_end_a_drill_is_read_back_or_refused() -> None:
    origin = an_order(1, END).origin
    order = an_order(1, END, drill=DRILL, at_ms=MONDAY_MS)
    assert command.parse(command.encode(order), origin) == order
    wrong = command.parse(command.encode(replace(order, drill="No id")), origin)
    assert isinstance(wrong, Rejected)
    assert "drill is no id of a drill" in wrong.detail


YAML = """
notifier:
  alertmanager_url: http://localhost:9093
  receivers:
    exercise: {kind: alertmanager, url: "http://localhost:9094", drills: true}
  default_receivers: [alertmanager, exercise]
"""


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    path = tmp_path_factory.mktemp("settings") / "squall.yaml"
    path.write_text(YAML)
    return load_settings(path)


def firing() -> list[Alert]:
    """Return the alerts of an open crisis of a drill."""
    open_alerts = OpenAlerts()
    for one in opened():
        open_alerts.apply(one, UNTIL_MS)
    found = list(open_alerts.due(UNTIL_MS))
    assert found
    return found


def test_only_a_receiver_that_asked_for_drills_is_told_of_one(settings: Settings) -> None:
    several = make_sink(settings.notifier, Metrics("notifier"))
    for alert in firing():
        assert not several.is_told("alertmanager", alert)
        assert several.is_told("exercise", alert)


def test_what_is_sent_of_a_drill_says_so() -> None:
    for alert in firing():
        assert alert.labels["drill"] == "true"
        assert alert.annotations["summary"].startswith("[DRILL] larkmoor: ")
        assert alert.annotations["description"].startswith("DRILL, nothing is real: ")
        assert alert.annotations["drill"] == DRILL


def test_a_silence_is_not_heard_from_a_drill() -> None:
    """What a copy knows of silences is as old as its last event."""
    open_alerts = OpenAlerts()
    silenced = replace(opened()[0], silenced_until_ms=UNTIL_MS + 1)
    open_alerts.apply(silenced, UNTIL_MS)
    for one in opened():
        open_alerts.apply(one, UNTIL_MS)
    assert open_alerts.due(UNTIL_MS)


async def test_alerts_of_drills_are_no_part_of_the_sinks_objective(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class TakesAll:
        async def post(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
            return alerts

    kinds = {"alertmanager": "alertmanager", "exercise": "alertmanager"}
    sinks = {name: TakesAll() for name in kinds}
    monkeypatch.setattr("app.stream.notifier.receivers_of", lambda _: (kinds, sinks))
    metrics = Metrics("notifier")
    await make_sink(settings.notifier, metrics).post(firing())
    shown = lines(metrics)
    assert not any(v for name, v in shown.items() if name.startswith("squall_notifications_total"))
    assert shown['squall_drill_told_after_seconds{sink="alertmanager"}'] > 0


def test_how_long_a_sink_took_is_told_once_a_crisis() -> None:
    metrics, clock = Metrics("notifier"), ManualClock(BEGAN_MS + 60_001)
    told, (alert, *_) = DrillsTold(metrics, clock), firing()
    told.tell("exercise", alert, "alertmanager")
    clock.advance_s(30)
    told.tell("exercise", alert, "alertmanager")
    assert lines(metrics)['squall_drill_told_after_seconds{sink="alertmanager"}'] == 60


def test_a_partner_is_told_of_no_drill(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("settings") / "squall.yaml"
    path.write_text(YAML.replace("drills: true", "drills: true, view: partner"))
    with pytest.raises(ConfigError, match="drills: whoever is told a part alone"):
        load_settings(path)
