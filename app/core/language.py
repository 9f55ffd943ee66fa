"""Names of languages: ISO 639-1 codes, and the one that a BCP 47 tag begins with."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_ISO_639_1: Final = """
aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv
dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie
ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv
mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm
rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts
tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
CODES: Final = frozenset(_ISO_639_1.split())
"""Every ISO 639-1 code."""

_SAME: Final = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "nb": "no", "nn": "no"}


@lru_cache(maxsize=256)
def language_of(tag: str | None) -> str | None:
    """Return the ISO 639-1 code of a BCP 47 tag, None when it names no language that has one.

    Codes withdrawn from the standard become those that replaced them, both forms of Norwegian one.

    >>> language_of("pt-BR"), language_of("hi_Latn"), language_of("iw"), language_of("und")
    ('pt', 'hi', 'he', None)
    """
    if tag is None:
        return None
    code = tag.replace("_", "-").partition("-")[0].strip().lower()
    code = _SAME.get(code, code)
    return code if code in CODES else None
