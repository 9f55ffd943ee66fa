"""How often the emotion lists are right, on texts that a reader labelled with anger and fear.

``python -m benchmarks.emotion_accuracy`` prints it and writes ``results/emotion_accuracy.json``;
some minutes, for the bundled model scores every text. The texts, how they were labelled and how far
from the lists they were made are in ``emotions``.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.core.emotions import EMOTIONS
from app.core.mention import Label
from app.inference.emotions import emotions_of
from app.inference.engine import Score
from app.inference.load import load_engine
from app.inference.scoring import score_texts
from app.inference.themes import LANGUAGES
from benchmarks.theme_accuracy import figures_of

ROOT = Path(__file__).parent
OWN = ROOT / "emotions" / "texts.jsonl"
SHOP = ROOT / "emotions" / "shop.jsonl"  # labels alone; the texts are those of ``shop``
RESULT = ROOT / "results" / "emotion_accuracy.json"
PLAIN = ("complaint_plain", "order_status", "praise_plain", "question")  # kinds without an emotion

SHOWN = {"own_test_half": "own texts", "shop": "shop texts"}
WAYS = {"lists_alone": "lists alone", "with_the_model": "with the model's label"}
Labeller = Callable[[str, str], Label]


class Text(NamedTuple):
    """A text, its language and the emotions that a reader gave it."""

    id: str
    language: str
    text: str
    emotions: frozenset[str]


def run(label_of: Labeller) -> dict[str, Any]:
    """Return F1 by emotion of each set: the lists alone, every text called negative, and with the
    labels of ``label_of``, which takes a text and its language.
    """
    sets = {"own_test_half": own(is_test=True), "shop": shop()}
    return {
        name: {
            "texts": len(texts),
            "lists_alone": figures(texts, negative),
            "with_the_model": figures(texts, label_of),
            "language_unknown": figures([one._replace(language="") for one in texts], negative),
            "micro_f1_by_language": by_language(texts, label_of),
        }
        for name, texts in sets.items()
    } | {"plain_shop_texts": plain()}


def page_rows(result: Mapping[str, Any]) -> list[str]:
    """Return the lines of the tables of docs/emotions.md, as the page has them."""
    rows = []
    for name, shown in SHOWN.items():
        part = result[name]
        for way in ("lists_alone", "with_the_model"):
            for emotion in EMOTIONS:
                one = part[way][emotion]
                cells = (shown, WAYS[way], emotion, f"{one['labelled']} of {part['texts']}")
                figures_ = (f"{one[figure]:.2f}" for figure in ("precision", "recall", "f1"))
                rows.append(f"| {' | '.join((*cells, *figures_))} |")
        by = part["micro_f1_by_language"]
        rows.append(f"| {shown} | {' | '.join(f'{by[code]:.2f}' for code in LANGUAGES)} |")
    plain_ = result["plain_shop_texts"]
    rows.append(f"{plain_['given_an_emotion']} of {plain_['texts']} plain texts")
    return rows


def negative(text: str, language: str) -> Label:
    """Call every text negative."""
    return Label.NEGATIVE


def own(*, is_test: bool) -> list[Text]:
    """Return one half of the texts written for this: by the hash of their ids."""
    texts = [
        Text(line["id"], line["id"][:2], line["text"], frozenset(line["emotions"]))
        for line in _lines(OWN)
    ]
    return [one for one in texts if is_of_test_half(one.id) == is_test]


def is_of_test_half(identity: str) -> bool:
    """Tell which half a text is of; the lists were made with the other before the eyes."""
    return hashlib.sha256(identity.encode()).digest()[0] % 2 == 1


def shop() -> list[Text]:
    """Return the labelled texts of the shop set's test split."""
    texts = {one["id"]: one["text"] for one in _shop_texts()}
    return [
        Text(line["id"], line["id"][:2], texts[line["id"]], frozenset(line["emotions"]))
        for line in _lines(SHOP)
    ]


def plain() -> dict[str, Any]:
    """Return how many shop texts without an emotion by their kind the lists alone give one."""
    texts = [one for one in _shop_texts() if one["kind"] in PLAIN]
    given = sum(bool(emotions_of(one["text"], one["id"][:2], Label.NEGATIVE)) for one in texts)
    return {"texts": len(texts), "given_an_emotion": given}


def figures(texts: Iterable[Text], label_of: Labeller) -> dict[str, Mapping[str, float]]:
    """Return for each emotion its texts, precision, recall and F1."""
    judged = [(one.emotions, _found(one, label_of)) for one in texts]
    return {emotion: _row(judged, emotion) for emotion in EMOTIONS}


def by_language(texts: Iterable[Text], label_of: Labeller) -> dict[str, float]:
    """Return F1 over all pairs of text and emotion of a language, where there are any."""
    found = {}
    for code in LANGUAGES:
        judged = [(one.emotions, _found(one, label_of)) for one in texts if one.language == code]
        total = sum(len(labelled) + len(told) for labelled, told in judged)
        right = sum(len(labelled & told) for labelled, told in judged)
        found[code] = round(2 * right / total, 3) if total else 0.0
    return found


def _found(one: Text, label_of: Labeller) -> frozenset[str]:
    label = label_of(one.text, one.language)
    return frozenset(emotions_of(one.text, one.language or None, label) or ())


def _row(
    judged: Iterable[tuple[frozenset[str], frozenset[str]]], emotion: str
) -> Mapping[str, float]:
    return figures_of((emotion in labelled, emotion in told) for labelled, told in judged)


def _shop_texts() -> Iterable[dict[str, Any]]:
    for code in LANGUAGES:
        yield from _lines(ROOT / "shop" / f"{code}.jsonl")


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _model() -> tuple[str, Labeller]:
    engine = load_engine("transformer")
    texts = [one.text for one in (*own(is_test=True), *shop())]
    scores = dict(zip(texts, score_texts(engine, texts, timeout_s=600.0), strict=True))

    def label_of(text: str, language: str) -> Label:
        score = scores[text]
        return score.label if isinstance(score, Score) else Label.UNSCORED

    return engine.model, label_of


if __name__ == "__main__":
    model, labeller = _model()
    document = json.dumps({"model": model, **run(labeller)}, indent=1) + "\n"
    RESULT.write_text(document, "utf-8")
    sys.stdout.write(document)
