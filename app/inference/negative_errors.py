"""How often a model misses a negative text, and how often it takes another for one, by language.

What ``app.core.share`` needs to tell a risen share from a changed mix of languages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from app.core.mention import Label
from app.inference.calibration import OTHERS

FILE = "negative_errors.json"  # in a model's folder, beside its manifest
CLASSES = ("negative", "neutral", "positive")
PRIOR_TEXTS = 100  # weight of the mean of all languages beside a language's own texts of a class
THOUSANDTHS = 1_000


class Found(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Of ``texts`` of one class and language, so many got the label negative."""

    negatives: int
    texts: int


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """What the file holds: by language and true class, of texts that no training step saw."""

    model: str  # id@revision that was measured
    languages: dict[str, dict[str, Found]]

    def fault(self) -> str | None:
        """Return what is wrong with the table, or None."""
        if not self.languages:
            return "no language was measured"
        for language, classes in self.languages.items():
            if set(classes) != set(CLASSES):
                return f"{language} has not the classes {', '.join(CLASSES)}"
            if not all(0 <= one.negatives <= one.texts > 0 for one in classes.values()):
                return f"{language} has counts that can't be"
        return None


class Rates(NamedTuple):
    """Of one language, in thousandths: of negative texts missed, of others taken for negative."""

    missed: int
    false: int


class NegativeErrors:
    """The rates of one model by language, ``*`` for every other one; none when nobody measured.

    >>> errors = NegativeErrors({"en": Rates(250, 100), "*": Rates(300, 150)})
    >>> errors.of(Label.UNCERTAIN, "en"), errors.of(Label.NEGATIVE, "nl")
    (Rates(missed=250, false=100), Rates(missed=300, false=150))
    """

    def __init__(self, rates: Mapping[str, Rates] | None = None) -> None:
        self.rates = dict(rates or {})

    def of(self, label: Label, language: str | None) -> Rates | None:
        """Return the rates that a mention of this label and language is counted with, None for
        none.
        """
        if label is Label.UNSCORED:
            return None
        return self.rates.get(language or OTHERS) or self.rates.get(OTHERS)


def rates_of(table: Table) -> NegativeErrors:
    """Return the rates by language, and as ``*`` the mean of the languages for every other one.

    ``false`` is the mean of neutral and positive texts, since sets have more or less of either. Few
    texts of a class are joined by ``PRIOR_TEXTS`` at the mean of all languages.
    """
    mean = {
        name: _mean(
            classes[name].negatives / classes[name].texts for classes in table.languages.values()
        )
        for name in CLASSES
    }

    def shrunk(classes: Mapping[str, Found], name: str) -> float:
        one = classes[name]
        return (one.negatives + PRIOR_TEXTS * mean[name]) / (one.texts + PRIOR_TEXTS)

    rates = {
        language: _rates({name: shrunk(classes, name) for name in CLASSES})
        for language, classes in sorted(table.languages.items())
    }
    return NegativeErrors({**rates, OTHERS: _rates(mean)})


def _rates(shares: Mapping[str, float]) -> Rates:
    false = (shares["neutral"] + shares["positive"]) / 2
    return Rates(round(THOUSANDTHS * (1 - shares["negative"])), round(THOUSANDTHS * false))


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found)
