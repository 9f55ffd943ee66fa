"""From a setting's word to an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from app.errors import ModelError
from app.inference.dense import Precision
from app.inference.engine import Engine
from app.inference.folders import found
from app.inference.hash import HashEngine
from app.inference.routing import RoutedEngine, supported


def load_engine(
    name: str,
    *,
    model: Path | str | None = None,
    models: Mapping[str, Path] | None = None,
    threads: int | None = None,
    precision: Precision | Literal["auto"] = "auto",
    markers: bool = False,
) -> Engine:
    """Return the engine called ``transformer`` or ``hash``, ready to score.

    ``model``: a folder's path or a name as in ``folders.found``, None for the bundled one.
    ``models``: folders by ISO 639-1 language, for texts of these. ``threads``: how many the
    arithmetic may use, None for one. ``precision``: see ``app.inference.precision``.
    ``markers``: whether a text may order a fault of the hash engine; for tests. The hash engine
    takes no model. Raises ModelError when the name is unknown or a model unusable.
    """
    if name == "hash":
        return HashEngine(markers=markers)
    if name == "transformer":
        precise = None if precision == "auto" else precision

        def loaded(folder: Path) -> Engine:
            from app.inference.transformer import load_transformer

            return load_transformer(folder, threads=threads, precision=precise)

        return _routed(found(model), models or {}, loaded)
    raise ModelError(f"no sentiment engine is called {name!r}: use 'transformer' or 'hash'")


def _routed(model: Path, models: Mapping[str, Path], load: Callable[[Path], Engine]) -> Engine:
    loaded = lru_cache(load)
    routes: dict[str, Engine] = {}
    for language, folder in sorted(models.items()):
        try:
            routes[language] = loaded(folder.resolve())
        except ModelError as error:
            raise ModelError(f"scorer.models.{language}: {error}") from None
    default = load(model)
    if not default.languages and not routes:
        return default
    from app.inference.language.identify import Identifier
    from app.inference.language.library import load_library

    identifier = Identifier(load_library(), supported(default, routes))
    return RoutedEngine(default, routes, identifier)
