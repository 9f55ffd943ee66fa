"""One training run: passes over the mixture, weight averaging, checkpoints, a logged curve."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch.nn import functional

from app.inference.text import prepared
from app.training import batches, measure
from app.training.examples import Example
from app.training.mixture import one_pass
from app.training.network import CLASSES, Network

WARM_UP = 0.05  # of the steps
DECAY = 0.9  # of the learning rate, a layer downwards
SMOOTHING = 0.05  # of the labels: some of them are wrong
HEEDED = 0.5  # of a target is the teacher's, where there is one
AVERAGE_STEPS = 5
AVERAGED = 0.995  # weight of the past in the averaged weights, every so many steps
CHECK_STEPS = 700


class Plan(NamedTuple):
    """What a run is told. ``steps``: its end at the latest; ``rate``: the top layer's highest."""

    passes: int
    steps: int | None
    rate: float
    seed: int
    out: Path


class Corpus:
    """Tokens and labels of the texts, tokenized once."""

    def __init__(self, texts: list[Example], tokenizer: Tokenizer) -> None:
        tokenizer.enable_truncation(batches.MAX_TOKENS)
        tokenizer.no_padding()
        self.texts = texts
        encoded = tokenizer.encode_batch_fast([prepared(text.text) for text in texts])
        self.tokens = [encoding.ids for encoding in encoded]
        self.lengths = [len(ids) for ids in self.tokens]
        self.targets = smoothed([text.label for text in texts])
        self.pad_id = int(tokenizer.token_to_id("<pad>") or 0)
        self.mask_id = int(tokenizer.token_to_id("<mask>") or 0)


class Run:
    """The state of a run; ``checkpoint.safetensors`` in the folder ``out`` holds all of it."""

    def __init__(self, network: Network, plan: Plan, corpus: Corpus, judge: Corpus) -> None:
        self._network = network
        self._plan = plan
        self._corpus = corpus
        self._judge = judge
        self._averaged = {name: value.clone() for name, value in self._trained()}
        self._checkpoint = plan.out / "checkpoint.safetensors"
        self._steps = 0
        groups = _groups(network, plan.rate)
        self._optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        self._losses: list[float] = []
        self._started = time.monotonic()
        plan.out.mkdir(parents=True, exist_ok=True)

    def start(self, weights: dict[str, torch.Tensor]) -> None:
        """Begin from the averaged weights of a run before in place of the base's."""
        self._network.load_state_dict(weights, strict=False)
        self._averaged = {name: value.clone() for name, value in self._trained()}

    def resume(self) -> None:
        """Go on from the checkpoint, if one is there."""
        if not self._checkpoint.exists():
            return
        state = load_file(self._checkpoint)
        self._network.load_state_dict(_part(state, "network"), strict=False)
        self._averaged = _part(state, "averaged")
        self._steps = int(state["steps"])
        groups = self._optimizer.state_dict()["param_groups"]
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in _part(state, "optimizer").items():
            number, _, kind = name.partition(".")
            moments.setdefault(int(number), {})[kind] = value
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.log({"resumed_at": self._steps})

    def train(self) -> dict[str, torch.Tensor]:
        """Return the averaged weights after all passes."""
        plan = self._plan
        schedule = [
            batch
            for number in range(plan.passes)
            for batch in batches.batches(
                one_pass(self._corpus.texts, plan.seed + number),
                self._corpus.lengths,
                plan.seed + number,
            )
        ]
        schedule = schedule[: plan.steps]
        self.log({"steps": len(schedule), "texts": len(self._corpus.texts)})
        while self._steps < len(schedule):
            self._step(schedule[self._steps], len(schedule))
            if self._steps % CHECK_STEPS == 0:
                self._check(len(schedule))
        self._save()
        return self._averaged

    def _step(self, places: list[int], steps: int) -> None:
        # What is drawn at random follows from the step alone, so that a resumed run draws the same.
        torch.manual_seed(self._plan.seed * 1_000_003 + self._steps)
        for group in self._optimizer.param_groups:
            group["lr"] = group["highest"] * _rate(self._steps / steps)
        ids, mask = batches.laid_out([self._corpus.tokens[p] for p in places], self._corpus.pad_id)
        ids = batches.hide_some(ids, mask, self._corpus.mask_id)
        self._network.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = self._network(ids, mask)
        loss = functional.cross_entropy(logits, self._corpus.targets[places])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._steps += 1
        self._losses.append(loss.item())
        if self._steps % AVERAGE_STEPS == 0:
            self._average()

    def _average(self) -> None:
        # Early on the past weighs less: it is hardly trained.
        kept = min(AVERAGED, self._steps / (self._steps + 9 * AVERAGE_STEPS))
        for name, value in self._trained():
            self._averaged[name].lerp_(value, 1 - kept)

    def _check(self, steps: int) -> None:
        logits = logits_of(self._network, self._averaged, self._judge)
        figures = measure.headline(self._judge.texts, logits)
        spent = time.monotonic() - self._started
        self.log(
            {
                "step": self._steps,
                "of": steps,
                "loss": round(sum(self._losses) / len(self._losses), 4),
                "seconds": round(spent),
                **figures,
            }
        )
        self._losses.clear()
        self._save()

    def _trained(self) -> Iterable[tuple[str, torch.Tensor]]:
        return [(n, p.data) for n, p in self._network.named_parameters() if p.requires_grad]

    def _save(self) -> None:
        state = {"steps": torch.tensor(self._steps)}
        for name, value in self._network.state_dict().items():
            if name != "words":  # never trained
                state[f"network.{name}"] = value
        for name, value in self._averaged.items():
            state[f"averaged.{name}"] = value
        for number, moments in self._optimizer.state_dict()["state"].items():
            for kind, value in moments.items():
                state[f"optimizer.{number}.{kind}"] = value
        partial = self._checkpoint.with_suffix(".partial")
        save_file(state, partial)
        partial.replace(self._checkpoint)

    def log(self, line: dict[str, Any]) -> None:
        """Append a line to the curve and print it."""
        text = json.dumps(line)
        print(text, flush=True)
        with (self._plan.out / "curve.jsonl").open("a") as curve:
            curve.write(text + "\n")


def logits_of(network: Network, weights: dict[str, torch.Tensor], corpus: Corpus) -> measure.Floats:
    """Return (texts, 3) logits of a corpus, by the network with ``weights`` in place of its own."""
    network.eval()
    found = numpy.zeros((len(corpus.texts), 3), dtype=numpy.float32)
    for places in batches.batches(range(len(corpus.texts)), corpus.lengths, seed=0):
        ids, mask = batches.laid_out([corpus.tokens[place] for place in places], corpus.pad_id)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            logits = torch.func.functional_call(network, weights, (ids, mask))
        found[places] = logits.numpy()
    return found


def smoothed(labels: list[int]) -> torch.Tensor:
    """Return (texts, 3) targets: nearly all of each is its label's."""
    certain = functional.one_hot(torch.tensor(labels), CLASSES).float()
    return certain * (1 - SMOOTHING) + SMOOTHING / CLASSES


def softened(targets: torch.Tensor, teacher: torch.Tensor) -> torch.Tensor:
    """Return (texts, 3) targets of which half is what a teacher says. ``teacher``: its logits.

    A label by one person is often wrong; a model that was trained on all of them says how sure one
    can be (Furlanello et al., Born-Again Neural Networks, ICML 2018).
    """
    return torch.lerp(targets, torch.softmax(teacher, -1), HEEDED)


def _part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    start = f"{prefix}."
    return {name.removeprefix(start): v for name, v in state.items() if name.startswith(start)}


def _rate(spent: float) -> float:
    """Return the share of the highest learning rate at a share of the run: up, then down to 2 %."""
    return max(0.02, min(spent / WARM_UP, (1 - spent) / (1 - WARM_UP)))


def _groups(network: Network, rate: float) -> list[dict[str, Any]]:
    parts = [(network.head, 2 * rate)]
    layers = list(network.layers)
    parts += [(layer, rate * DECAY**depth) for depth, layer in enumerate(reversed(layers))]
    parts.append((network.norm, rate * DECAY ** len(layers)))
    groups: list[dict[str, Any]] = []
    for module, highest in parts:
        for matrices in (True, False):
            chosen = [p for p in module.parameters() if (p.ndim > 1) == matrices]
            if chosen:
                decay = 0.01 if matrices else 0.0
                groups.append(
                    {"params": chosen, "lr": highest, "highest": highest, "weight_decay": decay}
                )
    return groups
