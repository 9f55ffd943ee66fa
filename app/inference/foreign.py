"""Any sequence classifier of transformers: safetensors, its own classes, never code of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from app.errors import ModelError
from app.inference.dense import Precision, device_of, dtype_of
from app.inference.forward import Raw
from app.inference.padded import in_padded_batches
from app.inference.weights import CONFIG, LABELS, TOKENIZER, ModelFolder

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_SPECIAL_PLACES = 2  # RoBERTa counts places from its padding id on


class _Config(msgspec.Struct, frozen=True):
    model_type: str
    vocab_size: int
    max_position_embeddings: int = 512
    pad_token_id: int | None = 0
    auto_map: dict[str, Any] | None = None


class ForeignModel:
    """A folder of kind ``transformers``: class probabilities, those of one label added up."""

    def __init__(self, folder: ModelFolder, precision: Precision) -> None:
        """Check and load. Raises ModelError when it can't be loaded whole and without its code."""
        for name in (CONFIG, TOKENIZER, folder.weights):
            folder.read(name)  # transformers opens them by itself: their checksums first
        config = folder.decoded(CONFIG, folder.read(CONFIG), _Config)
        if config.auto_map:
            raise folder.error(f"{CONFIG} asks for code of its own, which is never run")
        self._pad_id = config.pad_token_id or 0
        self._vocabulary = config.vocab_size
        self._longest = config.max_position_embeddings - _SPECIAL_PLACES
        self._labels = folder.manifest.labels
        self._place = device_of(precision)
        self._model = _loaded(folder, precision).to(self._place)
        rows = int(self._model.config.num_labels)
        if rows != len(self._labels):
            raise folder.error(f"its head has {rows} labels, the manifest {len(self._labels)}")

    @property
    def vocabulary(self) -> int:
        """How many token ids it knows: 0 up to this."""
        return self._vocabulary

    @property
    def longest(self) -> int:
        """How many tokens of a text it takes."""
        return self._longest

    def read(self, texts: Sequence[Sequence[int]]) -> list[Raw]:
        """Return (negative, neutral, positive) a text of token ids, in order."""
        rows = in_padded_batches(texts, self._rows, pad_id=self._pad_id)
        return [Raw(self._merged(row)) for row in rows]

    def _rows(
        self, ids: NDArray[numpy.int64], mask: NDArray[numpy.bool_]
    ) -> Sequence[Sequence[float]]:
        import torch

        with torch.inference_mode():
            answer = self._model(
                input_ids=torch.from_numpy(ids).to(self._place),
                attention_mask=torch.from_numpy(mask).long().to(self._place),
            )
            rows: list[list[float]] = answer.logits.float().softmax(-1).tolist()
        return rows

    def _merged(self, row: Sequence[float]) -> list[float]:
        shares = zip(self._labels, row, strict=True)
        sums = dict.fromkeys(LABELS, 0.0)
        for label, share in shares:
            sums[label] += share
        return [sums[label] for label in LABELS]


def _loaded(folder: ModelFolder, precision: Precision) -> Any:
    try:
        from safetensors import SafetensorError
        from transformers import AutoModelForSequenceClassification
        from transformers.utils import logging
    except ImportError as error:
        message = f"the model {folder.manifest.id} needs {error.name}: pip install 'squall[hub]'"
        raise ModelError(message) from None
    logging.disable_progress_bar()
    try:
        model, report = AutoModelForSequenceClassification.from_pretrained(
            folder.path,
            dtype=dtype_of(precision),
            trust_remote_code=False,
            use_safetensors=True,
            local_files_only=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise folder.error(f"transformers can't load it ({type(error).__name__})") from None
    wrong = sorted(
        str(name) for kind in ("missing_keys", "mismatched_keys") for name in report[kind]
    )
    if wrong:  # transformers would go on with numbers drawn by chance
        raise folder.error(f"{folder.weights} lacks {wrong[0]}")
    return model.eval()
