"""``python -m app.training.blend A B``: weights between two runs, which are often better than both.

The second run goes on from the first one's weights on texts weighed otherwise; halfway between
them keeps what each does best (Wortsman et al., Model soups, ICML 2022).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def main() -> None:
    """Write the blend of two runs' averaged weights."""
    parser = argparse.ArgumentParser(prog="python -m app.training.blend", description=__doc__)
    parser.add_argument("first", type=Path, help="averaged.safetensors of a run")
    parser.add_argument("second", type=Path, help="of the run that went on from it")
    parser.add_argument("--part", type=float, default=0.5, help="of the second")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    options = parser.parse_args()
    save_file(
        blended(load_file(options.first), load_file(options.second), options.part), options.out
    )


def blended(
    first: dict[str, torch.Tensor], second: dict[str, torch.Tensor], part: float
) -> dict[str, torch.Tensor]:
    """Return (1 - part) of the first and ``part`` of the second, matrix by matrix.

    Raises ValueError when they are not weights of one network.
    """
    if {n: w.shape for n, w in first.items()} != {n: w.shape for n, w in second.items()}:
        raise ValueError("these are weights of two networks: blend runs of one")
    return {name: torch.lerp(value, second[name], part) for name, value in first.items()}


if __name__ == "__main__":
    main()
