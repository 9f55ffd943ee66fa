"""Every metric, by name, with its labels and a line of meaning: this file is the reference.

A name is a member of a ``Literal``, so that a typo is a type error. The number of series is bounded
whatever mentions say: a label has a closed list of values, or is a partition or topic of ours, or
a brand of the watch list up to a cap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from app.core.event import EventType, Severity, State
from app.core.mention import Label, RejectReason

CounterName = Literal[
    "squall_mentions_total",
    "squall_unknown_fields_total",
    "squall_dead_letters_total",
    "squall_scored_total",
    "squall_brand_mentions_total",
    "squall_duplicates_total",
    "squall_late_total",
    "squall_commands_total",
    "squall_events_total",
    "squall_brands_evicted_total",
    "squall_rebalances_total",
    "squall_notifications_total",
    "squall_watchlist_reloads_total",
]
GaugeName = Literal[
    "squall_build_info",
    "squall_ready",
    "squall_consumer_lag",
    "squall_watermark_age_seconds",
    "squall_brands",
    "squall_crises_open",
    "squall_brand_score",
    "squall_brand_open_severity",
]
HistogramName = Literal[
    "squall_batch_size",
    "squall_score_seconds",
    "squall_transaction_seconds",
    "squall_state_bytes",
]
MetricName = CounterName | GaugeName | HistogramName

BRAND: Final = "a brand of the watch list, or other"
OWN: Final = "one of ours"
Values = tuple[str, ...] | str
"""The closed list of a label's values; or ``BRAND``; or ``OWN``, for partitions and topics."""


@dataclass(frozen=True, slots=True)
class Metric:
    """What a metric means (one line) and which labels it has."""

    meaning: str
    labels: Mapping[str, Values] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()


COUNTERS: Final[dict[CounterName, Metric]] = {
    "squall_mentions_total": Metric(
        "Records read from mentions, by what became of them; unmatched: of no brand.",
        {"outcome": ("scored", "unmatched", "dead_letter")},
    ),
    "squall_unknown_fields_total": Metric("Fields of mentions that Squall does not know; ignored."),
    "squall_dead_letters_total": Metric(
        "Records written to the dead-letter topic, by reason.", {"reason": tuple(RejectReason)}
    ),
    "squall_scored_total": Metric(
        "Scored mentions written to the log, one a brand, by sentiment.", {"label": tuple(Label)}
    ),
    "squall_brand_mentions_total": Metric(
        "Mentions applied to a brand's windows.", {"brand": BRAND}
    ),
    "squall_duplicates_total": Metric("Log records skipped because they were applied before."),
    "squall_late_total": Metric("Scored mentions too far behind the watermark to be counted."),
    "squall_commands_total": Metric(
        "Commands read, by what became of them.",
        {"outcome": ("accepted", "refused", "dead_letter")},
    ),
    "squall_events_total": Metric(
        "Crisis events committed.", {"type": tuple(EventType), "severity": tuple(Severity)}
    ),
    "squall_brands_evicted_total": Metric("Brands forgotten because they were idle."),
    "squall_rebalances_total": Metric("Times this member got or lost partitions."),
    "squall_notifications_total": Metric(
        "Alerts handed to a sink, by outcome.",
        {"sink": ("alertmanager",), "outcome": ("sent", "failed")},
    ),
    "squall_watchlist_reloads_total": Metric(
        "Changes of the watch list seen; a broken one is not used.",
        {"outcome": ("loaded", "broken")},
    ),
}

GAUGES: Final[dict[GaugeName, Metric]] = {
    "squall_build_info": Metric(
        "Always 1; the labels tell what runs.", {"version": OWN, "python": OWN, "role": OWN}
    ),
    "squall_ready": Metric("1 when partitions are assigned and their state is loaded, else 0."),
    "squall_consumer_lag": Metric(
        "Records of a partition not yet committed as done.", {"topic": OWN, "partition": OWN}
    ),
    "squall_watermark_age_seconds": Metric(
        "How far a log partition's watermark lies behind the clock, at the scrape.",
        {"partition": OWN},
    ),
    "squall_brands": Metric(
        "Brands in this member's partitions, by state.", {"state": tuple(State)}
    ),
    "squall_crises_open": Metric(
        "Crises open, acknowledged or recovering, by severity.", {"severity": tuple(Severity)}
    ),
    "squall_brand_score": Metric(
        "Score of the last judged step, 0 to 1; 0.5 is the alert line.", {"brand": BRAND}
    ),
    "squall_brand_open_severity": Metric(
        "Severity of the open crisis: 0 none, 1 info, 2 warning, 3 error, 4 critical.",
        {"brand": BRAND},
    ),
}

HISTOGRAMS: Final[dict[HistogramName, Metric]] = {
    "squall_batch_size": Metric(
        "Records in one batch.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
    ),
    "squall_score_seconds": Metric(
        "Time of the sentiment engine for one batch.",
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
    ),
    "squall_transaction_seconds": Metric(
        "Time of one transaction, from begin to commit.",
        buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15),
    ),
    "squall_state_bytes": Metric(
        "Size of a brand's state record.",
        buckets=(1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144),
    ),
}

METRICS: Final[dict[MetricName, Metric]] = {
    name: metric for metrics in (COUNTERS, GAUGES, HISTOGRAMS) for name, metric in metrics.items()
}
