"""``python -m app.training.subjects``: what reads themes and flags from a model's hidden states.

The model stays as it is. Its states of our labelled shop texts are read once, and a small network
on them is trained; five parts of the texts, each judged by a network that saw the other four,
choose the lines. Both files are written beside the model's manifest, whose name they bear. About
ten minutes on one core.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy
import torch
from numpy.typing import NDArray
from safetensors.numpy import save
from torch import nn
from torch.nn import functional

from app.core.flags import FLAGS
from app.core.themes import THEMES
from app.inference.encoder import Encoder
from app.inference.subjects import FILE, VIEWS, WEIGHTS, Table
from app.inference.themes import themes_of
from app.inference.transformer import load_transformer
from app.inference.weights import BUNDLED, ModelFolder
from app.training.subject_texts import Labelled, labelled

LAYERS = (4, 8, 12)
WIDE = 384
DROPPED = 0.35
TEXTS_A_STEP = 32
PASSES = 10
RATE, DECAY = 1e-3, 0.05
WARM_STEPS = 50
LEAST_RATE = 0.02  # of the rate, at the end
PARTS = 5
START = -3.0  # a logit: most texts are not of a subject
GRID = numpy.arange(-5.0, 2.01, 0.1)
BETA = {**dict.fromkeys(THEMES, 1.0), **dict.fromkeys(FLAGS, 2.0)}  # a missed flag costs more

Floats = NDArray[numpy.float32]


class Sheet(NamedTuple):
    """What is learnt from, a row a text: states (tokens, width), labels, words of themes."""

    states: list[torch.Tensor]
    labels: torch.Tensor
    worded: torch.Tensor


class Reader(nn.Module):  # type: ignore[misc]
    """The arithmetic of ``app.inference.subjects``; a theme's words add to its logit."""

    def __init__(self, width: int, subjects: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, WIDE)
        self.out = nn.Linear(WIDE, VIEWS * subjects)
        self.words = nn.Parameter(torch.ones(subjects))
        self.dropped = nn.Dropout(DROPPED)
        nn.init.zeros_(self.out.weight[:subjects])
        nn.init.constant_(self.out.bias[subjects : 2 * subjects], START)

    def forward(
        self, states: torch.Tensor, mask: torch.Tensor, worded: torch.Tensor
    ) -> torch.Tensor:
        """Return (texts, subjects) logits. ``mask``: true on tokens."""
        seen = functional.gelu(self.up(self.dropped(self.norm(states))))
        with torch.autocast("cpu", enabled=False):
            weight, said, alone = self.out(self.dropped(seen).float()).chunk(VIEWS, -1)
            hidden = ~mask.unsqueeze(-1)
            weight = weight.masked_fill(hidden, -torch.inf).softmax(1)
            strongest = alone.masked_fill(hidden, -torch.inf).amax(1)
            return (weight * said).sum(1) + strongest + self.words * worded


def main() -> None:
    """Read the states, choose the lines, train on everything, and write both files."""
    parser = argparse.ArgumentParser(prog="python -m app.training.subjects")
    parser.add_argument("--model", type=Path, default=BUNDLED, help="the model folder")
    options = parser.parse_args()
    for name in (FILE, WEIGHTS):  # a model does not load with another one's
        (options.model / name).unlink(missing_ok=True)
    texts = list(labelled())
    sheet = read(options.model, texts)
    parts = numpy.random.default_rng(0).integers(0, PARTS, len(texts))
    logits = numpy.zeros(sheet.labels.shape, dtype=numpy.float32)
    for part in range(PARTS):
        reader = trained(sheet, numpy.flatnonzero(parts != part).tolist(), seed=part)
        judged = numpy.flatnonzero(parts == part).tolist()
        logits[judged] = logits_of(reader, sheet, judged)
        print(f"part {part + 1} of {PARTS}", flush=True)
    lines = lines_of(logits, sheet)
    write(options.model, trained(sheet, list(range(len(texts))), seed=PARTS), lines)


def read(folder: Path, texts: Sequence[Labelled]) -> Sheet:
    """Return the states of the folder's model for every text, with labels and words."""
    model = load_transformer(folder)
    encoder = Encoder(ModelFolder(folder), "fp32")
    names = THEMES + FLAGS
    return Sheet(
        states=[
            states.bfloat16()
            for states in encoder.states(model.tokens([one.text for one in texts]), LAYERS)
        ],
        labels=_rows([one.themes | one.flags for one in texts], names),
        worded=_rows([frozenset(themes_of(one.text, one.language)) for one in texts], names),
    )


def trained(sheet: Sheet, rows: Sequence[int], seed: int) -> Reader:
    """Return a reader that learnt from ``rows`` of the sheet."""
    torch.manual_seed(seed)
    mixer = numpy.random.default_rng(seed)
    reader = Reader(sheet.states[0].shape[1], sheet.labels.shape[1])
    steps = PASSES * -(-len(rows) // TEXTS_A_STEP)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=DECAY)
    done = 0
    for _ in range(PASSES):
        for batch in _batches(sheet, rows, mixer):
            for group in optimizer.param_groups:
                group["lr"] = _rate(done, steps)
            optimizer.zero_grad()
            _loss(reader, sheet, batch).backward()
            nn.utils.clip_grad_norm_(reader.parameters(), 1.0)
            optimizer.step()
            done += 1
    reader.eval()
    return reader


def logits_of(reader: Reader, sheet: Sheet, rows: Sequence[int]) -> Floats:
    """Return (rows, subjects) logits, words counted in."""
    found = numpy.zeros((len(rows), sheet.labels.shape[1]), dtype=numpy.float32)
    with torch.inference_mode():
        for start in range(0, len(rows), TEXTS_A_STEP):
            batch = list(rows[start : start + TEXTS_A_STEP])
            found[start : start + len(batch)] = _answer(reader, sheet, batch).numpy()
    return found


class Figures(NamedTuple):
    """How right a subject is told, each 0..1."""

    precision: float
    recall: float
    f_beta: float


def figures(truth: NDArray[numpy.bool_], told: NDArray[numpy.bool_], beta: float) -> Figures:
    """Return the figures of what is told; recall counts ``beta`` times as much as precision in
    F-beta (van Rijsbergen 1979, Information Retrieval).
    """
    right, labelled, found = (int(one.sum()) for one in (truth & told, truth, told))
    weight = beta * beta
    return Figures(
        precision=round(right / max(1, found), 3),
        recall=round(right / max(1, labelled), 3),
        f_beta=round((1 + weight) * right / max(1, weight * labelled + found), 3),
    )


def lines_of(logits: Floats, sheet: Sheet) -> dict[str, float]:
    """Return by subject the logit from which on it is told: that with the best F-beta, as the mean
    of five neighbours, on texts that the reader had not seen.
    """
    labels = sheet.labels.numpy() > 0
    lines: dict[str, float] = {}
    for place, name in enumerate(THEMES + FLAGS):
        truth, said = labels[:, place], logits[:, place]
        found = [figures(truth, said >= line, BETA[name]) for line in GRID]
        near = numpy.convolve([one.f_beta for one in found], numpy.ones(5), "same")
        best = int(numpy.argmax(near))
        lines[name] = round(float(GRID[best]), 1)
        print(f"{name:15} {int(truth.sum()):5} texts  line {lines[name]:5.1f}  {found[best]}")
    return lines


def write(folder: Path, reader: Reader, lines: dict[str, float]) -> None:
    """Write weights and table into the folder. A word lowers the line by what it adds."""
    # The scales and shifts of the norm are taken into the product behind it.
    tensors = {
        "up.weight": reader.up.weight * reader.norm.weight,
        "up.bias": reader.up.bias + reader.up.weight @ reader.norm.bias,
        "out.weight": reader.out.weight,
        "out.bias": reader.out.bias,
    }
    content = save({name: value.detach().numpy() for name, value in tensors.items()})
    (folder / WEIGHTS).write_bytes(content)
    words = reader.words.tolist()
    both = {
        name: (line, round(line - max(0.0, word), 2))
        for (name, line), word in zip(lines.items(), words, strict=True)
    }
    table = Table(
        model=ModelFolder(folder).model,
        sha256=hashlib.sha256(content).hexdigest(),
        layers=LAYERS,
        lines=both,
    )
    text = msgspec.json.format(msgspec.json.encode(table), indent=1)
    (folder / FILE).write_bytes(text + b"\n")


def _rate(done: int, steps: int) -> float:
    return RATE * min(1, (done + 1) / WARM_STEPS) * max(LEAST_RATE, 1 - done / steps)


def _rows(found: Sequence[frozenset[str]], names: Sequence[str]) -> torch.Tensor:
    return torch.tensor([[name in one for name in names] for one in found]).float()


def _batches(sheet: Sheet, rows: Sequence[int], mixer: numpy.random.Generator) -> list[list[int]]:
    """Return the rows in batches of like length, drawn anew at each call."""
    order = mixer.permutation(numpy.asarray(rows)).tolist()
    found: list[list[int]] = []
    for start in range(0, len(order), TEXTS_A_STEP * 16):
        near = sorted(order[start : start + TEXTS_A_STEP * 16], key=lambda r: len(sheet.states[r]))
        found += [near[i : i + TEXTS_A_STEP] for i in range(0, len(near), TEXTS_A_STEP)]
    return [found[place] for place in mixer.permutation(len(found))]


def _answer(reader: Reader, sheet: Sheet, batch: Sequence[int]) -> torch.Tensor:
    states = nn.utils.rnn.pad_sequence([sheet.states[row] for row in batch], batch_first=True)
    mask = torch.zeros(states.shape[:2], dtype=torch.bool)
    for place, row in enumerate(batch):
        mask[place, : len(sheet.states[row])] = True
    with torch.autocast("cpu", dtype=torch.bfloat16):
        answer: torch.Tensor = reader(states.float(), mask, sheet.worded[batch])
    return answer


def _loss(reader: Reader, sheet: Sheet, batch: Sequence[int]) -> torch.Tensor:
    lost: torch.Tensor = functional.binary_cross_entropy_with_logits(
        _answer(reader, sheet, batch), sheet.labels[batch]
    )
    return lost


if __name__ == "__main__":
    main()
