"""The encoder in a form that can be trained: the arithmetic of app.inference.encoder.

Attention is written out, since the fused one is slow backwards on a processor: half of a training
step went into it.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from app.training.pretrained import BaseFile

EPSILON = 1e-12
HEADS = 12
CLASSES = 3


class Layer(nn.Module):  # type: ignore[misc]
    """One transformer layer, post-norm as in BERT."""

    def __init__(self, width: int, wide: int) -> None:
        super().__init__()
        self.projections = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.attention_norm = nn.LayerNorm(width, eps=EPSILON)
        self.intermediate = nn.Linear(width, wide)
        self.output = nn.Linear(wide, width)
        self.output_norm = nn.LayerNorm(width, eps=EPSILON)

    def forward(self, hidden: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Return (rows, length, width). ``bias``: 0 on tokens, very negative on padding."""
        rows, length, width = hidden.shape
        split = self.projections(hidden).view(rows, length, 3, HEADS, width // HEADS)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        weights = (query * (width // HEADS) ** -0.5) @ key.transpose(-1, -2) + bias
        mixed = torch.softmax(weights, -1).to(value.dtype) @ value
        joined = mixed.transpose(1, 2).reshape(rows, length, width)
        hidden = self.attention_norm(hidden + self.attended(joined))
        wide = functional.gelu(self.intermediate(hidden))
        return self.output_norm(hidden + self.output(wide))


class Network(nn.Module):  # type: ignore[misc]
    """Word vectors (frozen), ``layers`` layers, mean pooling, three logits."""

    def __init__(self, words: torch.Tensor, places: torch.Tensor, layers: int, wide: int) -> None:
        super().__init__()
        width = words.shape[1]
        self.register_buffer("words", words)
        self.places = nn.Parameter(places, requires_grad=False)
        self.norm = nn.LayerNorm(width, eps=EPSILON)
        self.layers = nn.ModuleList([Layer(width, wide) for _ in range(layers)])
        self.head = nn.Linear(width, CLASSES)
        self.dropped = nn.Dropout(0.1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return (rows, 3) logits in float32. ``mask``: true on tokens."""
        hidden = self.norm(self.words[ids] + self.places[: ids.shape[1]])
        bias = torch.zeros_like(mask, dtype=torch.float32).masked_fill(~mask, -1e9)
        bias = bias[:, None, None, :].to(torch.bfloat16)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        weight = mask.unsqueeze(-1).float()
        pooled = (hidden.float() * weight).sum(1) / weight.sum(1)
        with torch.autocast("cpu", enabled=False):
            return self.head(self.dropped(pooled))


def from_base(base: BaseFile, rows: list[int], layers: list[int]) -> Network:
    """Return the base as a network: the words of ``rows`` alone, its layers ``layers`` in order."""
    width = base.width
    words = torch.from_numpy(base.floats("emb.word")).view(-1, width)[rows].clone()
    places = torch.from_numpy(base.floats("emb.pos")).view(-1, width)
    kind = torch.from_numpy(base.floats("emb.type")).view(-1, width)[0]
    wide = base.tensors["l0.fi.b"][0]
    network = Network(words, places + kind, len(layers), wide)
    _fill(network.norm, base, "emb.ln")
    for place, number in enumerate(layers):
        _fill_layer(network.layers[place], base, f"l{number}")
    return network


def _fill_layer(layer: nn.Module, base: BaseFile, name: str) -> None:
    for part, ending in {
        "attended": "ao",
        "attention_norm": "aln",
        "intermediate": "fi",
        "output": "fo",
        "output_norm": "oln",
    }.items():
        _fill(layer.get_submodule(part), base, f"{name}.{ending}")
    projections = layer.get_submodule("projections")
    for ending, parameter in projections.named_parameters():
        values = [base.floats(f"{name}.{part}.{ending[0]}") for part in ("q", "k", "v")]
        stacked = torch.cat([torch.from_numpy(value) for value in values])
        parameter.data.copy_(stacked.view_as(parameter))


def _fill(module: nn.Module, base: BaseFile, name: str) -> None:
    for ending, parameter in module.named_parameters():
        values = torch.from_numpy(base.floats(f"{name}.{ending[0]}"))
        parameter.data.copy_(values.view_as(parameter))
