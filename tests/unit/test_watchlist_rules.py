"""A slip in the watch list is an error that names the file, the key and the remedy."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.core.mention import Mention
from app.core.terms import TermIndex, is_term, tokens
from app.core.watchlist import WatchList
from app.errors import ConfigError

GOOD: dict[str, Any] = {
    "version": 1,
    "brands": [
        {
            "name": "Acme",
            "aliases": ["Acme Corp"],
            "keywords": [{"id": "acme-name", "without": ["acme of perfection"]}],
            "products": [{"name": "Kettle", "skus": ["K-1"], "keywords": [{"id": "acme-kettle"}]}],
        },
        {"name": "Zeta", "keywords": [{"id": "zeta-name", "any": ["zeta*"], "with": ["shop"]}]},
    ],
}
BRAND, KEYWORD, PRODUCT = ("brands", 0), ("brands", 0, "keywords", 0), ("brands", 0, "products", 0)


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


def test_the_document_that_is_changed_here_is_good() -> None:
    assert WatchList.from_yaml_dict(GOOD).brands == ("acme", "zeta")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), ..., "version is not 1; write `version: 1` at the top"),
        (("version",), "1", "version is not 1"),
        (("brand",), [], "brand is no known key; remove it, or use one of version, brands"),
        (("brands",), ..., "brands lists no brand; add one"),
        (("brands",), {}, "brands is no list; write its entries with a dash each"),
        (("brands",), None, "brands is no list"),
        (BRAND, "Acme", r"brands\[0\] is no mapping; give it the keys name, aliases"),
        ((*BRAND, "colour"), "red", r"brands\[0\]\.colour is no known key; remove it"),
        ((*BRAND, "name"), ..., r"brands\[0\]\.name is missing; add it"),
        ((*BRAND, "name"), True, r"brands\[0\]\.name is no text; put it in quotes"),
        ((*BRAND, "name"), "  ", r"brands\[0\]\.name is blank or too long; use 1 to 128"),
        ((*BRAND, "name"), "a" * 129, r"brands\[0\]\.name is blank or too long"),
        ((*BRAND, "name"), "Acme/Corp", r"brands\[0\]\.name has characters that no brand may"),
        ((*BRAND, "aliases"), ["ok", "🔥"], r"brands\[0\]\.aliases\[1\] has characters"),
        ((*BRAND, "aliases"), "Corp", r"brands\[0\]\.aliases is no list"),
        ((*BRAND, "aliases"), [1], r"brands\[0\]\.aliases\[0\] is no text"),
        ((*BRAND, "aliases"), ["ACME"], "brand or alias 'acme' comes twice; keep one of them"),
        ((*BRAND, "aliases"), ["Zeta"], "brand or alias 'zeta' comes twice"),
        ((*BRAND, "industry"), None, r"brands\[0\]\.industry is missing; add it"),
        ((*BRAND, "industry"), ["a"], r"brands\[0\]\.industry is no text; put it in quotes"),
        ((*BRAND, "industry"), " ", r"brands\[0\]\.industry is blank or too long"),
        ((*BRAND, "industry"), "Couriers", r"industry is no name of an industry; use a-z, 0-9"),
        ((*BRAND, "industry"), "last mile", r"industry is no name of an industry; use a-z, 0-9"),
        (
            (*BRAND, "industry"),
            "courier",
            r"brands\[0\]\.industry 'courier' has 1 of the 3 brands that it takes; spell it as at",
        ),
        ((*BRAND, "languages"), "pl", r"brands\[0\]\.languages is no list"),
        ((*BRAND, "languages"), ["pl", False], r"languages\[1\] is no text; put it in quotes"),
        ((*BRAND, "languages"), ["xx"], r"languages\[0\] is no ISO 639-1 code in use; write two"),
        ((*BRAND, "languages"), ["Polish"], r"languages\[0\] is no ISO 639-1 code in use"),
        ((*BRAND, "languages"), ["pt-BR"], r"languages\[0\] is no ISO .* in use; write pt$"),
        ((*BRAND, "languages"), ["PL"], r"languages\[0\] is no ISO .* in use; write pl$"),
        ((*BRAND, "languages"), ["nb"], r"languages\[0\] is no ISO .* in use; write no$"),
        ((*BRAND, "languages"), ["pl", "pl"], r"languages\[1\] is 'pl' again; remove it"),
        ((*KEYWORD, "id"), ..., r"brands\[0\]\.keywords\[0\]\.id is missing"),
        ((*KEYWORD, "id"), "Acme Name", r"keywords\[0\]\.id is no rule id; use a-z, 0-9"),
        ((*KEYWORD, "id"), "given", r"keywords\[0\]\.id is no rule id"),
        ((*KEYWORD, "id"), "zeta-name", "rule id 'zeta-name' comes twice"),
        ((*KEYWORD, "id"), "acme-kettle", "rule id 'acme-kettle' comes twice"),
        ((*KEYWORD, "not"), ["x"], r"keywords\[0\]\.not is no known key; remove it, or use one of"),
        ((*KEYWORD, "any"), [], r"keywords\[0\]\.any lists no term; add one, or leave the key out"),
        ((*KEYWORD, "any"), ["*"], r"keywords\[0\]\.any\[0\] can't be looked for; use words"),
        ((*KEYWORD, "any"), ["ac*"], r"any\[0\] can't be looked for; .* 3 letters or more"),
        ((*KEYWORD, "any"), ["acme *"], r"any\[0\] can't be looked for"),
        ((*KEYWORD, "any"), ["a*me"], r"any\[0\] can't be looked for"),
        ((*KEYWORD, "with"), ["\u200b"], r"with\[0\] can't be looked for"),
        ((*KEYWORD, "without"), ["ACME"], r"keywords\[0\]\.without rules out 'Acme' of `any`"),
        ((*PRODUCT, "name"), ..., r"brands\[0\]\.products\[0\]\.name is missing"),
        ((*PRODUCT, "sku"), "K-1", r"products\[0\]\.sku is no known key"),
        ((*PRODUCT, "skus"), ["kettle"], r"brands\[0\]\.products name 'kettle' twice"),
        ((*PRODUCT, "skus"), ["K*"], r"any is missing, and 'K\*' can't be looked for; add it"),
    ],
)
def test_a_slip_is_named(path: tuple[str | int, ...], value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"^list\.yaml: (.*\.)?{message}"):
        WatchList.from_yaml_dict(changed(path, value), "list.yaml")


@pytest.mark.parametrize("document", [None, [], "brands", 5])
def test_another_document_is_named(document: object) -> None:
    with pytest.raises(ConfigError, match="the file is no mapping; give it the keys version"):
        WatchList.from_yaml_dict(document, "list.yaml")


def test_a_match_tells_what_the_brand_is_usually_written_in() -> None:
    watch_list = WatchList.from_yaml_dict(changed((*BRAND, "languages"), ["pl", "no"]))
    by_text = Mention(id="1", text="the zeta shop and an acme", published_at_ms=0)
    given = Mention(id="2", text="", published_at_ms=0, brand="acme corp")
    product = Mention(id="3", text="", published_at_ms=0, product="K-1")
    assert [match.languages for match in watch_list.match(by_text)] == [("pl", "no"), ()]
    for mention in (given, product):
        assert [match.languages for match in watch_list.match(mention)] == [("pl", "no")]
    assert [match.languages for match in WatchList.given().match(given)] == [()]


def test_a_rule_without_any_looks_for_the_names() -> None:
    watch_list = WatchList.from_yaml_dict(GOOD)
    for text, rules in (
        ("ACME corp is late", ["acme-name"]),
        ("k-1 leaks", ["acme-kettle"]),
        ("Acme of perfection", []),
        ("Acme of perfection, a kettle", ["acme-kettle"]),
        ("zetas in the shop", ["zeta-name"]),
        ("zetas", []),
    ):
        matches = watch_list.match(Mention(id="1", text=text, published_at_ms=0))
        assert [match.rule for match in matches] == rules


@pytest.mark.parametrize(
    ("term", "text", "is_found"),
    [
        ("acme", "acme", True),
        ("acme", "(ACME)", True),
        ("acme", "acmes", False),
        ("acme", "xacme", False),
        ("acme", "acme_x", False),
        ("acme", "acme-x", True),
        ("acme corp", "Acme\n\tCorp!", True),
        ("acme corp", "acme, corp", False),
        ("acme corp", "acme corporation", False),
        ("acme corp*", "acme corporation", True),
        ("acme corp*", "acme", False),
        ("corp acme corp", "corp acme corp acme corp", True),
        ("h&m", "h & m", True),
        ("h&m", "h m", False),
        ("$acme", "$ACME", True),
        ("$acme", "acme", False),
        ("straße", "STRASSE", True),
        ("żabk*", "Z\u0307abki", True),
        ("żabk*", "żab", False),
        ("ﬁne", "FINE", True),
        ("acme", "ac\u00adme", True),
        ("c++", "C++ is", True),
        ("टाटा", "टाटा मोटर्स", True),
    ],
)
def test_a_term_is_found_as_whole_words(term: str, text: str, is_found: bool) -> None:
    assert is_term(term)
    assert TermIndex([term]).find(text) == ({0} if is_found else set())


def test_terms_that_overlap_are_all_found() -> None:
    index = TermIndex(["acme", "acme corp", "corp europe", "acm*", "acme corp eur*", "europe"])
    assert index.find("Acme Corp Europe") == {0, 1, 2, 3, 4, 5}
    stems = TermIndex(["zetas*", "zet*", "zeta*", "zeta", "zeus*"])
    assert stems.find("zeta") == {1, 2, 3}


def test_words_and_signs() -> None:
    assert tokens("  #Łódź:20%\u200b ok") == ["#", "łódź", ":", "20", "%", "ok"]
    assert tokens(" \n\u200b") == []
