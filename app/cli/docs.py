"""``squall docs``: pages of documentation made of the code, so that they can't be wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

_MADE = "<!-- Made by `squall docs {page}`; change the code, not this page. -->"
_MADE_YAML = "# Made by `squall docs {page}`; change the code or the schemas, not this file."


class Page(StrEnum):
    CONFIGURATION = "configuration"
    METRICS = "metrics"
    CONTRACTS = "contracts"
    ASYNCAPI = "asyncapi"

    @property
    def file(self) -> Path:
        """Where it stands in the repository."""
        return Path("schemas/asyncapi.yaml" if self is Page.ASYNCAPI else f"docs/{self}.md")


def docs(page: Annotated[Page, typer.Argument(help="Which page to print.")]) -> None:
    """Print a page of documentation that is made of the code."""
    typer.echo(text(page), nl=False)


def text(page: Page) -> str:
    """Return a whole page in Markdown, the AsyncAPI document in YAML."""
    if page is Page.ASYNCAPI:
        return "\n".join([_MADE_YAML.format(page=page), *_asyncapi()]) + "\n"
    return "\n".join([_MADE.format(page=page), "", *_PAGES[page]()]) + "\n"


def _configuration() -> Iterator[str]:
    from app.config.reference import PROCESS_VARIABLES, reference

    yield from _CONFIGURATION.splitlines()
    group = ""
    for setting in reference():
        name = setting.key.rpartition(".")[0]
        if name != group or setting.key == "topic_prefix":
            group = name
            yield from ("", f"## {group or 'General'}", "")
            yield from (
                "| setting | variable | value | default | meaning |",
                "|---|---|---|---|---|",
            )
        kind = ", ".join(part for part in (setting.kind, setting.bounds) if part)
        default = f"`{setting.default}`" if setting.default else ""
        key = f"`{setting.key}`"
        yield f"| {key} | `{setting.variable}` | {kind} | {default} | {setting.description} |"
    yield from ("", "## Variables that are no settings", "", "| variable | meaning |", "|---|---|")
    yield from (f"| `{name}` | {meaning} |" for name, meaning in PROCESS_VARIABLES.items())


def _metrics() -> Iterator[str]:
    from app.metrics.names import COUNTERS, GAUGES, HISTOGRAMS, Metric

    def rows(metrics: dict[str, Metric]) -> Iterator[str]:
        for name, metric in metrics.items():
            labels = "<br>".join(f"`{label}`: {_values(of)}" for label, of in metric.labels.items())
            yield f"| `{name}` | {labels} | {metric.meaning} |"

    yield from _METRICS.splitlines()
    for title, metrics in (("Counters", COUNTERS), ("Gauges", GAUGES), ("Histograms", HISTOGRAMS)):
        yield from ("", f"## {title}", "", "| metric | labels | meaning |", "|---|---|---|")
        yield from rows({str(name): metric for name, metric in metrics.items()})


def _contracts() -> Iterator[str]:
    from app.cli.contracts.page import lines

    yield from lines()


def _asyncapi() -> Iterator[str]:
    from app.cli.contracts.asyncapi import text

    yield from text().splitlines()


def _values(values: tuple[str, ...] | str) -> str:
    return values if isinstance(values, str) else ", ".join(str(value) for value in values)


_PAGES: Final[dict[Page, Callable[[], Iterator[str]]]] = {
    Page.CONFIGURATION: _configuration,
    Page.METRICS: _metrics,
    Page.CONTRACTS: _contracts,
    Page.ASYNCAPI: _asyncapi,
}

_CONFIGURATION: Final = """\
# Settings

A later place wins: defaults, the settings file, variables, the command line.

- **File**: YAML, named by `--config` or `SQUALL_CONFIG`. Groups are mappings:

  ```yaml
  topic_prefix: acme.
  kafka:
    bootstrap_servers: kafka-1:9093,kafka-2:9093
    security_protocol: SASL_SSL
    sasl_username: squall
  ```

- **Variables**: `SQUALL_` and the key in capitals, two underscores after a group. An empty variable
  counts as not given.
- **Secrets**: a secret's variable with `_FILE` behind its name holds the path of a mounted file:
  `SQUALL_KAFKA__SASL_PASSWORD_FILE=/run/secrets/kafka`. No command and no log line shows a secret.

An unknown key or `SQUALL_` variable is refused, with the nearest known name, and so is a key given
twice; the variables that Kubernetes makes for services (`SQUALL_…_SERVICE_HOST` and the like) are
passed over. Errors come one a line and end the process with 78. `squall check-config` shows what is
in effect, and where it came from.

PLAINTEXT goes to this machine's loopback, and to another host only when `kafka.plaintext_hosts`
names it. A user name and password go over TLS or not at all.

`squall worker all` starts each role as a process of its own: the scorer has the ports below, the
detector the next ones, the notifier the ones after."""

_METRICS: Final = """\
# Metrics

Each process serves `/metrics` on `metrics.host` and `metrics.port` (127.0.0.1:9464), from a thread
of its own.

The number of series is bounded whatever mentions say. Labels have closed lists of values; a value
outside its list is counted as `other`. Only the first `metrics.brand_label_max` brands of the watch
list have a `brand` label of their own: the rest adds up in `other` for counters, and is left out
for gauges, where one number for many brands would mean nothing. No metric has a label for authors,
texts or crises.

Beside these there are the usual `process_…` metrics of the Python client: processor time, memory,
open files."""
