"""The watch list as it is written down, read strictly: an error names the place and the remedy.

| key | meaning |
|---|---|
| ``version`` | 1 |
| ``brands[].name``, ``aliases`` | the brand as a mention's ``brand`` may spell it |
| ``brands[].industry`` | who its competitors are: brands with the same word, three at least |
| ``brands[].languages`` | what its mentions are usually in, where a text does not tell: ISO 639-1 |
| ``brands[].keywords[]`` | rules over the text: ``id``, ``any``, ``with``, ``without`` |
| ``brands[].products[]`` | ``name``, ``aliases``, ``skus`` as in ``product``; ``keywords`` |

A rule holds when one term of ``any`` occurs, one of ``with`` too if that is given, and none of
``without``. ``any`` left out means the name and the aliases (and SKUs) of what the rule belongs to.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

import msgspec

from app.core.brand_name import canonical
from app.core.language import CODES, language_of
from app.core.scope import LEAST_BRANDS
from app.core.terms import PREFIX_MIN_CHARS, is_term, tokens
from app.errors import ConfigError

GIVEN = "given"  # the rule of a match by the mention's own brand field
VERSION = 1

_TOKEN = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")  # a rule's id, an industry
_MAX_CHARS = 128


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Terms as written. ``any_of`` is never empty; ``with_any`` and ``without`` may be."""

    id: str
    any_of: tuple[str, ...]
    with_any: tuple[str, ...]
    without: tuple[str, ...]


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` as written; ``keys`` are name, aliases and SKUs by `product_key`."""

    name: str
    keys: tuple[str, ...]
    rules: tuple[Rule, ...]


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """``names`` are the canonical name, first, and the canonical aliases; ``languages`` codes;
    ``industry`` a word that competitors share, None without one.
    """

    names: tuple[str, ...]
    rules: tuple[Rule, ...]
    products: tuple[Product, ...]
    languages: tuple[str, ...] = ()
    industry: str | None = None


def product_key(name: str) -> str:
    """Return what two spellings of one product or SKU share: NFKC, case-folded, trimmed."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def read(document: object, source: str) -> tuple[Brand, ...]:
    """Return the brands of ``document``, a watch list as YAML gives it. Raises ConfigError.

    ``source`` is what errors call it: the path of the file.
    """
    root = _Section(document, source, "", ("version", "brands"))
    if root.value("version") != VERSION:
        raise root.error("version", f"is not {VERSION}", f"write `version: {VERSION}` at the top")
    brands = tuple(_brand(section) for section in root.sections("brands", _BRAND_KEYS))
    if not brands:
        raise root.error("brands", "lists no brand", "add one, or run without a watch list")
    _refuse_repeats(source, "brand or alias", (name for brand in brands for name in brand.names))
    _refuse_repeats(source, "rule id", (rule.id for brand in brands for rule in rules_of(brand)))
    _refuse_small_industries(root, brands)
    return brands


def rules_of(brand: Brand) -> Iterable[Rule]:
    """Yield the brand's own rules, then those of its products."""
    yield from brand.rules
    for product in brand.products:
        yield from product.rules


class _Section:
    """One mapping of the document, and where it stands."""

    def __init__(self, document: object, source: str, path: str, keys: tuple[str, ...]) -> None:
        self._source = source
        self._path = path
        if not isinstance(document, dict):
            raise self.error("", "is no mapping", f"give it the keys {', '.join(keys)}")
        self._values = document
        for key in document:
            if key not in keys:
                remedy = f"remove it, or use one of {', '.join(keys)}"
                raise self.error(str(key), "is no known key", remedy)

    def error(self, key: str, problem: str, remedy: str) -> ConfigError:
        place = f"{self._path}.{key}".strip(".") or "the file"
        return ConfigError(f"{self._source}: {place} {problem}; {remedy}")

    def has(self, key: str) -> bool:
        return key in self._values

    def value(self, key: str) -> object:
        return self._values.get(key)

    def text(self, key: str) -> str:
        return self._text(self.value(key), key)

    def texts(self, key: str) -> tuple[str, ...]:
        listed = self._list(key)
        return tuple(self._text(text, f"{key}[{number}]") for number, text in enumerate(listed))

    def sections(self, key: str, keys: tuple[str, ...]) -> list[_Section]:
        path = f"{self._path}.{key}".strip(".")
        return [
            _Section(document, self._source, f"{path}[{number}]", keys)
            for number, document in enumerate(self._list(key))
        ]

    def _list(self, key: str) -> list[object]:
        listed = self.value(key)
        if listed is None and key not in self._values:
            return []
        if not isinstance(listed, list):
            raise self.error(key, "is no list", "write its entries with a dash each")
        return listed

    def _text(self, text: object, key: str) -> str:
        if text is None:
            raise self.error(key, "is missing", "add it")
        if not isinstance(text, str):
            raise self.error(key, "is no text", "put it in quotes")
        if not text.strip() or len(text) > _MAX_CHARS:
            raise self.error(key, "is blank or too long", f"use 1 to {_MAX_CHARS} characters")
        return text


_BRAND_KEYS = ("name", "aliases", "industry", "languages", "keywords", "products")
_PRODUCT_KEYS = ("name", "aliases", "skus", "keywords")
_RULE_KEYS = ("id", "any", "with", "without")


def _brand(section: _Section) -> Brand:
    written = (section.text("name"), *section.texts("aliases"))
    names = []
    for number, name in enumerate(written):
        spelt = canonical(name)
        if spelt is None:
            key = "name" if number == 0 else f"aliases[{number - 1}]"
            remedy = "use letters, digits, spaces and . _ - & ' + alone"
            raise section.error(key, "has characters that no brand may have", remedy)
        names.append(spelt)
    products = tuple(_product(product) for product in section.sections("products", _PRODUCT_KEYS))
    taken: set[str] = set()
    for product in products:
        for key in product.keys:
            if key in taken:
                problem = f"name {key!r} twice"
                raise section.error("products", problem, "keep it in one product, once")
            taken.add(key)
    return Brand(
        names=tuple(names),
        rules=_rules(section, written),
        products=products,
        languages=_languages(section),
        industry=_industry(section),
    )


def _industry(section: _Section) -> str | None:
    if not section.has("industry"):
        return None
    industry = section.text("industry")
    if _TOKEN.fullmatch(industry) is None:
        remedy = "use a-z, 0-9, dot, dash and underscore, such as couriers"
        raise section.error("industry", "is no name of an industry", remedy)
    return industry


def _languages(section: _Section) -> tuple[str, ...]:
    codes = section.texts("languages")
    for number, code in enumerate(codes):
        if code not in CODES or language_of(code) != code:
            near = language_of(code)
            remedy = f"write {near}" if near else "write two small letters, such as pl"
            raise section.error(f"languages[{number}]", "is no ISO 639-1 code in use", remedy)
        if code in codes[:number]:
            raise section.error(f"languages[{number}]", f"is {code!r} again", "remove it")
    return codes


def _product(section: _Section) -> Product:
    written = (section.text("name"), *section.texts("aliases"), *section.texts("skus"))
    keys = tuple(product_key(name) for name in written)
    return Product(name=written[0].strip(), keys=keys, rules=_rules(section, written))


def _rules(section: _Section, names: tuple[str, ...]) -> tuple[Rule, ...]:
    return tuple(_rule(rule, names) for rule in section.sections("keywords", _RULE_KEYS))


def _rule(section: _Section, names: tuple[str, ...]) -> Rule:
    rule_id = section.text("id")
    if _TOKEN.fullmatch(rule_id) is None or rule_id == GIVEN:
        remedy = f"use a-z, 0-9, dot, dash and underscore, and not {GIVEN!r}"
        raise section.error("id", "is no rule id", remedy)
    rule = Rule(
        id=rule_id,
        any_of=_any_of(section, names),
        with_any=_terms(section, "with"),
        without=_terms(section, "without"),
    )
    never = {tuple(tokens(term)) for term in rule.without}
    for term in rule.any_of:
        if tuple(tokens(term)) in never:
            raise section.error("without", f"rules out {term!r} of `any`", "remove it from one")
    return rule


def _any_of(section: _Section, names: tuple[str, ...]) -> tuple[str, ...]:
    if section.has("any"):
        terms = _terms(section, "any")
        if not terms:
            raise section.error("any", "lists no term", "add one, or leave the key out")
        return terms
    for name in names:
        if not is_term(name) or name.endswith("*"):
            raise section.error("any", f"is missing, and {name!r} can't be looked for", "add it")
    return names


def _terms(section: _Section, key: str) -> tuple[str, ...]:
    terms = section.texts(key)
    for number, term in enumerate(terms):
        if not is_term(term):
            remedy = f"use words; * may only end one of {PREFIX_MIN_CHARS} letters or more"
            raise section.error(f"{key}[{number}]", "can't be looked for", remedy)
    return terms


def _refuse_small_industries(root: _Section, brands: tuple[Brand, ...]) -> None:
    """Refuse an industry that no crisis could ever be of: it is a slip, or not finished."""
    sizes = Counter(brand.industry for brand in brands)
    for number, brand in enumerate(brands):
        size = sizes[brand.industry]
        if brand.industry is not None and size < LEAST_BRANDS:
            problem = f"{brand.industry!r} has {size} of the {LEAST_BRANDS} brands that it takes"
            remedy = "spell it as at its competitors, or leave the key out"
            raise root.error(f"brands[{number}].industry", problem, remedy)


def _refuse_repeats(source: str, what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ConfigError(f"{source}: {what} {name!r} comes twice; keep one of them")
        seen.add(name)
