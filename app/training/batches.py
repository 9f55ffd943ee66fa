"""Texts as token batches of about equal work, in an order that a seed and a place determine."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch

MAX_TOKENS = 128  # of a training text; a mention in service is read twice as far
TOKENS = 2048  # a batch, padding counted: where a core with AMX works best
_SORTED_TOGETHER = 64  # batches; within them texts of like length share a batch
_MASKED = 0.05  # of the tokens, hidden from the model at each showing, so that it reads the rest


def batches(order: Sequence[int], lengths: Sequence[int], seed: int) -> list[list[int]]:
    """Return the places of ``order`` in batches of like length, the batches in mixed order."""
    mixer = random.Random(seed)
    found: list[list[int]] = []
    mean = sum(lengths[place] for place in order) / len(order)
    stride = int(_SORTED_TOGETHER * TOKENS / mean)
    for start in range(0, len(order), stride):
        part = sorted(order[start : start + stride], key=lambda place: lengths[place])
        cut = _cut(part, lengths)
        mixer.shuffle(cut)
        found += cut
    return found


def _cut(part: Sequence[int], lengths: Sequence[int]) -> list[list[int]]:
    cut: list[list[int]] = [[]]
    for place in part:  # short ones first, so the newest text is the longest of its batch
        if cut[-1] and (len(cut[-1]) + 1) * lengths[place] > TOKENS:
            cut.append([])
        cut[-1].append(place)
    return cut


def laid_out(tokens: Sequence[Sequence[int]], pad_id: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return ids and mask, (texts, longest), of token lists."""
    length = max(len(ids) for ids in tokens)
    ids = torch.full((len(tokens), length), pad_id, dtype=torch.long)
    mask = torch.zeros((len(tokens), length), dtype=torch.bool)
    for row, text in enumerate(tokens):
        ids[row, : len(text)] = torch.tensor(text)
        mask[row, : len(text)] = True
    return ids, mask


def hide_some(ids: torch.Tensor, mask: torch.Tensor, mask_id: int) -> torch.Tensor:
    """Return the ids with a few inner tokens, drawn at random, replaced by the mask token."""
    drawn = torch.rand(ids.shape) < _MASKED
    drawn &= mask
    drawn[:, 0] = False
    return torch.where(drawn, mask_id, ids)
