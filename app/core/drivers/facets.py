"""Facets: how the negatives of a window divide by one property."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from app.core.cause import Child, Facet, Share
from app.core.facts import Fact
from app.core.supported import LANGUAGES

MOST_SHARES = 5  # beside what is left over and what does not say
MOST_CHILDREN = 10
CHILD_NEGATIVES = 2
OTHER, UNKNOWN = "other", "unknown"  # also the words of app.core.supported
WHOLE = 720_720  # a mention's weight: up to 16 themes divide it without a rest
TENTHS = 1_000  # percents have one place

Group = tuple[tuple[str, ...], int, int]  # values, mentions that have just these, their weight


def facets_of(negatives: Sequence[Fact]) -> tuple[Facet, ...]:
    """Return the facets, in a fixed order; one that nothing is known of is left out.

    ``reach`` is the only one whose percents are not of the negatives: they are of the reach of all
    negatives, by author.
    """
    tables: tuple[tuple[str, Iterable[Group]], ...] = (
        ("theme", _groups(Counter(fact.themes for fact in negatives))),
        ("source", _groups(Counter((fact.source,) for fact in negatives))),
        ("platform", _groups(Counter((fact.platform,) for fact in negatives))),
        ("language", _groups(Counter((LANGUAGES[fact.language],) for fact in negatives))),
        ("region", _groups(Counter((fact.region,) for fact in negatives))),
        ("product", _groups(Counter((fact.product,) for fact in negatives))),
        ("author", _groups(Counter((fact.author,) for fact in negatives))),
        ("author_kind", _groups(Counter((fact.author_kind,) for fact in negatives))),
        ("reach", [((fact.author,), 1, fact.reach) for fact in negatives if fact.reach > 0]),
    )
    facets = (facet_of(name, groups) for name, groups in tables)
    return tuple(facet for facet in facets if facet is not None)


def facet_of(name: str, groups: Iterable[Group]) -> Facet | None:
    """Return the facet of these mentions, None when no mention says anything.

    A mention of several values gives each an equal part of its weight, so that percents add up;
    ``negatives`` counts it at each of them. The heaviest come first, of equals the one with more
    negatives, then by value; ``other`` and ``unknown`` come last.

    >>> facet = facet_of("platform", [(("x",), 2, 2), (("",), 1, 1)])
    >>> [(share.value, share.negatives, share.percent) for share in facet.shares]
    [('x', 2, 66.7), ('unknown', 1, 33.3)]
    """
    table = [(_said(values), count, weight) for values, count, weight in groups]
    weights, negatives = dict[str, int](), dict[str, int]()
    for values, count, weight in table:
        for value in values:
            weights[value] = weights.get(value, 0) + weight // len(values)
            negatives[value] = negatives.get(value, 0) + count
    if not weights.keys() - {UNKNOWN}:
        return None
    named = sorted(
        weights.keys() - {OTHER, UNKNOWN},
        key=lambda value: (-weights[value], -negatives[value], value),
    )[:MOST_SHARES]
    apart = {*named, UNKNOWN}
    lines = [(value, negatives[value], weights[value]) for value in named]
    rest = sum(weight for value, weight in weights.items() if value not in apart)
    lines.append((OTHER, sum(n for values, n, _ in table if not apart.issuperset(values)), rest))
    lines.append((UNKNOWN, negatives.get(UNKNOWN, 0), weights.get(UNKNOWN, 0)))
    return Facet(name=name, shares=_shares([line for line in lines if line[1]]))


def _groups(counts: Mapping[tuple[str, ...], int]) -> list[Group]:
    return [(values, count, count * WHOLE) for values, count in counts.items()]


def _shares(lines: Sequence[tuple[str, int, int]]) -> tuple[Share, ...]:
    percents = percents_of([weight for _, _, weight in lines])
    return tuple(
        Share(value=value, negatives=count, percent=percent)
        for (value, count, _), percent in zip(lines, percents, strict=True)
    )


def percents_of(weights: Sequence[int]) -> list[float]:
    """Return percents with one place that add up to 100.0: largest remainder (Hare quota), of equal
    remainders the first. ``weights`` are >= 0 and not all 0.

    >>> percents_of([1, 1, 1])
    [33.4, 33.3, 33.3]
    """
    total = sum(weights)
    parts = [divmod(weight * TENTHS, total) for weight in weights]
    missing = TENTHS - sum(tenths for tenths, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    raised = set(by_remainder[:missing])
    return [(tenths + (place in raised)) / 10 for place, (tenths, _) in enumerate(parts)]


def children_of(negatives: Sequence[Fact], facets: Sequence[Facet]) -> tuple[Child, ...]:
    """Return the products with at least two negatives, at most ten, the most first. One that the
    product facet names has the percent that stands there.
    """
    shown = {
        share.value: share.percent
        for facet in facets
        if facet.name == "product"
        for share in facet.shares
    }
    products = Counter(fact.product for fact in negatives)
    ranked = sorted(products.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Child(
            product=product,
            negatives=count,
            percent=shown.get(product, round(100 * count / len(negatives), 1)),
        )
        for product, count in ranked
        if count >= CHILD_NEGATIVES and product.strip() and product not in (OTHER, UNKNOWN)
    )[:MOST_CHILDREN]


def _said(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(values) == 1:  # nearly all
        return values if values[0].strip() else (UNKNOWN,)
    return tuple(dict.fromkeys(value for value in values if value.strip())) or (UNKNOWN,)
