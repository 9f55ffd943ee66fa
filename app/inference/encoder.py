"""The forward pass of a BERT encoder with a mean-pooled linear head, and nothing else.

Written out, not taken from transformers: a scorer that starts in a third of the time (transformers
imports some 2,000 modules), and texts without padding: their tokens lie behind each other in a pack
of fixed size, on which the matrix products run, while attention looks at texts of one length
together. Nothing is computed for padding but the end of a pack.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from app.inference.batcher import TOKENS_PER_BATCH, packs
from app.inference.dense import Dense, Precision, dense, device_of, dtype_of
from app.inference.forward import Raw
from app.inference.subjects import Run, Subjects, subject_head_of
from app.inference.weights import LABELS, Architecture, ModelFolder, StoredWeights

if TYPE_CHECKING:
    import torch

_PARTS = ("query", "key", "value")


class _Linear(NamedTuple):
    weight: torch.Tensor
    bias: torch.Tensor


class _Layer(NamedTuple):
    projections: Dense  # query, key and value under each other
    attended: Dense
    attention_norm: _Linear
    intermediate: Dense
    output: Dense
    output_norm: _Linear


class Encoder:
    """Token ids in, class probabilities out; weights held in one precision."""

    def __init__(self, folder: ModelFolder, precision: Precision) -> None:
        """Read, check and lay out the weights. Raises ModelError when one is missing or off."""
        self._folder = folder
        self._precision: Precision = precision
        self._place, self._dtype = device_of(precision), dtype_of(precision)
        self._shape: Architecture = folder.architecture()
        stored = StoredWeights(folder)
        self._words = stored.rows("bert.embeddings.word_embeddings.weight")
        positions = self._tensor(stored, "bert.embeddings.position_embeddings.weight")
        kinds = self._tensor(stored, "bert.embeddings.token_type_embeddings.weight")
        self._places = positions + kinds[0]  # one text a row: every token is of the first kind
        self._norm = self._norm_of(stored, "bert.embeddings.LayerNorm")
        self._layers = [self._layer(stored, i) for i in range(self._shape.num_hidden_layers)]
        self._head = self._ordered_head(stored)
        self._subjects = subject_head_of(folder, precision, len(self._layers))

    @property
    def vocabulary(self) -> int:
        """How many token ids it knows: 0 up to this."""
        return len(self._words)

    @property
    def longest(self) -> int:
        """How many tokens of a text it can tell the places of."""
        return len(self._places)

    def read(self, texts: Sequence[Sequence[int]]) -> list[Raw]:
        """Return probabilities, and subjects if the model tells any, a text of token ids, in order.

        A text's answer depends on the text alone. Raises ValueError on a text longer than a pack.
        """
        import torch

        answers: dict[int, Raw] = {}
        with torch.inference_mode():
            for places in packs([len(text) for text in texts]):
                shares, logits = self._pack([texts[place] for place in places])
                raws = map(Raw, shares.tolist(), self._named(logits, len(places)))
                answers.update(zip(places, raws, strict=True))
        return [answers[place] for place in range(len(texts))]

    def _named(self, logits: torch.Tensor | None, texts: int) -> list[Subjects | None]:
        if self._subjects is None or logits is None:
            return [None] * texts
        return [self._subjects.named(row) for row in logits.tolist()]

    def _pack(self, texts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return a pack's (texts, 3) probabilities, and its subjects' logits if any are read."""
        import torch
        import torch.nn.functional as F

        runs = _runs(texts)
        read = () if self._subjects is None else self._subjects.layers
        *states, hidden = self._hidden(texts, runs, read)
        means = [self._split(hidden, run).float().mean(1) for run in runs]
        # The head's product has a fixed count of rows too: without it last digits did differ.
        pooled = torch.zeros((TOKENS_PER_BATCH, self._shape.hidden_size), device=self._place)
        pooled[: len(texts)] = torch.cat(means)
        shares = F.linear(pooled, *self._head)[: len(texts)].softmax(-1)
        return shares, None if self._subjects is None else self._subjects.logits(states, runs)

    def states(self, texts: Sequence[Sequence[int]], layers: Sequence[int]) -> list[torch.Tensor]:
        """Return a text's hidden states (tokens, width x layers) after ``layers``, 1 for the first;
        what a reader of subjects learns from. Raises ValueError on a text longer than a pack.
        """
        import torch

        found: dict[int, torch.Tensor] = {}
        with torch.inference_mode():
            for places in packs([len(text) for text in texts]):
                pack = [texts[place] for place in places]
                runs = _runs(pack)
                kept = torch.cat(self._hidden(pack, runs, layers)[:-1], -1)
                parts = [text for run in runs for text in self._split(kept, run)]
                found.update(zip(places, parts, strict=True))
        return [found[place] for place in range(len(texts))]

    def _hidden(
        self, texts: Sequence[Sequence[int]], runs: Sequence[Run], layers: Sequence[int]
    ) -> list[torch.Tensor]:
        """Return a pack's states after each of ``layers``, and after the last of all."""
        import torch

        hidden = self._normed(self._embedded(texts), self._norm)
        joined = torch.zeros_like(hidden)  # what no text fills stays zero, in every layer
        kept: list[torch.Tensor] = []
        for number, layer in enumerate(self._layers, 1):
            hidden = self._forward(layer, hidden, joined, runs)
            if number in layers:
                kept.append(hidden)
        return [*kept, hidden]

    def _embedded(self, texts: Sequence[Sequence[int]]) -> torch.Tensor:
        import torch

        hidden = torch.zeros((TOKENS_PER_BATCH, self._shape.hidden_size), dtype=self._dtype)
        words = torch.from_numpy(self._words.take([token for text in texts for token in text]))
        places = torch.tensor([place for text in texts for place in range(len(text))])
        hidden[: len(words)] = words.to(self._dtype) + self._places[places].to(self._dtype)
        return hidden.to(self._place)

    def _forward(
        self, layer: _Layer, hidden: torch.Tensor, joined: torch.Tensor, runs: Sequence[Run]
    ) -> torch.Tensor:
        import torch.nn.functional as F

        projected = layer.projections(hidden)
        for run in runs:
            self._attend(projected, joined, run)
        hidden = self._normed(hidden + layer.attended(joined), layer.attention_norm)
        wide = F.gelu(layer.intermediate(hidden))
        return self._normed(hidden + layer.output(wide), layer.output_norm)

    def _attend(self, projected: torch.Tensor, joined: torch.Tensor, run: Run) -> None:
        import torch.nn.functional as F

        heads = self._shape.num_attention_heads
        split = self._split(projected, run).view(run.texts, run.length, 3, heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value)
        self._split(joined, run).view(run.texts, run.length, heads, -1).copy_(mixed.transpose(1, 2))

    @staticmethod
    def _split(hidden: torch.Tensor, run: Run) -> torch.Tensor:
        return hidden[run.tokens].view(run.texts, run.length, -1)

    def _normed(self, hidden: torch.Tensor, norm: _Linear) -> torch.Tensor:
        import torch.nn.functional as F

        size = (self._shape.hidden_size,)
        return F.layer_norm(hidden, size, norm.weight, norm.bias, self._shape.layer_norm_eps)

    def _layer(self, stored: StoredWeights, index: int) -> _Layer:
        prefix = f"bert.encoder.layer.{index}"
        return _Layer(
            projections=self._dense(
                stored, *(f"{prefix}.attention.self.{part}" for part in _PARTS)
            ),
            attended=self._dense(stored, f"{prefix}.attention.output.dense"),
            attention_norm=self._norm_of(stored, f"{prefix}.attention.output.LayerNorm"),
            intermediate=self._dense(stored, f"{prefix}.intermediate.dense"),
            output=self._dense(stored, f"{prefix}.output.dense"),
            output_norm=self._norm_of(stored, f"{prefix}.output.LayerNorm"),
        )

    def _ordered_head(self, stored: StoredWeights) -> _Linear:
        head = self._linear(stored, "head")
        if head.weight.shape[0] != len(LABELS):
            raise self._folder.error(f"its head has {head.weight.shape[0]} labels, not 3")
        order = [self._folder.manifest.labels.index(label) for label in LABELS]
        return _Linear(head.weight[order].to(self._place), head.bias[order].to(self._place))

    def _dense(self, stored: StoredWeights, *names: str) -> Dense:
        import torch

        parts = [self._linear(stored, name) for name in names]
        return dense(
            torch.cat([part.weight for part in parts]),
            torch.cat([part.bias for part in parts]),
            rows=TOKENS_PER_BATCH,
            precision=self._precision,
        )

    def _norm_of(self, stored: StoredWeights, name: str) -> _Linear:
        norm = self._linear(stored, name)
        place, dtype = self._place, self._dtype
        return _Linear(norm.weight.to(place, dtype), norm.bias.to(place, dtype))

    def _linear(self, stored: StoredWeights, name: str) -> _Linear:
        return _Linear(self._tensor(stored, f"{name}.weight"), self._tensor(stored, f"{name}.bias"))

    def _tensor(self, stored: StoredWeights, name: str) -> torch.Tensor:
        import torch

        return torch.from_numpy(stored.take(name))


def _runs(texts: Sequence[Sequence[int]]) -> list[Run]:
    runs: list[Run] = []
    start = 0
    for length, group in groupby(len(text) for text in texts):
        run = Run(start, sum(1 for _ in group), length)
        runs.append(run)
        start = run.tokens.stop
    return runs
