"""Where model folders are: bundled, fetched into the user's cache, or anywhere by path."""

from __future__ import annotations

import os
from pathlib import Path

from app.errors import ModelError
from app.inference.weights import BUNDLED, MANIFEST


def cache_folder() -> Path:
    """Return the user's cache folder of Squall, which may not exist yet."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(root) if Path(root).is_absolute() else Path.home() / ".cache") / "squall"


def models_folder() -> Path:
    """Return where fetched models are kept."""
    return cache_folder() / "models"


def bundled() -> list[Path]:
    """Return the bundled model folders, by name."""
    return [path for path in sorted(BUNDLED.parent.iterdir()) if (path / MANIFEST).is_file()]


def fetched(folder: Path) -> list[Path]:
    """Return the model folders in ``folder``, by name; none when it is not there."""
    if not folder.is_dir():
        return []
    return [path for path in sorted(folder.iterdir()) if (path / MANIFEST).is_file()]


def folder_name(repository: str, revision: str) -> str:
    """Return the name of a fetched model's folder.

    >>> folder_name("org/tone", "0" * 40)[:20]
    'org--tone@0000000000'
    """
    return f"{repository.replace('/', '--')}@{revision}"


def found(model: Path | str | None) -> Path:
    """Return the folder that a setting means; None means the default bundled model.

    A path to a folder; or the name of a bundled one, whole or its last part (``fast`` for
    ``sentiment-fast``); or ``hub-id@revision`` of a fetched one. Raises ModelError for neither.
    """
    if model is None:
        return BUNDLED
    word = str(model)
    for path in bundled():
        if word == path.name or path.name.endswith(f"-{word}"):
            return path
    kept = models_folder() / word.replace("/", "--")
    if "@" in word and kept.is_dir():
        return kept
    if isinstance(model, Path) or "/" in word or Path(word).is_dir():
        return Path(model)
    names = ", ".join(path.name for path in bundled())
    raise ModelError(
        f"no model is called {word[:200]!r}: bundled are {names};"
        " give a folder's path, or fetch one with squall models pull"
    )
