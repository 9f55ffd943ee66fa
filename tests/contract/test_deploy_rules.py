"""Rules, their promtool cases, dashboards, runbooks and docs name the same things as the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.metrics.names import HISTOGRAMS, METRICS
from app.wire.deadletter import HEADER_NAMES
from deploy.dashboards.__main__ import FOLDER, documents, stale

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
RUNBOOKS = ROOT / "docs/runbooks"
HEADINGS = ("## Symptom", "## Likely causes", "## Commands", "## How to verify")
FOREIGN = {"up", "process_start_time_seconds", "process_resident_memory_bytes"}
FOREIGN |= {"process_cpu_seconds_total"}
REFERENCE_ONLY: dict[str, str] = {}
"""Metrics that no panel and no rule uses, and why they are there all the same."""


def _rules(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load((PROMETHEUS / f"{name}.rules.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = {rule["alert"]: rule for rule in _rules("alerting")}
RECORDED = {rule["record"] for rule in _rules("recording")}
PANELS = [
    target["expr"]
    for path in sorted(FOLDER.glob("*.json"))
    for panel in yaml.safe_load(path.read_text("utf-8"))["panels"]
    for target in panel["targets"]
]


def _cases() -> list[tuple[str, bool]]:
    """Return (alert, fires) of every promtool case."""
    found = []
    for path in sorted((PROMETHEUS / "tests").glob("*.yaml")):
        for group in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            assert group["input_series"], group["name"]
            for case in group["promql_expr_test"]:
                named = re.fullmatch(
                    r'ALERTS\{alertname="(\w+)",alertstate="firing"\}', case["expr"]
                )
                assert named is not None, case["expr"]
                found.append((named[1], bool(case["exp_samples"])))
    return found


def _names(text: str) -> set[str]:
    """Return the metrics of Squall in ``text``, a histogram's series by the histogram's name."""
    names = set()
    for name in re.findall(r"(?<![\w:-])squall_[a-z_]+(?![\w-])", text):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        names.add(base if base in HISTOGRAMS else name)
    return names


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_case_that_fires_and_one_that_is_silent(alert: str) -> None:
    assert {fires for name, fires in _cases() if name == alert} == {True, False}


def test_each_case_is_of_an_alert_that_exists() -> None:
    assert {name for name, _ in _cases()} == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_how_bad_it_is_and_what_to_do(alert: str) -> None:
    rule = ALERTS[alert]
    annotations = rule["annotations"]

    assert rule["labels"]["severity"] in {"critical", "warning", "none"}
    assert "for" in rule
    assert annotations["summary"]
    assert annotations["description"]
    assert annotations["runbook_url"] == f"docs/runbooks/{alert}.md"


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_has_a_runbook(alert: str) -> None:
    text = (RUNBOOKS / f"{alert}.md").read_text("utf-8")
    places = [text.find(heading) for heading in HEADINGS]

    assert text.startswith(f"# {alert}\n")
    assert -1 not in places
    assert places == sorted(places)
    for start, end in zip(places, [*places[1:], len(text)], strict=True):
        assert len(text[start:end].splitlines()) >= 3, text[start:end]
    assert "```" in text[places[2] : places[3]], "no command"


def test_each_runbook_is_of_an_alert_that_exists() -> None:
    assert {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"} == set(ALERTS)


def test_the_dashboards_are_what_the_code_makes() -> None:
    assert stale() == []
    assert {path.name for path in FOLDER.glob("*.json")} == set(documents())


def test_each_panel_says_how_to_read_it() -> None:
    for path in FOLDER.glob("*.json"):
        page = yaml.safe_load(path.read_text("utf-8"))
        titles = [panel["title"] for panel in page["panels"]]
        assert len(titles) == len(set(titles))
        assert all(panel["description"].endswith(".") for panel in page["panels"])
        assert page["uid"] == f"squall-{path.stem}"


def test_rules_and_panels_use_metrics_that_exist() -> None:
    expressions = [*PANELS, *(rule["expr"] for rule in _rules("recording"))]
    expressions += [rule["expr"] for rule in ALERTS.values()]
    for expression in expressions:
        assert _names(expression) <= set(METRICS), expression
        assert set(re.findall(r"squall:[a-z_]+(?::[a-z0-9_]+)?", expression)) <= RECORDED
        others = re.findall(r"\b(?:up|process_[a-z_]+|ALERTS)\b", expression)
        assert set(others) <= FOREIGN, expression


def test_each_label_in_an_expression_is_one_of_the_metric() -> None:
    for expression in [*PANELS, *(rule["expr"] for rule in ALERTS.values())]:
        for name, matchers in re.findall(r"(squall_[a-z_]+)\{([^}]*)\}", expression):
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            metric = METRICS[base if base in HISTOGRAMS else name]
            labels = set(re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers))
            assert labels <= {*metric.labels, "le"}, expression


def test_each_label_value_in_an_expression_is_one_of_its_list() -> None:
    for expression in [*PANELS, *(rule["expr"] for rule in ALERTS.values())]:
        for name, label, given in re.findall(r'(squall_[a-z_]+)\{(\w+)[=!]~?"([^"]*)"', expression):
            values = METRICS[name].labels.get(label) if name in METRICS else None
            if isinstance(values, tuple):
                assert set(given.split("|")) <= set(values), expression


def test_each_metric_is_on_a_panel_or_in_a_rule() -> None:
    used = _names(" ".join(PANELS))
    used |= _names(" ".join(rule["expr"] for rule in (*_rules("recording"), *ALERTS.values())))

    assert set(METRICS) - used == set(REFERENCE_ONLY)


PAGES = sorted(
    path
    for path in (*ROOT.glob("docs/**/*.md"), ROOT / "README.md")
    if "node_modules" not in path.parts  # what an example of a consumer has installed
)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_docs_name_metrics_and_alerts_that_exist(path: Path) -> None:
    text = path.read_text("utf-8")

    assert _names(text) <= {*METRICS, *HEADER_NAMES}
    assert set(re.findall(r"squall:[a-z_]+:[a-z0-9_]+", text)) <= RECORDED
    assert set(re.findall(r"runbooks/(Squall\w+)\.md", text)) <= set(ALERTS)


def test_each_slo_uses_one_budget_in_all_its_windows() -> None:
    """Burn rates and windows are those of the SRE Workbook, chapter 5."""
    for slo, budget in (("freshness", "0.05"), ("watermark", "0.01"), ("sink", "0.01")):
        fast = ALERTS[f"Squall{slo.title()}BurnFast"]["expr"]
        slow = ALERTS[f"Squall{slo.title()}BurnSlow"]["expr"]
        pattern = r"_(?:rate|avg)(\w+) > (?:([\d.]+) \* )?([\d.]+)"
        assert re.findall(pattern, fast) == [
            ("1h", "14.4", budget),
            ("5m", "14.4", budget),
            ("6h", "6", budget),
            ("30m", "6", budget),
        ]
        assert re.findall(pattern, slow) == [
            ("1d", "3", budget),
            ("2h", "3", budget),
            ("3d", "", budget),
            ("6h", "", budget),
        ]
