"""A risk keyword: words and phrases that a complaint must not have often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from app.config.brand_names import spelt
from app.config.group import Group
from app.core.language import CODES, language_of
from app.core.record import RISK_NAME
from app.inference.keywords import ANY, RiskKeyword, shown

MOST: Final = 32
MOST_WORDS: Final = 200  # of one language
LONGEST_WORD: Final = 64
Word = Annotated[str, Field(min_length=1, max_length=LONGEST_WORD)]
Words = Annotated[tuple[Word, ...], Field(min_length=1, max_length=MOST_WORDS)]


class KeywordSettings(Group):
    """``words`` by ISO 639-1 code or ``any``, for some brands or for all."""

    words: dict[str, Words] = Field(min_length=1)
    brands: tuple[str, ...] = Field(default=(), max_length=1_000)

    @field_validator("words", mode="before")
    @classmethod
    def _check_keys(cls, value: object) -> object:
        if isinstance(value, Mapping):
            for code in value:
                if code != ANY and (code not in CODES or language_of(str(code)) != code):
                    raise PydanticCustomError(
                        "keyword_language",
                        "{code} is no ISO 639-1 code in use; write one such as pl, or any",
                        {"code": repr(code)[:40]},
                    )
        return value

    @field_validator("words")
    @classmethod
    def _check_words(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for code, words in value.items():
            for word in words:
                if not any(map(str.isalnum, shown(word))):
                    raise PydanticCustomError(
                        "keyword_word",
                        "{code}: {word} has no letter or digit to look for",
                        {"code": code, "word": repr(word)[:40]},
                    )
        return value

    @field_validator("brands")
    @classmethod
    def _check_brands(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return spelt(value)

    def keyword(self, name: str) -> RiskKeyword:
        """Return it as the scorer looks for it."""
        return RiskKeyword(name, self.words, frozenset(self.brands))


KeywordName = Annotated[str, Field(pattern=RISK_NAME)]
