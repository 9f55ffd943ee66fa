"""Brands that a setting names, in the one spelling that everything else has."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic_core import PydanticCustomError

from app.core.brand_name import canonical


def spelt(brands: Sequence[str]) -> tuple[str, ...]:
    """Return the names in their canonical form, sorted, each once.

    Raises PydanticCustomError for the first that no watch list could hold.
    """
    names = set[str]()
    for brand in brands:
        if (name := canonical(brand)) is None:
            raise PydanticCustomError(
                "brand_name", "{brand} is no brand of a watch list", {"brand": repr(brand[:60])}
            )
        names.add(name)
    return tuple(sorted(names))
