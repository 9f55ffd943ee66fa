"""Render or lint the chart with Helm's own library; run by the Python of deploy/check/tools.sh.

``chart.py render FOLDER RELEASE NAMESPACE < values.yaml`` prints the objects and ``chart.py lint
FOLDER`` says what helm would; both end with 1 and the reason where it refuses. No cluster is asked.
"""

from __future__ import annotations

import sys

import yaml
from helm_python import HelmError  # type: ignore[import-not-found,unused-ignore]
from helm_python.chart import Chart, lint  # type: ignore[import-not-found,unused-ignore]

WARNING = 2


def render(folder: str, release: str, namespace: str) -> str:
    """Return the objects of the chart in ``folder`` with the values of the standard input."""
    values = yaml.safe_load(sys.stdin) or {}
    files = Chart.load(folder).render(values, name=release, namespace=namespace)
    return "".join(
        f"---\n# Source: {path}\n{text}\n"
        for path, text in sorted(files.items())
        if path.endswith(".yaml") and text.strip()
    )


def complaints(folder: str) -> list[str]:
    """Return what helm lint --strict would stop at."""
    found = lint(folder, {}, strict=True)
    said = [f"{m['path']}: {m['error']}" for m in found["messages"] if m["severity"] >= WARNING]
    return said + list(found["errors"])


def main(arguments: list[str]) -> int:
    """Do as the arguments say; the exit code is 1 where helm refuses."""
    command, *rest = arguments
    try:
        if command == "render":
            print(render(*rest))
            return 0
        found = complaints(*rest)
    except HelmError as refused:
        found = [str(refused)]
    print("\n".join(found), end="", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
