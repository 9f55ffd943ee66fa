"""The topics and rights for the chart, from the declaration that workers check against.

``python -m deploy.chart_topics`` writes deploy/helm/squall/files/topics.yaml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from app.config import Topics
from app.config.rights import of_all_roles
from app.stream.topics import declared

FILE: Final = Path(__file__).parent / "helm/squall/files/topics.yaml"
ANY: Final = 2  # a count that no topic has by itself: those follow topics.partitions

TOPICS: Final = Topics()
READ, WRITE = of_all_roles(TOPICS)


def text() -> str:
    """Return the file: per topic its settings, and partitions only where the count is its own."""
    topics: dict[str, Any] = {}
    for spec in declared(TOPICS, ANY, 1):
        own = {} if spec.partitions == ANY else {"partitions": spec.partitions}
        topics[spec.name] = {**own, "config": dict(sorted(spec.configs.items()))}
    document = {"topics": topics, "read": list(READ), "write": list(WRITE)}
    return "# Made by: python -m deploy.chart_topics\n" + yaml.safe_dump(document, sort_keys=False)


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
