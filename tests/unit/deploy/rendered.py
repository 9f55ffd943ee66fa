"""The chart rendered by helm for a set of values, and what it made."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy/helm/squall"
CHECK = ROOT / "deploy/check/chart.py"
OUT = ROOT / "out/chart"
ROLES = ("scorer", "detector", "notifier")


class Refused(Exception):
    """Raised when helm refuses the values; its text is helm's."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The objects of one rendering."""

    objects: list[dict[str, Any]]

    def kind(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the objects of a kind by name."""
        found = [one for one in self.objects if one["kind"] == kind]
        names = {one["metadata"]["name"]: one for one in found}
        assert len(names) == len(found), f"two {kind} with one name"
        return names

    def role(self, role: str) -> dict[str, Any]:
        """Return the Deployment or StatefulSet of a role."""
        kind = "StatefulSet" if role == "detector" else "Deployment"
        (found,) = [o for n, o in self.kind(kind).items() if n.endswith(f"-{role}")]
        return found

    def pods(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the name and pod template of all that makes pods."""
        for one in self.objects:
            if one["kind"] in {"Deployment", "StatefulSet", "Job"}:
                yield f"{one['kind']}/{one['metadata']['name']}", one["spec"]["template"]
            elif one["kind"] == "CronJob":
                job = one["spec"]["jobTemplate"]["spec"]
                yield f"CronJob/{one['metadata']['name']}", job["template"]

    def settings(self, name: str = "squall-settings") -> str:
        """Return the settings file that the workers read."""
        text: str = self.kind("ConfigMap")[name]["data"]["settings.yaml"]
        return text


def render(values: Mapping[str, Any], *, name: str = "values", release: str = "squall") -> Rendered:
    """Return what helm makes of the chart; leaves it in out/chart for the validators.

    Raises Refused when helm does.
    """
    return _rendered(yaml.safe_dump(dict(values)), name, release)


@cache
def _rendered(values: str, name: str, release: str) -> Rendered:
    python = os.environ.get("DEPLOY_PYTHON")
    assert python is not None, "DEPLOY_PYTHON names no Python with Helm: run make deploy-check"
    OUT.mkdir(parents=True, exist_ok=True)
    given = OUT / f"{name}.values.yaml"
    given.write_text(values, "utf-8")
    command = [python, str(CHECK), "render", str(CHART), release, "brands"]
    with given.open("rb") as stdin:
        done = subprocess.run(command, stdin=stdin, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refused(done.stderr)
    (OUT / f"{name}.yaml").write_text(done.stdout, "utf-8")
    return Rendered([one for one in yaml.safe_load_all(done.stdout) if one])
