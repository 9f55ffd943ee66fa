"""Every metric, by name, with its labels and a line of meaning: this file is the reference.

A name is a member of a ``Literal``, so that a typo is a type error. The number of series is bounded
whatever mentions say: a label has a closed list of values, or is a partition or topic of ours, or
a brand of the watch list up to a cap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from app.core.crisis import TRIGGERS, EventType, Judged, Severity, State
from app.core.event import REHEARSED
from app.core.flags import FLAGS
from app.core.mention import Label, RejectReason, SourceKind
from app.core.supported import LANGUAGES as SUPPORTED

CounterName = Literal[
    "squall_mentions_total",
    "squall_unknown_fields_total",
    "squall_dead_letters_total",
    "squall_scored_total",
    "squall_sources_total",
    "squall_languages_total",
    "squall_flagged_total",
    "squall_brand_mentions_total",
    "squall_brand_negatives_total",
    "squall_duplicates_total",
    "squall_late_total",
    "squall_commands_total",
    "squall_events_total",
    "squall_judged_total",
    "squall_brands_evicted_total",
    "squall_rebalances_total",
    "squall_notifications_total",
    "squall_watchlist_reloads_total",
    "squall_canary_missed_total",
    "squall_drill_mentions_total",
    "squall_drill_events_total",
    "squall_intake_mentions_total",
    "squall_intake_requests_total",
    "squall_intake_polls_total",
]
GaugeName = Literal[
    "squall_build_info",
    "squall_ready",
    "squall_consumer_lag",
    "squall_watermark_age_seconds",
    "squall_brands",
    "squall_crises_open",
    "squall_brand_score",
    "squall_brand_disagreement",
    "squall_brand_expected_negatives",
    "squall_brand_upper_negatives",
    "squall_brand_open_severity",
    "squall_detectable_rise",
    "squall_source_silent",
    "squall_abstained_share",
    "squall_unscored_share",
    "squall_score_drift",
    "squall_labelled_mentions",
    "squall_labelled_f_score",
    "squall_labelled_f_score_low",
    "squall_labelled_f_score_high",
    "squall_labelled_drop_sigmas",
    "squall_drill_told_after_seconds",
    "squall_canary_interval_seconds",
    "squall_canary_last_success_timestamp_seconds",
    "squall_intake_feed_last_success_timestamp_seconds",
]
HistogramName = Literal[
    "squall_batch_size",
    "squall_score_seconds",
    "squall_transaction_seconds",
    "squall_state_bytes",
    "squall_scored_after_seconds",
    "squall_folded_after_seconds",
    "squall_judged_after_seconds",
    "squall_notified_after_seconds",
    "squall_crisis_opened_after_seconds",
    "squall_crisis_acknowledged_after_seconds",
    "squall_crisis_recovering_after_seconds",
    "squall_crisis_resolved_after_seconds",
    "squall_canary_mention_seconds",
    "squall_canary_crisis_seconds",
    "squall_drill_time_to_detect_seconds",
]
MetricName = CounterName | GaugeName | HistogramName

BRAND: Final = "a brand of the watch list, or other"
OWN: Final = "one of ours"
STAGE_S: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800)
"""Upper ends, in seconds, of how long a record may take through one stage."""
CRISIS_MIN: Final = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 480, 720, 1_440, 2_880, 4_320)
CRISIS_S: Final = tuple(60 * minutes for minutes in CRISIS_MIN)
"""Upper ends, in seconds, of what people do and what crises take: 30 seconds to three days."""
LANGUAGES: Final = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")
"""Languages with a label of their own: those of the bundled model. Any other is "other"."""
QUALITY: Final = {"language": ("all", *SUPPORTED)}
"""Of quality figures: each language of the bundled model, other, unknown, and all together."""
SINKS: Final = {"sink": ("alertmanager", "pagerduty", "webhook")}
STATUSES: Final = ("202", "400", "401", "404", "405", "408", "413", "415", "422", "500", "503")
"""What the receiver of webhooks answers."""
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
    "squall_sources_total": Metric(
        "Mentions scored, by the kind of their source.", {"source": tuple(SourceKind)}
    ),
    "squall_languages_total": Metric(
        "Mentions whose language was told, by language; unscored: no model for it.",
        {"language": LANGUAGES, "outcome": ("scored", "unscored")},
    ),
    "squall_flagged_total": Metric(
        "Scored mentions that claim something a person should look at, by flag: candidates.",
        {"flag": FLAGS},
    ),
    "squall_brand_mentions_total": Metric(
        "Mentions applied to a brand's windows.", {"brand": BRAND}
    ),
    "squall_brand_negatives_total": Metric(
        "Distinct negatives in a brand's windows.", {"brand": BRAND}
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
    "squall_judged_total": Metric(
        "Crises that a person judged, by a trigger that fired at the opening; all: each crisis "
        "once. changed: the other word stood before, and counts no more.",
        {"trigger": ("all", *TRIGGERS), "verdict": tuple(Judged), "said": ("first", "changed")},
    ),
    "squall_brands_evicted_total": Metric("Brands forgotten because they were idle."),
    "squall_rebalances_total": Metric("Times this member got or lost partitions."),
    "squall_notifications_total": Metric(
        "Alerts handed to a sink, by outcome.",
        {**SINKS, "outcome": ("sent", "failed")},
    ),
    "squall_watchlist_reloads_total": Metric(
        "Changes of the watch list seen; a broken one is not used.",
        {"outcome": ("loaded", "broken")},
    ),
    "squall_canary_missed_total": Metric(
        "Rounds of the canary that did not end in time, by who had not done its part.",
        {"loop": ("mention", "crisis"), "at": ("scorer", "detector", "notifier", "kafka")},
    ),
    "squall_drill_mentions_total": Metric(
        "Mentions of drills that the detector read, by what became of them.",
        {"outcome": REHEARSED},
    ),
    "squall_drill_events_total": Metric(
        "Events of drills committed; none of them is in squall_events_total.",
        {"type": tuple(EventType)},
    ),
    "squall_intake_mentions_total": Metric(
        "Mentions that came by squall intake; repeated: taken before; old: said too long ago; "
        "refused: no mention could be made of it.",
        {"way": ("hook", "feed"), "outcome": ("taken", "repeated", "old", "refused")},
    ),
    "squall_intake_requests_total": Metric(
        "Requests to the receiver of webhooks, by the status answered.", {"status": STATUSES}
    ),
    "squall_intake_polls_total": Metric(
        "Looks at feeds; unchanged: the server said so.",
        {"outcome": ("read", "unchanged", "failed")},
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
    "squall_brand_disagreement": Metric(
        "Between the two detectors' scores of negatives, 0 to 1; none where one is off.",
        {"brand": BRAND},
    ),
    "squall_brand_expected_negatives": Metric(
        "Distinct negatives that a step of 30 seconds usually has at this time.", {"brand": BRAND}
    ),
    "squall_brand_upper_negatives": Metric(
        "Upper end of that: one step in a hundred lies above.", {"brand": BRAND}
    ),
    "squall_brand_open_severity": Metric(
        "Severity of the open crisis: 0 none, 1 info, 2 warning, 3 error, 4 critical.",
        {"brand": BRAND},
    ),
    "squall_detectable_rise": Metric(
        "Smallest rise of negatives, as a factor of the usual, that passes the alert line within "
        "this time with 90 % certainty; +Inf: not even a thousandfold one; none where the first "
        "detector is off.",
        {"brand": BRAND, "within": ("15m", "1h", "6h")},
    ),
    "squall_source_silent": Metric(
        "1 while a kind of source has said nothing of the brand for three times its longest usual "
        "gap, 0 when it is over.",
        {"brand": BRAND, "source": tuple(SourceKind)},
    ),
    "squall_abstained_share": Metric(
        "Share of the last 1,000 mentions of a scorer that are uncertain or unscored.", QUALITY
    ),
    "squall_unscored_share": Metric(
        "Share of the last 1,000 mentions of a scorer that are unscored: no model for it.", QUALITY
    ),
    "squall_score_drift": Metric(
        "Population stability index of the last 1,000 negative probabilities against the first "
        "1,000 since the start; 0.1 is a shift, 0.25 the alert line.",
        QUALITY,
    ),
    "squall_labelled_mentions": Metric(
        "Labels of people that the figures beside are of, 500 at most.", QUALITY
    ),
    "squall_labelled_f_score": Metric(
        "Macro-F1 of the model's labels by the last 500 labels of people.", QUALITY
    ),
    "squall_labelled_f_score_low": Metric("Lower end of its 95 % interval.", QUALITY),
    "squall_labelled_f_score_high": Metric("Upper end of its 95 % interval.", QUALITY),
    "squall_labelled_drop_sigmas": Metric(
        "Standard errors by which it lies below that of the 2,000 labels before; 3 is the alert "
        "line, 0 while there are too few.",
        QUALITY,
    ),
    "squall_drill_told_after_seconds": Metric(
        "From the first mention of the newest drill that was told until a sink took its crisis.",
        SINKS,
    ),
    "squall_canary_interval_seconds": Metric(
        "Time between two rounds of the canary: mention or crisis.", {"loop": OWN}
    ),
    "squall_canary_last_success_timestamp_seconds": Metric(
        "When the canary last came round in time (Unix time); before that, when it set out.",
        {"loop": OWN},
    ),
    "squall_intake_feed_last_success_timestamp_seconds": Metric(
        "When a feed was last read, or had not changed (Unix time).", {"feed": OWN}
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
    "squall_scored_after_seconds": Metric(
        "From a mention's arrival in Kafka until its scores, or its dead letter, are in Kafka.",
        buckets=STAGE_S,
    ),
    "squall_folded_after_seconds": Metric(
        "From a log record's arrival in Kafka until the transaction that counted it.",
        buckets=STAGE_S,
    ),
    "squall_judged_after_seconds": Metric(
        "From the end of a 30-second step, in event time, until its window is committed.",
        buckets=(5, 10, 15, 20, 30, 45, 60, 90, 120, 300, 1_800),
    ),
    "squall_notified_after_seconds": Metric(
        "From a crisis event's arrival in Kafka until the sink took what it changed.",
        buckets=STAGE_S,
    ),
    "squall_crisis_opened_after_seconds": Metric(
        "From the first sign of a crisis until it opened, in event time.", buckets=CRISIS_S
    ),
    "squall_crisis_acknowledged_after_seconds": Metric(
        "From the opening of a crisis until somebody acknowledged it.", buckets=CRISIS_S
    ),
    "squall_crisis_recovering_after_seconds": Metric(
        "From the opening of a crisis until it was recovering.", buckets=CRISIS_S
    ),
    "squall_crisis_resolved_after_seconds": Metric(
        "From the opening of a crisis until it was resolved.", buckets=CRISIS_S
    ),
    "squall_canary_mention_seconds": Metric(
        "From the canary's mention until its window is committed; the rest of the step and "
        "detector.allowed_lateness_s are in it.",
        buckets=(5, 10, 15, 20, 25, 30, 40, 50, 60, 120, 300),
    ),
    "squall_canary_crisis_seconds": Metric(
        "From the canary's order to open until its crisis is resolved, both told by the notifier.",
        buckets=(1, 2, 3, 4, 5, 7.5, 10, 15, 30, 60, 300),
    ),
    "squall_drill_time_to_detect_seconds": Metric(
        "From a drill's first mention until its crisis is opened and committed.",
        buckets=(30, 45, 60, 90, 120, 180, 300, 600, 900, 1_800, 3_600),
    ),
}

METRICS: Final[dict[MetricName, Metric]] = {
    name: metric for metrics in (COUNTERS, GAUGES, HISTOGRAMS) for name, metric in metrics.items()
}
