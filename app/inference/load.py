"""From a setting's word to an engine."""

from __future__ import annotations

from pathlib import Path

from app.errors import ModelError
from app.inference.engine import Engine
from app.inference.hash import HashEngine


def load_engine(
    name: str, *, model: Path | None = None, threads: int | None = None, markers: bool = False
) -> Engine:
    """Return the engine called ``transformer`` or ``hash``, ready to score.

    ``model``: a folder in the bundled model's form, None for the bundled one. ``threads``: how many
    the arithmetic may use, None for one. ``markers``: whether a text may order a fault of the hash
    engine; for tests. Raises ModelError when the name is unknown or the model unusable.
    """
    if name == "hash":
        return HashEngine(markers=markers)
    if name == "transformer":
        from app.inference.transformer import load_transformer

        return load_transformer(model, threads=threads)
    raise ModelError(f"no sentiment engine is called {name!r}: use 'transformer' or 'hash'")
