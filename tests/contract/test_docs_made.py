"""The pages made of the code are the ones in docs/, and say everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.cli.docs import Page, text
from app.config.reference import PROCESS_VARIABLES, reference
from app.metrics.names import METRICS

ROOT = Path(__file__).parents[2]
SOURCES = {path: path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py")}


@pytest.mark.parametrize("page", Page)
def test_a_page_is_what_the_code_says(page: Page) -> None:
    path = ROOT / page.file

    assert path.read_text("utf-8") == text(page), f"run: squall docs {page} > {page.file}"


def test_each_setting_and_variable_is_documented() -> None:
    page = text(Page.CONFIGURATION)

    for setting in reference():
        assert f"| `{setting.key}` | `{setting.variable}` |" in page
    for name in PROCESS_VARIABLES:
        assert f"| `{name}` |" in page


def test_each_metric_is_documented() -> None:
    page = text(Page.METRICS)

    for name, metric in METRICS.items():
        assert f"| `{name}` |" in page
        assert metric.meaning in page


def test_no_row_breaks_its_table() -> None:
    for page in Page:
        rows = [line for line in text(page).splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {3, 4, 5, 6}


def test_each_variable_named_in_the_code_is_known() -> None:
    known = {setting.variable for setting in reference()} | set(PROCESS_VARIABLES)
    known |= {f"{setting.variable}_FILE" for setting in reference() if setting.is_secret}
    named = {
        name
        for path, source in SOURCES.items()
        for name in re.findall(r'"(SQUALL_[A-Z_]*[A-Z])"', source)
    }

    assert named - known == set()


def test_each_metric_is_written_somewhere() -> None:
    others = [source for path, source in SOURCES.items() if path.parent.name != "metrics"]
    automatic = {"squall_build_info", "squall_watermark_age_seconds"}

    unused = {name for name in METRICS if not any(f'"{name}"' in source for source in others)}

    assert unused - automatic == set()


def test_each_setting_is_read_somewhere() -> None:
    others = "\n".join(source for path, source in SOURCES.items() if path.parent.name != "config")
    rules = (ROOT / "app/config/detector.py").read_text("utf-8")

    unread = [
        setting.key
        for setting in reference()
        if f".{setting.key.rpartition('.')[2]}" not in others
        and f"=self.{setting.key.rpartition('.')[2]}," not in rules
        and f"(self.{setting.key.rpartition('.')[2]} *" not in rules
        and f"self.{setting.key.rpartition('.')[2]}, sort_keys" not in rules
    ]

    read_by_settings = {"topic_prefix", "kafka.plaintext_hosts", "notifier.default_receivers"}
    assert set(unread) <= read_by_settings
