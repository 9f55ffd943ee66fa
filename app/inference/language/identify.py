"""Which language a text is in, by its letters, what its source says and what is usual.

| the text | its language |
|---|---|
| no letter | none |
| short, or of mixed script, or unsure | the declared one, else a usual one, else a guess |
| any other | what the library says |

A guess is the likeliest language that is supported. A declared or usual language that is not
written in the text's script is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from app.core.language import language_of
from app.inference.language.letters import letters, plain, script, written_in
from app.inference.language.library import LOOKED_FOR, Library, Shares
from app.inference.language.romanised import is_romanised_hindi

UNKNOWN: Final = "und"  # BCP 47's word for a language that nobody can tell
SHORT_BELOW: Final = 20  # letters; the library errs too often on fewer
SURE_FROM: Final = 0.5  # share of a supported language
LOST_FROM: Final = 8.0  # times likelier an unsupported language must be: a lost mention costs more
DECLARED_ODDS: Final = 20.0  # what a source declares counts that many times


class Hint(NamedTuple):
    """What is known of a text beside it.

    ``declared``: the source's BCP 47 tag. ``usual``: ISO 639-1 languages of the brand's mentions.
    """

    declared: str | None = None
    usual: tuple[str, ...] = ()


class Identifier:
    """Tells languages; a pure function of text and hint, the same on every start.

    ``supported``: ISO 639-1 languages that can be scored; empty when every language can.
    """

    def __init__(self, library: Library, supported: Iterable[str]) -> None:
        self._library = library
        self._known = LOOKED_FOR | frozenset(supported)
        self._supported = frozenset(supported) or self._known

    def language(self, text: str, hint: Hint) -> str | None:
        """Return the text's ISO 639-1 language, "und", or None for a text without letters."""
        words = plain(text)
        count = letters(words)
        if count == 0:
            return None
        name = script(words)
        possible = self._known if name is None else written_in(name)
        declared = language_of(hint.declared)
        shares = self._shares(words, possible, declared)
        if count >= SHORT_BELOW and name is not None and self._is_sure(shares):
            return _likeliest(shares)
        if declared in possible:
            return declared
        usual = {code: shares.get(code, 0.0) for code in hint.usual if code in possible}
        return _likeliest(usual or self._of_supported(shares) or shares)

    def _shares(self, words: str, possible: frozenset[str], declared: str | None) -> Shares:
        if "hi" in possible and is_romanised_hindi(words):
            return {"hi": 1.0}
        given = self._library(words)
        shares = {code: given.get(code, 0.0) for code in sorted(self._known & possible)}
        if declared in shares:
            shares[declared] *= DECLARED_ODDS
        total = sum(shares.values()) or 1.0
        return {code: share / total for code, share in shares.items()}

    def _is_sure(self, shares: Mapping[str, float]) -> bool:
        best = _likeliest(shares)
        if best in self._supported:
            return shares[best] >= SURE_FROM
        rival = max(self._of_supported(shares).values(), default=0.0)
        return shares.get(best, 0.0) > LOST_FROM * rival

    def _of_supported(self, shares: Mapping[str, float]) -> Shares:
        return {code: share for code, share in shares.items() if code in self._supported}


def _likeliest(shares: Mapping[str, float]) -> str:
    """Return the language of the greatest share, the first of equal ones."""
    return max(shares, key=lambda code: shares[code], default=UNKNOWN)
