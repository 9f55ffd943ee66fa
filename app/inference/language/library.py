"""py3langid: a naive Bayes model of 139 languages over byte n-grams, inside its package.

Chosen by measurement, see docs/language.md. The method: Lui and Baldwin 2011, "Cross-domain
Feature Selection for Language Identification".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.errors import ModelError

Shares = dict[str, float]  # by ISO 639-1 language; they sum to 1
Library = Callable[[str], Shares]

_CODES: Final = """
af ar az be bg bn bs ca cs da de el en es et eu fa fi fr gu he hi hr hu hy id is it ja ka kk km kn
ko lt lv mk ml mn mr ms my ne nl no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz vi
zh
"""
# The languages that are looked for, whatever an engine supports. Not all that the library knows: a
# language that hardly anybody writes about shops in only takes texts away from its large relatives
# (Galician from Portuguese, Luxembourgish from German).
LOOKED_FOR: Final = frozenset(_CODES.split())


def load_library() -> Library:
    """Return what gives the shares of all languages the library knows to small plain words.

    Takes about a second and 80 MB. Raises ModelError when the package is missing or broken.
    """
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    except ImportError as error:
        message = f"telling languages apart needs {error.name}: pip install 'squall[inference]'"
        raise ModelError(message) from None
    except (OSError, ValueError, EOFError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        message = (
            f"py3langid can't be read ({why}): it needs 70 MB in the folder for temporary files "
            "and a whole package; make room there, or install it again"
        )
        raise ModelError(message) from None

    def shares(words: str) -> Shares:
        return dict(identifier.rank(words))

    return shares
