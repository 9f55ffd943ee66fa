"""Metrics: names, bounds on series, and a scrape that never fails."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from typing import get_args

import pytest

from app import __version__
from app.clock import ManualClock
from app.core.crisis import EventType, Severity
from app.core.mention import RejectReason
from app.metrics import METRICS, CounterName, GaugeName, HistogramName, Metrics
from app.metrics.names import COUNTERS, GAUGES, HISTOGRAMS
from app.metrics.registry import series_max

HOSTILE = ["\ud800", "\x00\x1b[31m", 'a"b\\c\n', "x" * 5_000, "\u202e", ""]


def _series(metrics: Metrics) -> list[str]:
    lines = metrics.render().decode().splitlines()
    return [line for line in lines if not line.startswith(("#", "process_"))]


def _value(metrics: Metrics, series: str) -> float | None:
    found = [line for line in _series(metrics) if line.startswith(f"{series} ")]
    return float(found[0].rpartition(" ")[2]) if found else None


def test_each_name_is_declared_once_with_a_meaning() -> None:
    assert set(get_args(CounterName)) == set(COUNTERS)
    assert set(get_args(GaugeName)) == set(GAUGES)
    assert set(get_args(HistogramName)) == set(HISTOGRAMS)
    assert len(METRICS) == len(COUNTERS) + len(GAUGES) + len(HISTOGRAMS)
    for name, metric in METRICS.items():
        assert re.fullmatch(r"squall_[a-z_]+", name)
        assert metric.meaning.endswith(".")


def test_counters_end_in_total_and_histograms_have_buckets() -> None:
    assert all(name.endswith("_total") for name in COUNTERS)
    assert all(metric.buckets == tuple(sorted(metric.buckets)) for metric in HISTOGRAMS.values())
    assert all(metric.buckets for metric in HISTOGRAMS.values())


def test_closed_lists_start_at_zero() -> None:
    metrics = Metrics()

    for reason in RejectReason:
        assert _value(metrics, f'squall_dead_letters_total{{reason="{reason}"}}') == 0
    assert _value(metrics, 'squall_events_total{severity="critical",type="opened"}') == 0


def test_count_set_and_observe() -> None:
    metrics = Metrics("detector", brands=["acme"])
    metrics.count("squall_late_total")
    metrics.count("squall_events_total", 2, type=EventType.OPENED, severity=Severity.ERROR)
    metrics.set("squall_consumer_lag", 7, topic="mentions", partition=3)
    metrics.observe("squall_batch_size", 100)

    assert _value(metrics, "squall_late_total") == 1
    assert _value(metrics, 'squall_events_total{severity="error",type="opened"}') == 2
    assert _value(metrics, 'squall_consumer_lag{partition="3",topic="mentions"}') == 7
    assert _value(metrics, 'squall_batch_size_bucket{le="128.0"}') == 1
    info = [line for line in _series(metrics) if line.startswith("squall_build_info")]
    assert f'role="detector",version="{__version__}"' in info[0]


def test_a_label_that_a_metric_has_not_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Metrics().count("squall_late_total", brand="acme")


def test_the_age_of_a_watermark_grows_by_itself() -> None:
    clock = ManualClock(100_000)
    metrics = Metrics(clock=clock)
    metrics.watermark(2, 90_000)
    assert _value(metrics, 'squall_watermark_age_seconds{partition="2"}') == 10
    clock.advance_s(5)
    assert _value(metrics, 'squall_watermark_age_seconds{partition="2"}') == 15
    metrics.watermark(2, 104_000)
    assert _value(metrics, 'squall_watermark_age_seconds{partition="2"}') == 1

    metrics.forget("squall_watermark_age_seconds", partition=2)
    metrics.forget("squall_watermark_age_seconds", partition=2)
    assert _value(metrics, 'squall_watermark_age_seconds{partition="2"}') is None


def test_only_the_first_brands_have_a_label() -> None:
    metrics = Metrics(brands=["a", "b", "c"], brand_label_max=2)
    for name in ("a", "b", "c", "unlisted"):
        metrics.count("squall_brand_mentions_total", brand=name)
        metrics.set("squall_brand_score", 0.5, brand=name)

    assert [metrics.brand(name) for name in ("a", "c", "unlisted")] == ["a", "other", "other"]
    assert _value(metrics, 'squall_brand_mentions_total{brand="a"}') == 1
    assert _value(metrics, 'squall_brand_mentions_total{brand="other"}') == 2
    assert _value(metrics, 'squall_brand_score{brand="b"}') == 0.5
    assert _value(metrics, 'squall_brand_score{brand="other"}') is None


def test_another_watch_list_ends_the_series_of_brands_that_left() -> None:
    metrics = Metrics(brands=["a", "b"], brand_label_max=2)
    for name in ("a", "b"):
        metrics.count("squall_brand_mentions_total", brand=name)
        metrics.set("squall_brand_open_severity", 3, brand=name)
    metrics.set_brands(["b", "c"])

    assert _value(metrics, 'squall_brand_mentions_total{brand="a"}') is None
    assert _value(metrics, 'squall_brand_open_severity{brand="a"}') is None
    assert _value(metrics, 'squall_brand_mentions_total{brand="b"}') == 1


def test_fifty_thousand_hostile_brands_add_no_series() -> None:
    listed = [f"brand-{number}" for number in range(100)]
    metrics = Metrics(brands=listed, brand_label_max=50)
    _say_everything(metrics, listed)
    before = len(_series(metrics))

    for number in range(50_000):
        name = f"{HOSTILE[number % len(HOSTILE)]}{number}"
        metrics.count("squall_brand_mentions_total", brand=name)
        metrics.set("squall_brand_score", 0.1, brand=name)
        metrics.set("squall_brand_open_severity", 1, brand=name)

    assert len(_series(metrics)) == before
    assert _value(metrics, 'squall_brand_mentions_total{brand="other"}') == 50_050


def test_all_series_together_keep_their_budget() -> None:
    metrics = Metrics(brands=[f"brand-{number}" for number in range(100)], brand_label_max=50)
    for value in [*HOSTILE, *(str(number) for number in range(1_100))]:
        _say_everything(metrics, [value])
        metrics.set_brands([value])

    for name in METRICS:
        own = re.compile(rf"{name}(_bucket|_sum|_count)?[{{ ]")
        count = len([line for line in _series(metrics) if own.match(line)])
        assert count <= series_max(name, brands=50, own=1_025), name


def _say_everything(metrics: Metrics, values: list[str]) -> None:
    for value in values:
        for counter, declared in COUNTERS.items():
            metrics.count(counter, **dict.fromkeys(declared.labels, value))
        for gauge, declared in GAUGES.items():
            metrics.set(gauge, 1, **dict.fromkeys(declared.labels, value))


@pytest.mark.parametrize("name", HOSTILE)
def test_no_label_value_breaks_the_scrape(name: str) -> None:
    metrics = Metrics(brands=[name])
    _say_everything(metrics, [name])

    text = metrics.render().decode("utf-8")

    assert "\x1b" not in text
    assert all(line.isprintable() for line in text.splitlines())


def test_serving_answers_metrics_and_nothing_else() -> None:
    metrics = Metrics()
    with closing(metrics.serve("127.0.0.1", 0)) as server:
        statuses = {}
        for path in ("/metrics", "/", "/livez", "/metrics?name[]=up"):
            with closing(http.client.HTTPConnection(*server.address, timeout=10)) as connection:
                connection.request("GET", path)
                response = connection.getresponse()
                statuses[path] = response.status
                body = response.read()
                if path == "/metrics":
                    assert body.startswith(b"# HELP squall_")
                    assert response.getheader("Content-Type", "").startswith(
                        "text/plain; version=0"
                    )

    assert statuses == {"/metrics": 200, "/": 404, "/livez": 404, "/metrics?name[]=up": 404}
