"""Which texts a pass over the training data shows, how often, and which are never shown."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from app.training import examples
from app.training.examples import Example, key

# How often a pass shows a text of each source. Small sets that the product is about come oftener.
REPEATS = {
    "semeval": 1,
    "xlmt": 3,
    "polish_hotels": 1,
    "polish_medicine": 1,
    "sst": 1,
    "custrev": 1,
    "shop": 4,
    "corrected": 4,
}
# Labels that nothing can be learnt from: after training on them, half of them are still missed.
UNLEARNABLE = frozenset({("xlmt", "hi")})


class Mixture(NamedTuple):
    """Training texts without repeats, and how many were dropped, by source and reason."""

    texts: list[Example]
    dropped: Counter[tuple[str, str]]


def gather(data: Path, pool: Path | None = None) -> Mixture:
    """Return every training text less those of an evaluation set and less repeats.

    ``pool``: corrections of labels, see ``examples.corrected``. Texts are compared by ``key``.
    Raises OSError when a public set is not below ``data``, InputError for a broken pool.
    """
    judged = {key(example.text) for example in evaluation_texts(data)}
    seen: set[str] = set()
    texts: list[Example] = []
    dropped: Counter[tuple[str, str]] = Counter()
    for example in _offered(data, pool):
        text_key = key(example.text)
        if (example.source, example.language) in UNLEARNABLE:
            dropped[example.source, "labels at chance"] += 1
        elif text_key in judged:
            dropped[example.source, "in an evaluation set"] += 1
        elif text_key in seen:
            dropped[example.source, "seen before"] += 1
        else:
            seen.add(text_key)
            texts.append(example)
    return Mixture(texts, dropped)


def evaluation_texts(data: Path) -> Iterable[Example]:
    """Yield every text that judges a model, validation texts included."""
    return chain(
        examples.public_evaluation(data, validation=False),
        examples.public_evaluation(data, validation=True),
        examples.shop("validation"),
        examples.shop("test"),
        examples.irony(),
        examples.sarcasm(data),
    )


def _offered(data: Path, pool: Path | None) -> Iterable[Example]:
    return chain(
        examples.corrected(pool) if pool is not None else (),
        examples.shop("train"),
        examples.polish(data, "train"),
        examples.xlmt(data, "train"),
        examples.reviews(data),
        examples.semeval(data),
    )


def one_pass(texts: list[Example], seed: int) -> list[int]:
    """Return the texts' places in the order of one pass, each as often as its source says."""
    order = [place for place, text in enumerate(texts) for _ in range(REPEATS[text.source])]
    random.Random(seed).shuffle(order)
    return order
