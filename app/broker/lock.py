"""Writes ``jars.lock``: resolves Kafka with all it needs and notes each jar's SHA-256. For
whoever moves to a newer Kafka.

python -m app.broker.lock
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from app.broker.jars import KAFKA, LOCK_FILE

ROOTS = (f"org.apache.kafka:kafka_2.13:{KAFKA}", "org.slf4j:slf4j-simple:2.0.17")
HEADER = (
    f"# Kafka {KAFKA} and all it needs to run as a broker. Written by: python -m app.broker.lock\n"
)


def lines(repository: Path) -> list[str]:
    """Return ``SHA-256  group:artifact:version`` of every jar, sorted by coordinate."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - an optional extra
    from jgo.parse import Coordinate  # noqa: PLC0415

    context = MavenContext(
        repo_cache=repository, local_repos=[], resolver=PythonResolver(), timeout=60
    )
    roots = [context.create_dependency(Coordinate.parse(root)) for root in ROOTS]
    direct, transitive = context.resolver.resolve(roots)
    found = {}
    for dependency in (*direct, *transitive):
        digest = hashlib.sha256(Path(dependency.artifact.resolve()).read_bytes()).hexdigest()
        found[f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"] = digest
    return [f"{digest}  {coordinate}" for coordinate, digest in sorted(found.items())]


def main() -> None:
    with tempfile.TemporaryDirectory() as repository:
        LOCK_FILE.write_text(HEADER + "\n".join(lines(Path(repository))) + "\n", "utf-8")


if __name__ == "__main__":
    main()
