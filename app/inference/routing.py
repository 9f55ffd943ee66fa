"""Several engines as one: each text to the engine of its language, or to none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.errors import ModelError
from app.inference.calibration import Calibration, Probabilities
from app.inference.engine import Engine
from app.inference.language.identify import Hint, Identifier
from app.inference.negative_errors import NegativeErrors


class RoutedEngine:
    """An engine for every language but those that have one of their own.

    By itself it scores as the default engine does. ``identifier``: None when every text is scored
    by the default engine, whatever its language; then no language is looked for.
    Raises ModelError when an engine is given a language that it was not tried on.
    """

    def __init__(
        self,
        default: Engine,
        routes: Mapping[str, Engine] | None = None,
        identifier: Identifier | None = None,
    ) -> None:
        self._default = default
        self._routes = dict(routes or {})
        self._identifier = identifier
        for language, engine in self._routes.items():
            if engine.languages and language not in engine.languages:
                tried = ", ".join(sorted(engine.languages))
                message = (
                    f"scorer.models.{language}: {engine.model} was tried on {tried} alone;"
                    " name a model of that language, or remove the entry"
                )
                raise ModelError(message)

    @property
    def model(self) -> str:
        """The default engine's name."""
        return self._default.model

    @property
    def calibration(self) -> Calibration:
        """The default engine's."""
        return self._default.calibration

    @property
    def negative_errors(self) -> NegativeErrors:
        """The default engine's."""
        return self._default.negative_errors

    @property
    def languages(self) -> frozenset[str]:
        """All languages that are scored; empty when all are."""
        return supported(self._default, self._routes)

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return the default engine's raw probabilities."""
        return self._default.score(texts)

    def languages_of(self, texts: Sequence[str], hints: Sequence[Hint]) -> list[str | None]:
        """Return the texts' languages; None for one without letters, and when none is looked for.

        Raises ValueError when there are not as many hints as texts.
        """
        if self._identifier is None:
            return [None] * len(texts)
        identify = self._identifier.language
        return [identify(text, hint) for text, hint in zip(texts, hints, strict=True)]

    def of(self, language: str | None) -> Engine:
        """Return the engine that a text of ``language`` is for, supported or not."""
        return self._routes.get(language or "", self._default)

    def supports(self, language: str | None) -> bool:
        """Tell whether texts of ``language`` can be scored; None is a text without letters."""
        tried = self._default.languages
        return language is None or language in self._routes or not tried or language in tried


def supported(default: Engine, routes: Mapping[str, Engine]) -> frozenset[str]:
    """Return the languages that are scored with these engines; empty when all are."""
    return default.languages | routes.keys() if default.languages else frozenset()
