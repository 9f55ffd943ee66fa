"""How fast the sentiment engine is against transformers' own pipeline, a text a call.

    python -m benchmarks.sentiment_speed [--count 200] [--avx2] [--json OUT.json]

The baseline is ``transformers.pipeline`` with the same weights in float32: what a loop over a plain
pipeline does. The texts are the test split of ``benchmarks/shop``. Everything runs in one process,
on one thread, in turns, and is timed in processor seconds, so that neighbours on the machine
disturb the ratios less. ``--avx2`` holds torch, oneDNN and MKL back to AVX2 by their environment: a
simulation of an older processor, which keeps this one's clock, caches and memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from app.inference.calibration import Probabilities
from app.inference.dense import Precision
from app.inference.precision import features, possible
from app.inference.transformer import TransformerEngine, load_transformer
from app.inference.weights import BUNDLED, TOKENIZER, ModelFolder, StoredWeights

SHOP = Path(__file__).parent / "shop"
AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
_ROUNDS = 3
_SHORT = 40  # texts of a call when mentions trickle in
_BASE = "transformers.pipeline, one by one, fp32"


def shop_texts(count: int) -> list[str]:
    """Return at most ``count`` texts of the test split, drawn evenly over the languages."""
    rows = [
        json.loads(line)
        for path in sorted(SHOP.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    digests = [int(hashlib.sha256(row["id"].encode()).hexdigest()[:8], 16) for row in rows]
    held_out = [row["text"] for row, digest in zip(rows, digests, strict=True) if digest % 5 == 0]
    step = max(1, len(held_out) // count)
    return held_out[::step][:count]


class Pipeline:
    """The bundled model as transformers' classes run it: no batches, no padding, float32."""

    def __init__(self, folder: ModelFolder, prepare: Callable[[str], str]) -> None:
        from transformers import (  # noqa: PLC0415 - seconds, and only here
            BertConfig,
            PreTrainedTokenizerFast,
            TextClassificationPipeline,
            logging,
        )

        logging.set_verbosity_error()
        config = BertConfig.from_pretrained(folder.path, num_labels=3)
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(folder.path / TOKENIZER),
            pad_token="<pad>",  # noqa: S106 - no secret
            unk_token="<unk>",  # noqa: S106
            model_max_length=256,
        )
        model = _classifier(config, folder)
        self._prepare = prepare
        self._pipeline: Any = TextClassificationPipeline(
            model=model, tokenizer=tokenizer, top_k=None, device="cpu"
        )

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return the answers, a call of the pipeline a text."""
        return [self._one(self._prepare(text)) for text in texts]

    def _one(self, text: str) -> Probabilities:
        answer = self._pipeline(text, truncation=True)
        rows = answer[0] if isinstance(answer[0], list) else answer
        shares = {row["label"]: row["score"] for row in rows}
        return shares["LABEL_0"], shares["LABEL_1"], shares["LABEL_2"]


def _classifier(config: Any, folder: ModelFolder) -> Any:
    from transformers import BertModel, BertPreTrainedModel  # noqa: PLC0415
    from transformers.modeling_outputs import SequenceClassifierOutput  # noqa: PLC0415

    class MeanPooled(BertPreTrainedModel):  # type: ignore[misc]
        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.bert = BertModel(config, add_pooling_layer=False)
            self.head = torch.nn.Linear(config.hidden_size, config.num_labels)
            self.post_init()

        def forward(self, input_ids: Any, attention_mask: Any, **_: Any) -> Any:
            hidden = self.bert(input_ids, attention_mask=attention_mask).last_hidden_state
            weight = attention_mask.unsqueeze(-1).float()
            pooled = (hidden * weight).sum(1) / weight.sum(1)
            return SequenceClassifierOutput(logits=self.head(pooled))

    model = MeanPooled(config).eval()
    stored = StoredWeights(folder)
    weights = {name: torch.from_numpy(stored.take(name)) for name in model.state_dict()}
    model.load_state_dict(weights)
    return model


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


def measured(count: int) -> dict[str, Any]:
    """Return rates, ratios to the pipeline and agreement with it, of the bundled model."""
    texts = shop_texts(count)
    folder = ModelFolder(BUNDLED)
    engines = {name: load_transformer(precision=name) for name in possible(folder)}
    chosen = load_transformer()
    plain = Pipeline(folder, engines["fp32"].prepare)
    forms: dict[str, Callable[[], list[Probabilities]]] = {_BASE: lambda: plain.score(texts)}
    for name, engine in engines.items():
        forms[f"engine, {name}"] = _call(engine, texts)
        forms[f"engine, {name}, {_SHORT} texts a call"] = _call(engine, texts, _SHORT)
    best, answers = rates(forms, len(texts))
    return {
        "texts": len(texts),
        "features": features(),
        "chosen": chosen.model,
        "texts_per_cpu_second": {name: round(rate, 1) for name, rate in best.items()},
        "times_pipeline": {name: round(rate / best[_BASE], 2) for name, rate in best.items()},
        "same_labels": {name: _agreement(given, answers[_BASE]) for name, given in answers.items()},
        "same_alone": _same_alone(engines, texts[:20]),
    }


def _call(
    engine: TransformerEngine, texts: Sequence[str], size: int = 0
) -> Callable[[], list[Probabilities]]:
    step = size or len(texts)
    parts = [texts[start : start + step] for start in range(0, len(texts), step)]
    return lambda: [answer for part in parts for answer in engine.score(part)]


def _agreement(one: Sequence[Probabilities], other: Sequence[Probabilities]) -> float:
    same = sum(a.index(max(a)) == b.index(max(b)) for a, b in zip(one, other, strict=True))
    return round(same / len(one), 4)


def _same_alone(engines: dict[Precision, TransformerEngine], texts: Sequence[str]) -> bool:
    return all(
        [engine.score([text])[0] for text in texts] == engine.score(texts)
        for engine in engines.values()
    )


def run() -> dict[str, Any]:
    """Return what ``measured`` says of 100 texts, on this processor and held back to AVX2."""
    return {"this processor": measured(100), "held back to AVX2 (simulated)": held_back(100)}


def held_back(count: int) -> dict[str, Any]:
    """Return what ``measured`` says in a process whose libraries may use AVX2 at most."""
    command = [sys.executable, "-m", "benchmarks.sentiment_speed", "--count", str(count)]
    done = subprocess.run(  # noqa: S603 - ourselves
        command, env=os.environ | AVX2, check=True, capture_output=True, text=True
    )
    report: dict[str, Any] = json.loads(done.stdout)
    if "AVX2" not in report["features"]:
        raise RuntimeError("torch does not heed ATEN_CPU_CAPABILITY: the figures mean nothing")
    return report


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description="Speed of the sentiment engine, as ratios.")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--avx2", action="store_true", help="hold the libraries back to AVX2")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report = held_back(options.count) if options.avx2 else measured(options.count)
    text = json.dumps(report, indent=2) + "\n"
    if options.json:
        options.json.write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
