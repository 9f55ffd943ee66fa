"""How well the language of a text is told: our own shop texts and those of other languages.

Of the shop texts only what may be trained on: the test split stays unseen here too. The words of
romanised Hindi were chosen with these texts in view, so its figure is no forecast.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from time import process_time
from typing import Any, NamedTuple

from app.inference.language.identify import SHORT_BELOW, Hint, Identifier
from app.inference.language.letters import letters, plain
from app.inference.language.library import load_library

ROOT = Path(__file__).parent
SUPPORTED = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")
ROMANISED = "hi in Latin letters"
TWITTER = {
    "arabic": "ar",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}


class Text(NamedTuple):
    """A text, the file or row it is reported under, and its true language."""

    row: str
    language: str
    text: str


def run(sentiment: Path | None = None) -> dict[str, Any]:
    """Return accuracy by row, shares 0..1, and microseconds of CPU a text.

    ``lost``: the share of texts in supported languages taken for one that is not; ``kept_out``: of
    texts in other languages those not scored.
    ``sentiment``: a folder with XLM-T's validation tweets (``xlmt``) and PolEmo's development part
    (``polish``), which are not ours to keep here; measured too when given.
    """
    identifier = Identifier(load_library(), SUPPORTED)
    texts = [*_shop(), *_unsupported(), *(_given(sentiment) if sentiment else ())]
    started_s = process_time()
    told = [identifier.language(text.text, Hint()) for text in texts]
    us_a_text = (process_time() - started_s) / len(texts) * 1e6
    found = [
        (text, language)
        for text, language in zip(texts, told, strict=True)
        if letters(plain(text.text)) >= SHORT_BELOW
    ]
    names = dict.fromkeys(text.row for text, _ in found)
    rows = {name: figures(f for f in found if f[0].row == name) for name in names}
    mean = sum(row["accuracy"] for row in rows.values()) / len(rows)
    supported = figures(f for f in found if f[0].language in SUPPORTED)
    unsupported = figures(f for f in found if f[0].language not in SUPPORTED)
    return {
        "letters_from": SHORT_BELOW,
        "us_a_text": round(us_a_text),
        "mean_accuracy_of_rows": round(mean, 4),
        "lost": supported["unscored"],
        "kept_out": unsupported["unscored"],
        "by_row": rows,
    }


def figures(found: Iterable[tuple[Text, str | None]]) -> dict[str, Any]:
    """Return texts, the share told rightly, and that taken for an unsupported language.

    ``taken_for``: the three wrong languages that were said most often.
    """
    pairs = [(text.language, language) for text, language in found]
    wrong = Counter(str(language) for truth, language in pairs if language != truth)
    unscored = sum(language not in SUPPORTED for _, language in pairs)
    return {
        "texts": len(pairs),
        "accuracy": round(1 - wrong.total() / len(pairs), 4),
        "unscored": round(unscored / len(pairs), 4),
        "taken_for": dict(wrong.most_common(3)),
    }


def _shop() -> Iterator[Text]:
    for path in sorted((ROOT / "shop").rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            text = json.loads(line)
            if path.parent.name == "shop" and _is_test(text["id"]):
                continue
            is_romanised = path.stem == "hi" and not re.search("[\u0900-\u097f]", text["text"])
            yield Text(ROMANISED if is_romanised else path.stem, path.stem, text["text"])


def _unsupported() -> Iterator[Text]:
    for path in sorted((ROOT / "language").glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield Text(path.stem, path.stem, json.loads(line)["text"])


def _given(folder: Path) -> Iterator[Text]:
    for name, language in TWITTER.items():
        path = folder / "xlmt" / "data" / "sentiment" / name / "val_text.txt"
        for text in path.read_text("utf-8").splitlines():
            yield Text(f"{language}, tweets", language, text)
    for name in ("WCCRS_HOTELS", "WCCRS_MEDICINE"):
        for line in (folder / "polish" / name / "dev.txt").read_text("utf-8").splitlines():
            yield Text("pl, reviews", "pl", line[2:])


def _is_test(name: str) -> bool:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 5 == 0


if __name__ == "__main__":
    import sys

    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    print(json.dumps(run(folder), indent=1, sort_keys=True))
