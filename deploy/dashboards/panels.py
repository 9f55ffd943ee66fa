"""What every panel and dashboard has in common: data source, size, colours, annotations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as options
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

SOURCE: Final = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
THIRD, HALF, WHOLE = 8, 12, 24
HEIGHT: Final = 8
STAT_HEIGHT: Final = 4
SEVERITY: Final = ("none", "info", "warning", "error", "critical")
"""What the numbers of ``squall_brand_open_severity`` mean."""

SEVERITY_COLOURS: Final = ("green", "blue", "yellow", "orange", "red")

_LABEL_COLOURS: Final = {
    "negative": "red",
    "neutral": "blue",
    "positive": "green",
    "uncertain": "yellow",
    "unscored": "purple",
}
_COLOURS: Final = {
    "{{label}}": _LABEL_COLOURS,
    "{{severity}}": dict(zip(SEVERITY, SEVERITY_COLOURS, strict=True)),
}
"""By legend: a series has the same colour wherever it is."""


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a panel and what its series are called (Grafana's ``{{label}}``)."""

    expr: str
    legend: str = ""


def lines(
    title: str,
    meaning: str,
    *queries: Query,
    unit: str = "short",
    span: int = HALF,
    stacked: bool = False,
) -> timeseries.Panel:
    """Return curves over time. ``meaning`` says how to read them."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(meaning)
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .span(span)
        .height(HEIGHT)
        .line_width(1)
        .fill_opacity(15 if stacked else 5)
        .show_points(options.VisibilityMode.NEVER)
        .legend(
            common.VizLegendOptions()
            .display_mode(options.LegendDisplayMode.LIST)
            .placement(options.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(options.TooltipDisplayMode.MULTI))
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(options.StackingMode.NORMAL))
    for target in _targets(queries):
        panel.with_target(target)
    for name, colour in _COLOURS.get(queries[0].legend, {}).items():
        fixed = {"mode": "fixed", "fixedColor": colour}
        panel.override_by_name(name, [model.DynamicConfigValue("color", fixed)])
    return panel


def number(
    title: str,
    meaning: str,
    expr: str,
    *,
    unit: str = "short",
    warn_at: float | None = None,
    span: int = 4,
) -> stat.Panel:
    """Return one number, red from ``warn_at`` on."""
    steps = [model.Threshold(value=None, color="green")]
    if warn_at is not None:
        steps.append(model.Threshold(value=warn_at, color="red"))
    (target,) = _targets([Query(expr)])
    return (
        stat.Panel()
        .title(title)
        .description(meaning)
        .datasource(SOURCE)
        .unit(unit)
        .span(span)
        .height(STAT_HEIGHT)
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(target)
    )


def rows(title: str, meaning: str, query: Query, *, span: int = HALF) -> table.Panel:
    """Return the latest values as a table, severities by name."""
    (target,) = _targets([query])
    target.instant().format(PromQueryFormat.TABLE)
    names = {
        str(value): model.ValueMappingResult(text=name, color=SEVERITY_COLOURS[value])
        for value, name in enumerate(SEVERITY)
    }
    return (
        table.Panel()
        .title(title)
        .description(meaning)
        .datasource(SOURCE)
        .span(span)
        .height(HEIGHT)
        .mappings([model.ValueMap(options=names)])
        .with_target(target)
    )


def _targets(queries: Iterable[Query]) -> list[prometheus.Dataquery]:
    return [
        prometheus.Dataquery()
        .expr(query.expr)
        .legend_format(query.legend)
        .ref_id(chr(ord("A") + index))
        .datasource(SOURCE)
        for index, query in enumerate(queries)
    ]


def page(uid: str, title: str, meaning: str) -> dashboard.Dashboard:
    """Return an empty dashboard with a choice of the data source and the crises as annotations."""
    return (
        dashboard.Dashboard(title)
        .uid(uid)
        .description(meaning)
        .tags(["squall"])
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .refresh("30s")
        .time("now-6h", "now")
        .readonly()
        .with_variable(dashboard.DatasourceVariable("datasource").type("prometheus"))
        .annotation(
            dashboard.AnnotationQuery()
            .name("Crises opened")
            .datasource(SOURCE)
            .enable(True)
            .icon_color("red")
            .expr('sum(changes(squall_events_total{type=~"opened|reopened|relapsed"}[1m])) > 0')
        )
        .annotation(
            dashboard.AnnotationQuery()
            .name("Crises resolved")
            .datasource(SOURCE)
            .enable(True)
            .icon_color("green")
            .expr('sum(changes(squall_events_total{type="resolved"}[1m])) > 0')
        )
        .link(
            dashboard.DashboardLink("Squall")
            .type(model.DashboardLinkType.DASHBOARDS)
            .tags(["squall"])
            .include_vars(True)
            .keep_time(True)
        )
    )
