"""The stream libraries as they are known to work: private attributes of theirs are in use."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

from app.errors import ConfigError

PINNED: Final = {
    "faust-streaming": "0.15.3",
    "mode-streaming": "0.7.1",
    "aiokafka": "0.14.0",
}


def check_versions() -> None:
    """Return when all three are installed in their pinned versions; raises ConfigError else."""
    for package, pinned in PINNED.items():
        installed = _installed(package)
        if installed != pinned:
            raise ConfigError(
                f"{package} is {installed or 'not installed'}, Squall works with {pinned} alone: "
                f"install it with `pip install {package}=={pinned}`"
            )


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
