"""``Metrics``: count, set, observe, and show it all to Prometheus."""

from __future__ import annotations

import itertools
import platform
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.process_collector import ProcessCollector

from app import __version__
from app.clock import Clock, SystemClock
from app.core.crisis import Severity
from app.health import Answer, HttpServer
from app.metrics.labels import OTHER, Labels
from app.metrics.names import (
    BRAND,
    COUNTERS,
    GAUGES,
    HISTOGRAMS,
    METRICS,
    CounterName,
    GaugeName,
    HistogramName,
    Metric,
    MetricName,
)

SEVERITY_NUMBER: Final[dict[Severity, int]] = {
    severity: number for number, severity in enumerate(Severity, start=1)
}
"""What ``squall_brand_open_severity`` says for an open crisis; 0 for none."""


class Metrics:
    """All metrics of one process. Safe to use from any thread.

    ``brands`` is the watch list in its order; the first ``brand_label_max`` get a label of their
    own. A label value outside its closed list is counted as "other".

    >>> metrics = Metrics("detector", brands=["acme"])
    >>> metrics.count("squall_brand_mentions_total", brand="acme")
    >>> b'squall_brand_mentions_total{brand="acme"} 1.0' in metrics.render()
    True
    """

    def __init__(
        self,
        role: str = "",
        *,
        brands: Iterable[str] = (),
        brand_label_max: int = 50,
        clock: Clock | None = None,
    ) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would double the series and nobody reads them
        self._clock = clock or SystemClock()
        self._registry = CollectorRegistry()
        self._labels = Labels(brand_label_max)
        self._counters = {name: self._counter(name, item) for name, item in COUNTERS.items()}
        self._gauges = {name: self._gauge(name, item) for name, item in GAUGES.items()}
        self._histograms = {name: self._histogram(name, item) for name, item in HISTOGRAMS.items()}
        ProcessCollector(registry=self._registry)
        self.set_brands(brands)
        version = platform.python_version()
        self.set("squall_build_info", 1, version=__version__, python=version, role=role)

    def count(self, name: CounterName, by: float = 1, /, **labels: str | int) -> None:
        """Add ``by`` to a counter."""
        counter = self._counters[name]
        values = self._labels.of(COUNTERS[name], labels)
        (counter.labels(**values) if values else counter).inc(by)

    def set(self, name: GaugeName, value: float, /, **labels: str | int) -> None:
        """Set a gauge; left out for a brand without a label, where many would share one value."""
        values = self._labels.of(GAUGES[name], labels)
        if GAUGES[name].labels.get("brand") == BRAND and values.get("brand") == OTHER:
            return
        gauge = self._gauges[name]
        (gauge.labels(**values) if values else gauge).set(value)

    def observe(self, name: HistogramName, value: float, /) -> None:
        """Add one value to a histogram."""
        self._histograms[name].observe(value)

    def since(self, name: HistogramName, then_ms: int, /) -> None:
        """Add the seconds from ``then_ms`` until now; a time that is still to come counts as 0."""
        self.observe(name, max(0, self._clock.now_ms() - then_ms) / 1000)

    def watermark(self, partition: int, watermark_ms: int) -> None:
        """Tell a log partition's watermark; its age is worked out at each scrape."""
        values = self._labels.of(GAUGES["squall_watermark_age_seconds"], {"partition": partition})
        gauge = self._gauges["squall_watermark_age_seconds"].labels(**values)
        gauge.set_function(lambda: (self._clock.now_ms() - watermark_ms) / 1000)

    def forget(self, name: GaugeName, /, **labels: str | int) -> None:
        """Drop one series of a gauge, such as that of a partition that moved to another member."""
        metric = GAUGES[name]
        values = self._labels.of(metric, labels)
        self._gauges[name].remove(*(values[label] for label in metric.labels))

    def brand(self, name: str) -> str:
        """Return the label of a brand: its name, or "other"."""
        return self._labels.brands.of(name)

    def set_brands(self, brands: Iterable[str]) -> None:
        """Take another watch list; series of brands that lost their label end."""
        for label in self._labels.brands.replace(brands):
            for counter_name, counter in self._counters.items():
                for values in _of_brand(counter_name, label):
                    counter.remove(*values)
            for gauge_name, gauge in self._gauges.items():
                for values in _of_brand(gauge_name, label):
                    gauge.remove(*values)

    def render(self) -> bytes:
        """Return all series in Prometheus' text format."""
        return generate_latest(self._registry)

    def serve(self, host: str = "127.0.0.1", port: int = 9464) -> HttpServer:
        """Serve ``/metrics``, and nothing else, on a thread.

        Raises ``ConfigError`` when it can't listen there.
        """
        return HttpServer("metrics", host, port, {"/metrics": self._answer})

    def _answer(self) -> Answer:
        return Answer(200, self.render(), CONTENT_TYPE_PLAIN_0_0_4)

    def _counter(self, name: CounterName, metric: Metric) -> Counter:
        counter = Counter(name, metric.meaning, list(metric.labels), registry=self._registry)
        for values in _closed(metric):
            counter.labels(*values)  # a series that starts at 0 lets rate() see its first step
        return counter

    def _gauge(self, name: GaugeName, metric: Metric) -> Gauge:
        gauge = Gauge(name, metric.meaning, list(metric.labels), registry=self._registry)
        for values in _closed(metric):
            gauge.labels(*values)
        return gauge

    def _histogram(self, name: HistogramName, metric: Metric) -> Histogram:
        return Histogram(name, metric.meaning, buckets=metric.buckets, registry=self._registry)


def _of_brand(name: MetricName, label: str) -> Iterator[tuple[str, ...]]:
    """Yield the label values of all series of a brand; none for a metric that has no brand."""
    labels = METRICS[name].labels
    if labels.get("brand") == BRAND:
        lists = ((label,) if values == BRAND else (*values, OTHER) for values in labels.values())
        yield from itertools.product(*lists)


def _closed(metric: Metric) -> Iterator[tuple[str, ...]]:
    """Yield each combination of label values when all lists are closed."""
    lists = [values for values in metric.labels.values() if isinstance(values, tuple)]
    if lists and len(lists) == len(metric.labels):
        yield from itertools.product(*lists)


def series_max(name: MetricName, *, brands: int, own: int) -> int:
    """Return the most series a metric can have, with ``own`` values of each label of ours.

    A closed list counts one more than it has, for "other"; a histogram its buckets, +Inf, sum and
    count.
    """
    metric = METRICS[name]
    most = len(metric.buckets) + 3 if metric.buckets else 1
    for values in metric.labels.values():
        if isinstance(values, tuple):
            most *= len(values) + 1
        else:
            most *= brands + 1 if values == BRAND else own
    return most
