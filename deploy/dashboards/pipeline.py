"""Is Squall itself well? From the mention's arrival to the alert that somebody got."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, stat, timeseries

from deploy.dashboards.panels import THIRD, Query, lines, number, page

RATE: Final = "[$__rate_interval]"
P95: Final = (("0.5", "median"), ("0.95", "95 %"))


def build() -> dashboard.Dashboard:
    """Return the dashboard *Pipeline*."""
    found = page("squall-pipeline", "Squall: Pipeline", "From a mention's arrival to the alert.")
    for panel in (
        *_now(),
        *_flow(),
        *_latency(),
        *_canary(),
        *_intake(),
        *_quality(),
        *_model(),
        *_processes(),
    ):
        found.with_panel(panel)
    return found


def _now() -> list[stat.Panel]:
    return [
        number(
            "Roles ready",
            "Processes whose partitions are assigned and loaded.",
            "sum(squall_ready)",
        ),
        number(
            "Waiting",
            "Records not yet done, all topics.",
            "sum(squall_consumer_lag)",
            warn_at=2_000,
        ),
        number(
            "Watermark",
            "Age of the oldest watermark; 60 s is the objective.",
            "max(squall_watermark_age_seconds)",
            unit="s",
            warn_at=60,
        ),
        number(
            "Fresh",
            "Steps of the time shown that were judged within 60 s; 95 % is the objective.",
            'sum(increase(squall_judged_after_seconds_bucket{le="60.0"}[$__range]))'
            " / sum(increase(squall_judged_after_seconds_count[$__range]))",
            unit="percentunit",
        ),
        number(
            "Dead letters",
            "In the time shown.",
            "round(sum(increase(squall_dead_letters_total[$__range])))",
            warn_at=100,
        ),
        number(
            "Versions",
            "More than one: an upgrade is under way.",
            "count(count by (version) (squall_build_info))",
            warn_at=2,
        ),
    ]


def _flow() -> list[timeseries.Panel]:
    return [
        lines(
            "Mentions read, a second",
            "scored: at least one brand; unmatched: of no brand.",
            Query(f"sum by (outcome) (rate(squall_mentions_total{RATE}))", "{{outcome}}"),
            stacked=True,
            span=THIRD,
        ),
        lines(
            "Waiting, by topic",
            "Records of each topic not yet committed as done.",
            Query("sum by (topic) (squall_consumer_lag)", "{{topic}}"),
            span=THIRD,
        ),
        lines(
            "Watermark age",
            "How far behind the clock each log partition is judged. In a replay it is the age of "
            "what is replayed.",
            Query("max by (partition) (squall_watermark_age_seconds)", "{{partition}}"),
            unit="s",
            span=THIRD,
        ),
    ]


def _latency() -> list[timeseries.Panel]:
    return [
        _quantiles("Arrival to score", "squall_scored_after_seconds"),
        _quantiles("Score to commit", "squall_folded_after_seconds"),
        _quantiles("End of a step to its window", "squall_judged_after_seconds"),
        _quantiles("Event to sink", "squall_notified_after_seconds"),
        _quantiles("Engine, a batch", "squall_score_seconds"),
        _quantiles("Transaction", "squall_transaction_seconds"),
    ]


def _canary() -> list[timeseries.Panel]:
    return [
        lines(
            "Canary: the whole way",
            "95th percentile of its rounds. A mention waits for the end of its step and for "
            "detector.allowed_lateness_s; a crisis is opened, told and resolved.",
            _p95("mention to window", "squall_canary_mention_seconds"),
            _p95("crisis", "squall_canary_crisis_seconds"),
            unit="s",
            span=THIRD,
        ),
        lines(
            "Canary: since it last came back",
            "At one and a half of the interval SquallCanaryStale fires; no line: no canary runs.",
            Query(
                "time() - max by (loop) (squall_canary_last_success_timestamp_seconds)",
                "{{loop}}",
            ),
            Query("1.5 * max by (loop) (squall_canary_interval_seconds)", "{{loop}}, alert line"),
            unit="s",
            span=THIRD,
        ),
        lines(
            "Canary: missed rounds in half an hour",
            "By who had not done its part in time.",
            Query(
                "sum by (loop, at) (increase(squall_canary_missed_total[30m])) > 0",
                "{{loop}} at {{at}}",
            ),
            span=THIRD,
        ),
    ]


def _intake() -> list[timeseries.Panel]:
    return [
        lines(
            "Intake: mentions a minute",
            "By webhooks and feeds. Repeated ones were taken before and count once; old ones were "
            "published longer ago than intake.max_age_days.",
            Query(
                f"60 * sum by (way, outcome) (rate(squall_intake_mentions_total{RATE}))",
                "{{way}}, {{outcome}}",
            ),
            span=THIRD,
        ),
        lines(
            "Intake: webhooks a minute",
            "By the status answered. 202: the mentions are in Kafka. 401 and 422 are the sender's "
            "to mend, 503 is Kafka's.",
            Query(f"60 * sum by (status) (rate(squall_intake_requests_total{RATE}))", "{{status}}"),
            span=THIRD,
        ),
        lines(
            "Intake: looks at feeds a minute",
            "Failed ones are tried again, more and more seldom; the log says why.",
            Query(f"60 * sum by (outcome) (rate(squall_intake_polls_total{RATE}))", "{{outcome}}"),
            Query(
                "count(time() - squall_intake_feed_last_success_timestamp_seconds > 3600) "
                "or vector(0)",
                "feeds not read for an hour",
            ),
            span=THIRD,
        ),
    ]


def _quality() -> list[timeseries.Panel]:
    return [
        lines(
            "Dead letters by reason, a minute",
            "What was rejected, byte for byte in mentions.dead-letter.",
            Query(
                f"60 * sum by (reason) (rate(squall_dead_letters_total{RATE})) > 0", "{{reason}}"
            ),
            span=THIRD,
        ),
        lines(
            "Late, repeated, unknown, a minute",
            "late: behind the watermark; repeats: skipped, they were counted before; unknown "
            "fields: ignored, a source may have changed.",
            Query(f"60 * sum(rate(squall_late_total{RATE}))", "late"),
            Query(f"60 * sum(rate(squall_duplicates_total{RATE}))", "repeats"),
            Query(f"60 * sum(rate(squall_unknown_fields_total{RATE}))", "unknown fields"),
            span=THIRD,
        ),
        lines(
            "Languages, a minute",
            "What language mentions are in; unscored: no model for it.",
            Query(
                f"topk(10, 60 * sum by (language, outcome) (rate(squall_languages_total{RATE})))",
                "{{language}} {{outcome}}",
            ),
            span=THIRD,
        ),
        lines(
            "Sources, a minute",
            "Mentions scored, by the kind of their source; one that stops is told as silent.",
            Query(f"60 * sum by (source) (rate(squall_sources_total{RATE}))", "{{source}}"),
            span=THIRD,
        ),
        lines(
            "Claims to look at, an hour",
            "Mentions that claim a breach, an injury or steps at law, or repeat a rumour.",
            Query(f"3600 * sum by (flag) (rate(squall_flagged_total{RATE}))", "{{flag}}"),
            span=THIRD,
        ),
        lines(
            "Label shift",
            "How far the labels of six hours are from those of the week, 0 to 1; and what was "
            "scored but is counted nowhere. Both need Squall's recording rules.",
            Query("squall:label_shift:ratio", "label shift"),
            Query("squall:mentions_unaccounted:ratio6h", "unaccounted"),
            unit="percentunit",
            span=THIRD,
        ),
    ]


def _model() -> list[timeseries.Panel]:
    return [
        lines(
            "Score drift",
            "Population stability index of a scorer's last 1,000 negative probabilities against "
            "its first 1,000; 0.25 is the alert line.",
            Query("max by (language) (squall_score_drift)", "{{language}}"),
            span=THIRD,
        ),
        lines(
            "Not told",
            "Share of the last 1,000 mentions without a clear label; unscored: no model for it.",
            Query("max by (language) (squall_abstained_share)", "{{language}}"),
            Query("max by (language) (squall_unscored_share)", "{{language}} unscored"),
            unit="percentunit",
            span=THIRD,
        ),
        lines(
            "Macro-F1 by people's labels, all languages",
            "With its 95 % interval, over the last 500 labels at most; none: nobody labelled.",
            Query('max(squall_labelled_f_score{language="all"})', "macro-F1"),
            Query('max(squall_labelled_f_score_low{language="all"})', "low"),
            Query('max(squall_labelled_f_score_high{language="all"})', "high"),
            span=THIRD,
        ),
        lines(
            "Macro-F1 by language",
            "By people's labels.",
            Query("max by (language) (squall_labelled_f_score)", "{{language}}"),
            span=THIRD,
        ),
        lines(
            "Labels",
            "How many labels of people the figures are of.",
            Query("max by (language) (squall_labelled_mentions)", "{{language}}"),
            span=THIRD,
        ),
        lines(
            "Drop of the model",
            "Standard errors by which macro-F1 lies below that of the labels before; 3 is the "
            "alert line.",
            Query("max by (language) (squall_labelled_drop_sigmas)", "{{language}}"),
            span=THIRD,
        ),
    ]


def _processes() -> list[timeseries.Panel]:
    return [
        lines(
            "Records in a batch, mean",
            "At 256 (scorer.batch_max, detector.batch_max) batches are full: work waits.",
            Query(
                f"rate(squall_batch_size_sum{RATE}) / rate(squall_batch_size_count{RATE})",
                "{{instance}}",
            ),
            span=THIRD,
        ),
        lines(
            "State of a brand",
            "Size of the records written; the limit is 256 KiB.",
            *_of("squall_state_bytes"),
            unit="bytes",
            span=THIRD,
        ),
        lines(
            "Brands",
            "Brands in memory; evicted: forgotten after detector.evict_after_days, an hour.",
            Query("sum(squall_brands)", "brands"),
            Query(f"3600 * sum(rate(squall_brands_evicted_total{RATE}))", "evicted"),
            span=THIRD,
        ),
        lines(
            "Rebalances and starts in half an hour",
            "Each stops the work for seconds.",
            Query("sum(increase(squall_rebalances_total[30m]))", "rebalances"),
            Query('sum(changes(process_start_time_seconds{job="squall"}[30m]))', "starts"),
            span=THIRD,
        ),
        lines(
            "Memory",
            "Resident, by process.",
            Query('process_resident_memory_bytes{job="squall"}', "{{instance}}"),
            unit="bytes",
            span=THIRD,
        ),
        lines(
            "Processor",
            "Cores used, by process.",
            Query(f'rate(process_cpu_seconds_total{{job="squall"}}{RATE})', "{{instance}}"),
            span=THIRD,
        ),
        lines(
            "Changes of the watch list in an hour",
            "A broken file is not used; the one before it stays.",
            Query("sum by (outcome) (increase(squall_watchlist_reloads_total[1h]))", "{{outcome}}"),
            span=2 * THIRD,
        ),
    ]


def _quantiles(title: str, name: str) -> timeseries.Panel:
    return lines(title, "Median and 95th percentile.", *_of(name), unit="s", span=THIRD)


def _of(name: str) -> list[Query]:
    return [Query(_quantile(q, name, RATE), legend) for q, legend in P95]


def _p95(legend: str, name: str) -> Query:
    return Query(_quantile("0.95", name, "[30m]"), legend)  # a round a minute is too few for less


def _quantile(q: str, name: str, span: str) -> str:
    return f"histogram_quantile({q}, sum by (le) (rate({name}_bucket{span})))"
