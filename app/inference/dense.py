"""A layer's matrix product in one of the number forms, on rows of a fixed count.

The count is fixed because a product may add in another order when its shape changes, which would
change the last digits of a score with the texts that share its batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import torch

Precision = Literal["fp32", "bf16", "int8", "cuda-bf16", "cuda-fp16"]


class Dense(Protocol):
    """Maps (rows, inputs) to (rows, outputs)."""

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return ``hidden @ weight.T + bias``."""
        ...


def is_on_gpu(precision: Precision) -> bool:
    """Tell whether a form is computed on a CUDA device."""
    return precision.startswith("cuda-")


def device_of(precision: Precision) -> torch.device:
    """Return where a form's weights lie: the first CUDA device, or the processor's memory."""
    import torch

    return torch.device("cuda" if is_on_gpu(precision) else "cpu")


def dtype_of(precision: Precision) -> torch.dtype:
    """Return what a form's hidden states are made of; int8's are float32 between products."""
    import torch

    halves = {"bf16": torch.bfloat16, "cuda-bf16": torch.bfloat16, "cuda-fp16": torch.float16}
    return halves.get(precision, torch.float32)


def dense(weight: torch.Tensor, bias: torch.Tensor, *, rows: int, precision: Precision) -> Dense:
    """Return the product with float32 ``weight`` (outputs, inputs) and ``bias``, laid out once."""
    if precision == "int8":
        return _EightBit(weight, bias, rows)
    if precision == "bf16":
        return _Half(weight, bias, rows)
    place, dtype = device_of(precision), dtype_of(precision)
    return _Plain(weight.to(place, dtype), bias.to(place, dtype))


class _Plain:
    def __init__(self, weight: torch.Tensor, bias: torch.Tensor) -> None:
        self._weight, self._bias = weight, bias

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        import torch.nn.functional as F

        return F.linear(hidden, self._weight, self._bias)


class _Half:
    """bfloat16, with the weights in the order that the processor's tiles read them.

    Laid out at each call they cost a tenth of the throughput.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, rows: int) -> None:
        import torch

        self._bias = bias.bfloat16()
        reordered = torch.ops.mkldnn._reorder_linear_weight  # noqa: SLF001 - torch has no other way
        self._weight = reordered(weight.bfloat16(), rows)

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        import torch

        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001
            hidden, self._weight, self._bias, "none", [], None
        )
        return product


class _EightBit:
    """Signed bytes: a scale a row of weights, and a scale a token of what comes in.

    A scale a token, not a batch: a text's answer must not depend on its company, and the few tokens
    with outliers then coarsen only themselves. Where the processor has AVX-VNNI, with AVX-512 or
    without, oneDNN 3.13 may multiply signed bytes by a plain loop, 3,000 times slower than unsigned
    ones: with VNNI bytes are shifted by 128, which the prepared weights take back exactly.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, rows: int) -> None:
        import torch

        self._bias = bias
        self._scale = _steps(weight).squeeze(1)
        self._zero = torch.zeros(len(weight), dtype=torch.long)
        self._shift = 128 if _takes_unsigned() else 0
        self._weight = torch.ops.onednn.qlinear_prepack(
            (weight / self._scale[:, None]).round().to(torch.int8), [rows, weight.shape[1]]
        )

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        import torch

        scale = _steps(hidden)
        steps = (hidden / scale).round_().add_(self._shift)
        product: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            *(steps.to(torch.uint8 if self._shift else torch.int8), 1.0, self._shift),
            *(self._weight, self._scale, self._zero, None),
            *(1.0, 0, torch.float32, "none", [], ""),
        )
        return product.mul_(scale).add_(self._bias)


def _takes_unsigned() -> bool:
    import torch

    has: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return has.get("avx_vnni", False) or has.get("avx512_vnni", False)


def _steps(values: torch.Tensor) -> torch.Tensor:
    # Rows of zeros, as padding is, must not divide by zero.
    return values.abs().amax(1, keepdim=True).clamp_min(1e-20) / 127
