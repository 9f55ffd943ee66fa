"""Metrics for Prometheus, in a registry and on a port and thread of our own.

``metrics.count("squall_late_total")``, ``metrics.set("squall_ready", 1)`` and
``metrics.observe("squall_batch_size", 256)``, with labels as keywords; ``names.py`` lists them all.
"""

from __future__ import annotations

from app.metrics.names import METRICS, CounterName, GaugeName, HistogramName, MetricName
from app.metrics.registry import SEVERITY_NUMBER, Metrics

__all__ = [
    "METRICS",
    "SEVERITY_NUMBER",
    "CounterName",
    "GaugeName",
    "HistogramName",
    "MetricName",
    "Metrics",
]
