"""Near copies by their sketches: how many edited copies are found, how many other texts are taken.

    python -m benchmarks.near_copies ../shared/data

Texts: the validation parts of TweetEval and of XLM-T in six languages, PolEmo's development part,
customer reviews, all different. An *article* is three to eight neighbouring sentences of a review
set. *Found* is the share of 400 texts of which an edited copy shares three hashes or more; *taken*
is the number of pairs of all these texts that do without being copies. The recorded mentions of
twelve companies are read in time order with the memory that a brand has.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from time import process_time

from app.core.copies import Texts
from app.core.fingerprint import text_fingerprint
from app.core.sketch import SHARED, sketch_hashes, text_sketch

LANGUAGES = ("english", "german", "french", "spanish", "italian", "portuguese")
OUTLETS = ("Reuters", "BBC News", "the Guardian", "onet.pl", "@newsdesk", "Gazeta")
SAMPLE = 400
Edit = Callable[[Random, str], str]


def via(draw: Random, text: str) -> str:
    join = draw.choice((" via ", " - source: ", " | "))
    return f"{text}{join}{draw.choice(OUTLETS)} https://x.example/{draw.random()}"


def cut(draw: Random, text: str, least: float = 0.6, most: float = 0.9) -> str:
    words = text.split()
    return " ".join(words[: max(1, round(len(words) * draw.uniform(least, most)))]) + "…"


def halved(draw: Random, text: str) -> str:
    return cut(draw, text, 0.4, 0.6)


def headed(draw: Random, text: str) -> str:
    """Put words of our own in front, half of the time in place of the text's first ones."""
    words, gone = text.split(), draw.randint(3, 7)
    is_replaced = len(words) > 2 * gone and draw.random() < 0.5
    headline = " ".join(f"headline{draw.randrange(999)}" for _ in range(draw.randint(4, 8)))
    return f"{headline}: {' '.join(words[gone:] if is_replaced else words)}"


def everything(draw: Random, text: str) -> str:
    return via(draw, cut(draw, headed(draw, text)))


EDITS: dict[str, Edit] = {
    "a source and a link added": via,
    "another headline": headed,
    "60 to 90 % kept, the end cut": cut,
    "40 to 60 % kept, the end cut": halved,
    "headline, cut to 60 to 90 %, source": everything,
}


def main() -> None:
    """Print the tables of docs/evidence.md."""
    data = Path(sys.argv[1])
    tweets, sentences = list(dict.fromkeys(_tweets(data))), list(_sentences(data))
    articles = list(_articles(sentences))
    long_enough = [text for text in tweets if text_sketch(text)]
    print(f"{len(long_enough)} of {len(tweets)} tweets have a sketch; {len(articles)} articles")
    for name, edit in EDITS.items():
        found = [_found(texts, edit) for texts in (long_enough, articles)]
        print(f"| {name} | {found[0]:.1%} | {found[1]:.1%} |")
    texts = list(dict.fromkeys([*tweets, *sentences]))
    print(f"taken: {_taken(texts)} of {len(texts) * (len(texts) - 1) // 2:,} pairs")
    began = process_time()
    for text in tweets:
        text_sketch(text)
    print(f"a sketch takes {(process_time() - began) / len(tweets) * 1e6:.0f} µs")
    _companies(data / "mentions" / "companies" / "mentions.jsonl.gz")


def _lines(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    with path.open(encoding=encoding) as file:
        yield from (line.strip() for line in file if line.strip())


def _tweets(data: Path) -> Iterator[str]:
    yield from _lines(data / "sentiment" / "tweeteval" / "val_text.txt")
    for language in LANGUAGES:
        folder = data / "sentiment" / "xlmt" / "data" / "sentiment" / language
        yield from _lines(folder / "val_text.txt")


def _sentences(data: Path) -> Iterator[str]:
    polish = data / "sentiment" / "polish"
    for path in (polish / "WCCRS_HOTELS" / "dev.txt", polish / "WCCRS_MEDICINE" / "dev.txt"):
        yield from (line.partition(" ")[2] for line in _lines(path))
    reviews = data / "sentiment" / "sst" / "custrev.all"
    yield from (line.partition(" ")[2] for line in _lines(reviews, "latin-1"))


def _articles(sentences: list[str]) -> Iterator[str]:
    draw, at = Random(1), 0
    while at < len(sentences) - 8:
        count = draw.randint(3, 8)
        yield " ".join(sentences[at : at + count])
        at += count


def _found(texts: list[str], edit: Edit) -> float:
    draw = Random(2)
    pairs = [(text, edit(draw, text)) for text in draw.sample(texts, SAMPLE)]
    return sum(_shared(one, two) >= SHARED for one, two in pairs) / SAMPLE


def _shared(one: str, two: str) -> int:
    return len({*sketch_hashes(text_sketch(one))} & {*sketch_hashes(text_sketch(two))})


def _taken(texts: list[str]) -> int:
    places: dict[str, list[int]] = {}
    taken = 0
    for place, text in enumerate(texts):
        hashes = sketch_hashes(text_sketch(text))
        shared = Counter(other for one in hashes for other in places.get(one, ()))
        taken += sum(count >= SHARED for count in shared.values())
        for one in hashes:
            places.setdefault(one, []).append(place)
    return taken


def _companies(path: Path) -> None:
    """Print how many mentions are equal to a text before, and how many are near copies of one."""
    memories: dict[str, Texts] = {}
    known: dict[str, set[str]] = {}
    equal = near = distinct = 0
    looked_up_s = 0.0
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for mention in map(json.loads, file):
            brand, text = mention["brand"], mention["text"]
            name, sketch = text_fingerprint(text), bytes.fromhex(text_sketch(text))
            seen, texts = known.setdefault(brand, set()), memories.setdefault(brand, Texts({}))
            if name in seen:
                equal += 1
                continue
            began = process_time()
            found = texts.near_copy(sketch, 0)
            number = int(name, 16) >> 1 if found is None else found
            if sketch:
                texts.remember(number, 0, sketch)
            looked_up_s += process_time() - began
            near += found is not None
            distinct += found is None
            if found is None:
                seen.add(name)
    print(f"companies: {equal} equal, {near} near copies, {distinct} others")
    print(f"a look-up takes {looked_up_s / (near + distinct) * 1e6:.1f} µs")


if __name__ == "__main__":
    main()
