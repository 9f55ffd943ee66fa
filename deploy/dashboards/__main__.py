"""Write the dashboards to deploy/grafana; with ``--check`` only say which are not fresh."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from deploy.dashboards import brands, crises, pipeline

FOLDER: Final = Path(__file__).parents[1] / "grafana"


def documents() -> Mapping[str, str]:
    """Return the JSON of each dashboard by file name."""
    built = {"brands": brands.build(), "pipeline": pipeline.build(), "crises": crises.build()}
    encoder = JSONEncoder(sort_keys=True, indent=2)
    return {f"{name}.json": encoder.encode(one.build()) + "\n" for name, one in built.items()}


def stale() -> list[str]:
    """Return the files that are missing or not what the code makes."""
    return [
        name
        for name, text in documents().items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text
    ]


def main(arguments: list[str]) -> int:
    if "--check" in arguments:
        found = stale()
        if found:
            print(f"not fresh: {', '.join(found)}; run: python -m deploy.dashboards")
        return int(bool(found))
    for name, text in documents().items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
