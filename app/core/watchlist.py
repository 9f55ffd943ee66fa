"""Which brands a mention is about: by its own brand field, or by rules over its text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import msgspec

from app.core.mention import Mention
from app.core.terms import TermIndex, tokens
from app.core.watchlist_rules import GIVEN, Brand, Rule, product_key, read


class Match(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """A brand (canonical) that a mention is about, its product if known, and the rule that held.

    ``languages``: what the brand's mentions are usually in, ISO 639-1; empty when not told.
    """

    brand: str
    product: str | None
    rule: str
    languages: tuple[str, ...] = ()


class _Compiled(msgspec.Struct, frozen=True, kw_only=True):
    """A rule with numbers for terms, and whom it belongs to."""

    rule_id: str
    brand: int
    product: str | None
    with_any: frozenset[int]
    without: frozenset[int]


class WatchList:
    """The brands watched. Never changes; a new file makes a new one.

    >>> watch_list = WatchList.from_yaml_dict({"version": 1, "brands": [
    ...     {"name": "Orange", "aliases": ["Orange Polska"], "keywords": [
    ...         {"id": "orange-net", "any": ["orange"], "without": ["orange juice"]}]}]})
    >>> watch_list.match(Mention(id="1", text="Orange is down again", published_at_ms=0))
    (Match(brand='orange', product=None, rule='orange-net'),)
    >>> watch_list.match(Mention(id="2", text="Orange juice", published_at_ms=0))
    ()
    """

    def __init__(self, brands: Iterable[Brand] | None) -> None:
        self._is_open = brands is None
        self._brands = tuple(brands or ())
        self._numbers = {
            name: number for number, brand in enumerate(self._brands) for name in brand.names
        }
        self._products: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for number, brand in enumerate(self._brands):
            for product in brand.products:
                for key in product.keys:
                    self._products[key].append((number, product.name))
        self._compile()

    @classmethod
    def from_yaml_dict(cls, document: object, source: str = "watch list") -> WatchList:
        """Return the watch list that ``document`` describes; the keys are in `watchlist_rules`.

        Raises ConfigError, which names ``source``, the key and the remedy.
        """
        return cls(read(document, source))

    @classmethod
    def given(cls) -> WatchList:
        """Return what stands for no watch list at all: every brand that is given matches."""
        return cls(None)

    @property
    def brands(self) -> tuple[str, ...]:
        """The canonical brand names in the order of the list; none when every brand is watched."""
        return tuple(brand.names[0] for brand in self._brands)

    @property
    def industries(self) -> dict[str, str]:
        """The industry of each brand that has one, by canonical name."""
        return {one.names[0]: one.industry for one in self._brands if one.industry is not None}

    def match(self, mention: Mention) -> tuple[Match, ...]:
        """Return at most one match a brand, in the order of the list.

        A given brand that the list knows settles it, whatever the text says. An unknown one counts
        as none; then the text decides, and without a brand field a known ``product`` decides too.
        In a text the rules of products come before those of their brand.
        """
        if self._is_open:
            if mention.brand is None:
                return ()
            return (Match(brand=mention.brand, product=mention.product, rule=GIVEN),)
        number = None if mention.brand is None else self._numbers.get(mention.brand)
        by_text = self._by_text(mention.text)
        if number is not None:
            in_text = by_text[number].product if number in by_text else None
            product = self._given_product(mention, number) or in_text or mention.product
            return (self._given(number, product),)
        if mention.brand is None and mention.product is not None:
            for owner, product in self._products.get(product_key(mention.product), ()):
                by_text[owner] = self._given(owner, product)
        return tuple(by_text[number] for number in sorted(by_text))

    def _given_product(self, mention: Mention, number: int) -> str | None:
        if mention.product is None:
            return None
        owners = self._products.get(product_key(mention.product), ())
        return next((product for owner, product in owners if owner == number), None)

    def _by_text(self, text: str) -> dict[int, Match]:
        found = self._index.find(text)
        candidates = {number for term in found for number in self._rules_by_term[term]}
        matches: dict[int, Match] = {}
        for number in sorted(candidates):
            rule = self._rules[number]
            holds = found.isdisjoint(rule.without) and (
                not rule.with_any or not found.isdisjoint(rule.with_any)
            )
            if holds and rule.brand not in matches:
                matches[rule.brand] = self._match(rule.brand, rule.product, rule.rule_id)
        return matches

    def _given(self, number: int, product: str | None) -> Match:
        return self._match(number, product, GIVEN)

    def _match(self, number: int, product: str | None, rule: str) -> Match:
        brand = self._brands[number]
        return Match(brand=brand.names[0], product=product, rule=rule, languages=brand.languages)

    def _compile(self) -> None:
        self._rules: list[_Compiled] = []
        self._rules_by_term: dict[int, list[int]] = defaultdict(list)
        terms = _Terms()
        for number, brand in enumerate(self._brands):
            for product in brand.products:
                self._add(terms, number, product.name, product.rules)
            self._add(terms, number, None, brand.rules)
        self._index = TermIndex(terms.listed())

    def _add(self, terms: _Terms, brand: int, product: str | None, rules: tuple[Rule, ...]) -> None:
        for rule in rules:
            for term in terms.numbers(rule.any_of):
                self._rules_by_term[term].append(len(self._rules))
            compiled = _Compiled(
                rule_id=rule.id,
                brand=brand,
                product=product,
                with_any=terms.numbers(rule.with_any),
                without=terms.numbers(rule.without),
            )
            self._rules.append(compiled)


class _Terms:
    """Numbers terms; two spellings with the same words are one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._listed: list[str] = []

    def numbers(self, terms: tuple[str, ...]) -> frozenset[int]:
        return frozenset(self._number(term) for term in terms)

    def listed(self) -> list[str]:
        return self._listed

    def _number(self, term: str) -> int:
        key = tuple(tokens(term))
        if key not in self._numbers:
            self._numbers[key] = len(self._listed)
            self._listed.append(term)
        return self._numbers[key]
