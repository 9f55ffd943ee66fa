"""What people say of each brand, what was expected, and how small a rise can be seen."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard

from deploy.dashboards.panels import SOURCE, WHOLE, Query, lines, page, rows

BRAND = '{brand=~"$brand"}'
USUAL = f"max by (brand) (squall_brand_expected_negatives{BRAND})"
UPPER = f"max by (brand) (squall_brand_upper_negatives{BRAND})"
DETECTABLE = f"max by (brand, within) (squall_detectable_rise{BRAND})"


def build() -> dashboard.Dashboard:
    """Return the dashboard *Brands*."""
    return (
        page("squall-brands", "Squall: Brands", "What people say of each brand of the watch list.")
        .with_variable(
            dashboard.QueryVariable("brand")
            .datasource(SOURCE)
            .query("label_values(squall_brand_mentions_total, brand)")
            .multi(True)
            .include_all(True)
        )
        .with_panel(
            lines(
                "Mentions a minute",
                "Copies included. Brands beyond metrics.brand_label_max add up in other.",
                Query(
                    f"60 * sum by (brand) (rate(squall_brand_mentions_total{BRAND}"
                    "[$__rate_interval]))",
                    "{{brand}}",
                ),
            )
        )
        .with_panel(
            lines(
                "Negatives a minute",
                "Distinct negatives: copies of a text count once.",
                Query(
                    f"60 * sum by (brand) (rate(squall_brand_negatives_total{BRAND}"
                    "[$__rate_interval]))",
                    "{{brand}}",
                ),
            )
        )
        .with_panel(
            lines(
                "Negatives of a step and the band they are expected in",
                "A step is 30 seconds. One step in a hundred lies above the upper end by chance.",
                Query(
                    f"30 * sum by (brand) (rate(squall_brand_negatives_total{BRAND}"
                    "[$__rate_interval]))",
                    "{{brand}}",
                ),
                Query(USUAL, "{{brand}} usual"),
                Query(UPPER, "{{brand}} upper"),
                span=WHOLE,
            )
        )
        .with_panel(
            lines(
                "Score",
                "How unusual the last judged step was; 0.5 is the alert line.",
                Query(f"max by (brand) (squall_brand_score{BRAND})", "{{brand}}"),
            )
        )
        .with_panel(
            lines(
                "Disagreement",
                "Between the scores of the two detectors: where it stays high, look at both with "
                "squall explain.",
                Query(f"max by (brand) (squall_brand_disagreement{BRAND})", "{{brand}}"),
            )
        )
        .with_panel(
            lines(
                "Detectability",
                "How many times the usual negatives pass the alert line within 15 minutes, an hour "
                "and six hours with 90 % certainty: the fewer mentions a brand has, the larger a "
                "rise must be.",
                Query(DETECTABLE, "{{brand}} {{within}}"),
            )
        )
        .with_panel(
            lines(
                "Silent sources",
                "1 while a kind of source that was regular says nothing: what is missing is no "
                "calm.",
                Query(
                    f"max by (brand, source) (squall_source_silent{BRAND})", "{{brand}} {{source}}"
                ),
            )
        )
        .with_panel(
            rows(
                "Open crises by brand",
                "Severity of the open crisis of each brand; none if there is none.",
                Query(f"max by (brand) (squall_brand_open_severity{BRAND})"),
            )
        )
        .with_panel(
            lines(
                "Sentiment of what was scored",
                "Share of each label. uncertain: the model abstained; unscored: a language that it "
                "does not know.",
                Query(
                    "sum by (label) (rate(squall_scored_total[$__rate_interval]))"
                    " / on () group_left () sum(rate(squall_scored_total[$__rate_interval]))",
                    "{{label}}",
                ),
                unit="percentunit",
                stacked=True,
            )
        )
    )
