"""Crises: what is open, how severe, and how long people and Squall take."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.builders import dashboard, timeseries

from deploy.dashboards.panels import HALF, Query, lines, number, page, rows

OPEN: Final = "sum(squall_crises_open)"


def _judged(labels: str) -> str:
    return f'sum(increase(squall_judged_total{{trigger="all",{labels}}}[$__range]))'


def _real() -> str:
    """Return the share of judged crises called real; who changes their mind takes the word before
    back.
    """
    real = _judged('verdict="confirmed"')
    taken_back = _judged('verdict="false_positive",said="changed"')
    judged = _judged('said="first"')
    return f"({real} - {taken_back}) / {judged}"


def build() -> dashboard.Dashboard:
    """Return the dashboard *Crises*."""
    opened = '"opened|reopened"'
    return (
        page("squall-crises", "Squall: Crises", "What is open, and how long each step takes.")
        .with_panel(number("Open", "Open, acknowledged or recovering.", OPEN, warn_at=1))
        .with_panel(
            number(
                "Critical",
                "Open with severity critical.",
                'sum(squall_crises_open{severity="critical"})',
                warn_at=1,
            )
        )
        .with_panel(
            number(
                "Opened in the time shown",
                "Crises opened or reopened.",
                f"round(sum(increase(squall_events_total{{type=~{opened}}}[$__range])))",
            )
        )
        .with_panel(
            number(
                "Watches",
                "Brands with a first sign that is no crisis yet.",
                'sum(squall_brands{state="watch"})',
            )
        )
        .with_panel(
            number(
                "Not acknowledged",
                "Open crises that nobody has taken.",
                'sum(squall_brands{state="open"})',
                warn_at=1,
            )
        )
        .with_panel(
            number(
                "Refused commands",
                "Commands of the time shown that the fold answered with a refusal.",
                'round(sum(increase(squall_events_total{type="refused"}[$__range])))',
            )
        )
        .with_panel(
            lines(
                "Open by severity",
                "Crises open, acknowledged or recovering.",
                Query("sum by (severity) (squall_crises_open)", "{{severity}}"),
                stacked=True,
            )
        )
        .with_panel(
            rows(
                "Brands with an open crisis",
                "Severity of the open crisis.",
                Query("max by (brand) (squall_brand_open_severity) > 0"),
            )
        )
        .with_panel(
            lines(
                "Brands by state",
                "Where the brands stand; quiet ones are left out.",
                Query('sum by (state) (squall_brands{state!="quiet"})', "{{state}}"),
            )
        )
        .with_panel(
            lines(
                "Events",
                "Steps of crises, an hour.",
                Query(
                    "3600 * sum by (type) (rate(squall_events_total[$__rate_interval])) > 0",
                    "{{type}}",
                ),
            )
        )
        .with_panel(_took("Time to detect", "first sign to opening", "opened"))
        .with_panel(_took("Time to acknowledge", "opening to acknowledgement", "acknowledged"))
        .with_panel(_took("Time to recover", "opening to back in the expected band", "recovering"))
        .with_panel(_took("Time to resolve", "opening to resolution", "resolved"))
        .with_panel(
            number(
                "Real of the judged",
                "Of the alarms judged in the time shown, those called real. Few say little: "
                "`squall eval precision` has the interval.",
                _real(),
                unit="percentunit",
            )
        )
        .with_panel(
            lines(
                "Judged by trigger",
                "Crises that people judged, by what fired at their opening; all: each once. Over "
                "the time shown.",
                Query(
                    "sum by (trigger, verdict) "
                    '(increase(squall_judged_total{said="first"}[$__range])) > 0',
                    "{{trigger}} {{verdict}}",
                ),
            )
        )
        .with_panel(
            lines(
                "Commands",
                "Acknowledgements, notes and resolutions read, an hour.",
                Query(
                    "3600 * sum by (outcome) (rate(squall_commands_total[$__rate_interval]))",
                    "{{outcome}}",
                ),
            )
        )
        .with_panel(
            lines(
                "Alerts handed over",
                "By sink, an hour. An open crisis is sent again every notifier.resend_s.",
                Query(
                    "3600 * sum by (sink, outcome) "
                    "(rate(squall_notifications_total[$__rate_interval]))",
                    "{{sink}} {{outcome}}",
                ),
            )
        )
        .with_panel(
            lines(
                "Drills: how long they took",
                "From a drill's first mention until its crisis was open, mean of the time shown, 0 "
                "without one; and until a sink took that of the newest drill.",
                Query(_drilled(), "opened"),
                Query("max by (sink) (squall_drill_told_after_seconds)", "{{sink}}"),
                unit="s",
            )
        )
        .with_panel(
            lines(
                "Drills: what went through",
                "Mentions by what became of them, and events, an hour. No other panel counts them.",
                Query(
                    "3600 * sum by (outcome) (rate(squall_drill_mentions_total[$__rate_interval]))",
                    "{{outcome}}",
                ),
                Query(
                    "3600 * sum (rate(squall_drill_events_total[$__rate_interval]))",
                    "events",
                ),
            )
        )
    )


def _drilled() -> str:
    name = "squall_drill_time_to_detect_seconds"
    total, count = (f"sum(increase({name}_{part}[$__range]))" for part in ("sum", "count"))
    return f"{total} / clamp_min({count}, 1)"


def _took(title: str, meaning: str, step: str) -> timeseries.Panel:
    name = f"squall_crisis_{step}_after_seconds"
    window = "[$__range]"
    middle = f"histogram_quantile(0.5, sum by (le) (increase({name}_bucket{window})))"
    mean = f"sum(increase({name}_sum{window})) / sum(increase({name}_count{window}))"
    return lines(
        title,
        f"From {meaning}, over the crises of the time shown.",
        Query(middle, "median"),
        Query(mean, "mean"),
        unit="s",
        span=HALF,
    )
