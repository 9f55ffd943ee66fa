"""The transformer engine: tokens, batches of fixed shape, probabilities.

Why fixed shapes: a matrix product may add in another order when its shape changes, and then the
last digits of a text's score depend on which texts share its batch. Measured on 600 texts with
ragged batches: 4 % of scores differed in some bit, and in bfloat16 up to 4 % after rounding to 4
places. With every batch of a length padded to one shape: no bit differed, in either precision,
alone, shuffled or with other company.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app.errors import ModelError
from app.inference.batcher import LENGTHS, Batch, plan
from app.inference.engine import PLACES, Probabilities, fault_of
from app.inference.weights import BUNDLED, TOKENIZER, ModelFolder

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

    from app.inference.encoder import Encoder

Precision = Literal["fp32", "bf16"]


class TransformerEngine:
    """Scores by a fine-tuned multilingual encoder. Made by ``load_transformer``."""

    def __init__(
        self, *, model: str, encoder: Encoder, tokenizer: Tokenizer, max_tokens: int, pad_id: int
    ) -> None:
        """Set the tokenizer up. Raises ValueError when it has no ``<unk>``."""
        self.model = model
        self._encoder = encoder
        self._tokenizer = tokenizer
        self._pad_id = pad_id
        tokenizer.enable_truncation(min(max_tokens, LENGTHS[-1]))
        tokenizer.no_padding()
        unknown_id = tokenizer.token_to_id("<unk>")
        if unknown_id is None:
            raise ValueError("the tokenizer has no <unk>")
        self._unknown_id = unknown_id
        special = tokenizer.get_added_tokens_decoder()
        self._special_ids = {key for key, token in special.items() if token.special}

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return (negative, neutral, positive) a text, in order, by its first tokens alone.

        The answer depends on the text and the machine alone. Raises what torch raises.
        """
        tokens = self._tokens(texts)
        answers: dict[int, Probabilities] = {}
        for batch in plan([len(ids) for ids in tokens]):
            rows = self._encoder.probabilities(*self._laid_out(batch, tokens)).tolist()
            for place, row in zip(batch.places, rows, strict=False):
                negative, neutral, positive = (round(value, PLACES) for value in row)
                answers[place] = (negative, neutral, positive)
        return [answers[place] for place in range(len(tokens))]

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        encodings = self._tokenizer.encode_batch_fast(list(texts))
        return [self._without_special(encoding.ids) for encoding in encodings]

    def _without_special(self, ids: list[int]) -> list[int]:
        # A text may spell "</s>", also in full-width letters; it must not end or pad itself.
        body = ids[1:-1]
        if self._special_ids.isdisjoint(body):
            return ids
        plain = (self._unknown_id if token in self._special_ids else token for token in body)
        return [ids[0], *plain, ids[-1]]

    def _laid_out(
        self, batch: Batch, tokens: Sequence[list[int]]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        import torch

        ids = torch.full((batch.rows, batch.length), self._pad_id, dtype=torch.long)
        mask = torch.zeros((batch.rows, batch.length), dtype=torch.bool)
        mask[:, 0] = True  # an unused row sees its first padding token: none at all would be NaN
        for row, place in enumerate(batch.places):
            count = len(tokens[place])
            ids[row, :count] = torch.tensor(tokens[place])
            mask[row, :count] = True
        return ids, mask


def load_transformer(
    path: Path | None = None, *, threads: int | None = None, precision: Precision | None = None
) -> TransformerEngine:
    """Return the model in ``path`` (None: the bundled one), checked and tried on one text.

    ``threads``: None for one, because threads of one small model wait for each other more than they
    work; run a scorer a core. ``precision``: None for ``supported_precision()``.
    Sets torch's thread count for the process. Raises ModelError when the inference packages are not
    installed, or the folder or its weights are missing, corrupt, or answer with no score.
    """
    folder = ModelFolder(path or BUNDLED)
    try:
        import torch
        from tokenizers import Tokenizer
    except ImportError as error:
        message = f"the transformer engine needs {error.name}: pip install 'squall[inference]'"
        raise ModelError(message) from None
    from app.inference.encoder import Encoder

    torch.set_num_threads(threads or 1)
    chosen = precision or supported_precision()
    encoder = Encoder(folder, torch.bfloat16 if chosen == "bf16" else torch.float32)
    try:
        engine = TransformerEngine(
            model=folder.model if chosen == "fp32" else f"{folder.model}+{chosen}",
            encoder=encoder,
            tokenizer=Tokenizer.from_buffer(folder.read(TOKENIZER)),
            max_tokens=folder.manifest.max_tokens,
            pad_id=folder.architecture().pad_token_id,
        )
    except ValueError as error:
        raise folder.error(f"{TOKENIZER} can't be used ({error})") from None
    _try_out(engine, folder)
    return engine


def supported_precision() -> Precision:
    """Return ``bf16`` on a processor with AMX tiles for it, else ``fp32``.

    By capability and not by a stopwatch, so that two starts on one machine score alike. Without
    AMX, bfloat16 is several times slower than float32; with it, about 3 times faster and the label
    the same on 99.7 % of real texts.
    """
    import torch

    # Missing in older releases of torch, which then score in float32.
    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return "bf16" if capabilities.get("amx_bf16", False) else "fp32"


def _try_out(engine: TransformerEngine, folder: ModelFolder) -> None:
    try:
        fault = fault_of(engine.score(["ok"])[0])
    except (RuntimeError, IndexError, ValueError) as error:
        raise folder.error(f"its parts don't fit together ({type(error).__name__})") from None
    if fault is not None:
        raise folder.error(f"it answers with no score: {fault}")
