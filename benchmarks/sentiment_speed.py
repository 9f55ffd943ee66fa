"""How fast the sentiment engine is against one text after the other, and whether it agrees.

    python benchmarks/sentiment_speed.py [--texts FILE.jsonl] [--count 300] [--json OUT.json]

The baseline is the same encoder in float32, a text a call, each padded to its own length: what a
loop over a plain pipeline does. Everything runs in one process, on one thread, in turns, and is
timed in processor seconds, so that neighbours on the machine disturb the ratios less.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy
import torch
from tokenizers import Tokenizer

from app.inference.encoder import Encoder
from app.inference.engine import Probabilities, label_of
from app.inference.transformer import load_transformer, supported_precision
from app.inference.weights import BUNDLED, TOKENIZER, ModelFolder
from app.sources.recorded import read_recorded

_ROUNDS = 3
_WORDS = [
    *["order", "late", "again", "refund", "please", "nobody", "answers", "love", "this", "phone"],
    *["świetny", "telefon", "polecam", "zepsuł", "się", "po", "tygodniu", "😡", "terrible"],
    *["der", "Laden", "schließt", "Lieferung", "pünktlich", "support", "🎉"],
]


def made_texts(count: int) -> list[str]:
    """Return texts of made-up words, about as long as posts are: half of them under 12 words."""
    draw = numpy.random.default_rng(1)
    lengths = 3 + numpy.minimum(80, draw.exponential(13, count)).astype(int)
    return [" ".join(draw.choice(_WORDS, length)) for length in lengths]


def read_texts(path: Path, count: int) -> list[str]:
    """Return the texts of at most ``count`` lines, drawn evenly."""
    texts = [json.loads(line)["text"] for _, line in read_recorded(path)]
    drawn = numpy.random.default_rng(1).permutation(len(texts))[:count]
    return [texts[place] for place in drawn]


class OneByOne:
    """The baseline: no batches, no padding, float32."""

    def __init__(self) -> None:
        self._encoder = Encoder(ModelFolder(BUNDLED), torch.float32)
        self._tokenizer = Tokenizer.from_file(str(BUNDLED / TOKENIZER))
        self._tokenizer.enable_truncation(256)

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return the answers, a call of the encoder a text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Probabilities:
        ids = torch.tensor([self._tokenizer.encode(text).ids])
        mask = torch.ones_like(ids, dtype=torch.bool)
        negative, neutral, positive = self._encoder.probabilities(ids, mask)[0].tolist()
        return negative, neutral, positive


def rates(
    forms: dict[str, Callable[[], list[Probabilities]]], count: int
) -> tuple[dict[str, float], dict[str, list[Probabilities]]]:
    """Return the best texts a processor second of each form, and its answers."""
    best = dict.fromkeys(forms, 0.0)
    answers: dict[str, list[Probabilities]] = {}
    for _ in range(_ROUNDS):
        for name, form in forms.items():
            started = time.process_time()
            answers[name] = form()
            best[name] = max(best[name], count / (time.process_time() - started))
    return best, answers


def measured(texts: Sequence[str]) -> dict[str, object]:
    """Return rates, ratios to the baseline and label agreement with it."""
    plain, exact, chosen = OneByOne(), load_transformer(precision="fp32"), load_transformer()
    forms = {
        "one by one, fp32": lambda: plain.score(texts),
        "batches, fp32": lambda: exact.score(texts),
        f"batches, {supported_precision()} (the engine)": lambda: chosen.score(texts),
    }
    best, answers = rates(forms, len(texts))
    base = next(iter(forms))
    labels = {name: [label_of(answer) for answer in given] for name, given in answers.items()}
    return {
        "texts": len(texts),
        "model": chosen.model,
        "texts_per_cpu_second": {name: round(rate, 1) for name, rate in best.items()},
        "times_baseline": {name: round(rate / best[base], 2) for name, rate in best.items()},
        "same_labels": {
            name: sum(a == b for a, b in zip(given, labels[base], strict=True)) / len(texts)
            for name, given in labels.items()
        },
        "same_alone": [chosen.score([text])[0] for text in texts[:20]] == chosen.score(texts)[:20],
    }


def run() -> dict[str, object]:
    """Return what ``measured`` says of 150 made-up texts."""
    return measured(made_texts(150))


def main() -> None:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(description="Speed of the sentiment engine, as ratios.")
    parser.add_argument("--texts", type=Path, help='lines {"text": ...}; default: made-up words')
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    texts = read_texts(options.texts, options.count) if options.texts else made_texts(options.count)
    report = measured(texts)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
