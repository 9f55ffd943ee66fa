"""The transformer engine: tokens, the model's forward pass, probabilities.

Why fixed shapes: a matrix product may add in another order when its shape changes, and then the
last digits of a text's score depend on which texts share its batch. Measured on 600 texts with
ragged batches: 4 % of scores differed in some bit, and in bfloat16 up to 4 % after rounding to 4
places. With every product of one fixed shape: no bit differed, in any precision, alone, shuffled or
with other company.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import ModelError
from app.inference.batcher import LENGTHS
from app.inference.calibration import Probabilities
from app.inference.dense import Precision, is_on_gpu
from app.inference.engine import Answer, fault_of
from app.inference.forward import Forward, forward_of
from app.inference.negative_errors import NegativeErrors
from app.inference.text import prepared
from app.inference.weights import BUNDLED, TOKENIZER, Manifest, ModelFolder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_MAX_CHARACTERS = 20_000
_PLACES = 7  # of a raw probability: more than float32 keeps, few enough to be equal when read back
_UNKNOWN = ("<unk>", "[UNK]")


class TransformerEngine:
    """Scores by a fine-tuned multilingual encoder. Made by ``load_transformer``."""

    def __init__(
        self,
        *,
        model: str,
        manifest: Manifest,
        negative_errors: NegativeErrors,
        forward: Forward,
        tokenizer: Tokenizer,
    ) -> None:
        """Set the tokenizer up. Raises ValueError when it and the weights don't belong together."""
        self.model = model
        self.calibration = manifest.calibration
        self.negative_errors = negative_errors
        self.languages = frozenset(manifest.languages)
        self.prepare = prepared if manifest.preparation == "mention" else _encodable
        self._forward = forward
        self._tokenizer = tokenizer
        tokenizer.enable_truncation(min(manifest.max_tokens, LENGTHS[-1], forward.longest))
        tokenizer.no_padding()
        self._unknown_id = _unknown_id(tokenizer)
        special = tokenizer.get_added_tokens_decoder()
        self._special_ids = {key for key, token in special.items() if token.special}
        highest = max(tokenizer.get_vocab(with_added_tokens=True).values())
        if highest >= forward.vocabulary:
            raise ValueError(
                f"it has token {highest}, the weights know {forward.vocabulary} tokens"
            )

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return (negative, neutral, positive) a text, in order, by its first tokens alone.

        The answer depends on the text and the machine alone. Raises what torch raises.
        """
        return [answer.probabilities for answer in self.read(texts)]

    def read(self, texts: Sequence[str]) -> list[Answer]:
        """Return probabilities as ``score`` does, each with the text's subjects if there are any to
        tell. Raises what torch raises.
        """
        answers: list[Answer] = []
        for raw in self._forward.read(self.tokens(texts)):
            negative, neutral, positive = (round(value, _PLACES) for value in raw.probabilities)
            answers.append(Answer((negative, neutral, positive), raw.subjects))
        return answers

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text's token ids, special ones counted, cut to what the model takes."""
        encodings = self._tokenizer.encode_batch_fast([self.prepare(text) for text in texts])
        return [self._without_special(encoding.ids) for encoding in encodings]

    def _without_special(self, ids: list[int]) -> list[int]:
        # A text may spell "</s>", also in full-width letters; it must not end or pad itself.
        body = ids[1:-1]
        if self._special_ids.isdisjoint(body):
            return ids or [self._unknown_id]  # some tokenizers make nothing of an empty text
        plain = (self._unknown_id if token in self._special_ids else token for token in body)
        return [ids[0], *plain, ids[-1]]


def load_transformer(
    path: Path | None = None, *, threads: int | None = None, precision: Precision | None = None
) -> TransformerEngine:
    """Return the model in ``path`` (None: the bundled one), checked and tried on one text.

    ``threads``: None for one, because threads of one small model wait for each other more than they
    work; run a scorer a core. ``precision``: None for what suits the machine. Sets torch's thread
    count for the process. Raises ModelError when the inference packages are not installed, the
    machine can't do the precision, or the folder or its weights are missing, corrupt, or answer
    with no score.
    """
    folder = ModelFolder(path or BUNDLED)
    try:
        import torch
        from tokenizers import Tokenizer
    except ImportError as error:
        message = f"the transformer engine needs {error.name}: pip install 'squall[inference]'"
        raise ModelError(message) from None
    from app.inference.precision import require, suited

    torch.set_num_threads(threads or 1)
    try:
        tokenizer = Tokenizer.from_buffer(folder.read(TOKENIZER))
    except ValueError as error:
        raise folder.error(f"{TOKENIZER} is no tokenizer ({error})") from None

    def made(form: Precision) -> TransformerEngine:
        try:
            return _made(folder, tokenizer, form)
        except RuntimeError as error:
            if not is_on_gpu(form):
                raise
            raise ModelError(_not_on_gpu(folder, form, error)) from None

    if precision is not None:
        require(folder, precision)
    return made(precision or suited(folder, made))


def _made(folder: ModelFolder, tokenizer: Tokenizer, precision: Precision) -> TransformerEngine:
    try:
        engine = TransformerEngine(
            model=folder.model if precision == "fp32" else f"{folder.model}+{precision}",
            manifest=folder.manifest,
            negative_errors=folder.negative_errors,
            forward=forward_of(folder, precision),
            tokenizer=tokenizer,
        )
    except ValueError as error:
        raise folder.error(f"{TOKENIZER} can't be used ({error})") from None
    _try_out(engine, folder, precision)
    return engine


def _not_on_gpu(folder: ModelFolder, form: Precision, error: Exception) -> str:
    return (
        f"{folder.manifest.id} does not run in {form} here ({type(error).__name__}): see with"
        " nvidia-smi whether the GPU has memory left, or set scorer.precision to fp32"
    )


def _unknown_id(tokenizer: Tokenizer) -> int:
    for word in _UNKNOWN:
        if (found := tokenizer.token_to_id(word)) is not None:
            return int(found)
    raise ValueError(f"the tokenizer has no {' or '.join(_UNKNOWN)}")


def _encodable(text: str) -> str:
    # A lone surrogate has no UTF-8; a text of megabytes has no more to say than its first part.
    return text[:_MAX_CHARACTERS].encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _try_out(engine: TransformerEngine, folder: ModelFolder, precision: Precision) -> None:
    try:
        fault = fault_of(engine.score(["ok"])[0])
    except (RuntimeError, IndexError, ValueError) as error:
        if isinstance(error, RuntimeError) and is_on_gpu(precision):
            raise
        raise folder.error(f"its parts don't fit together ({type(error).__name__})") from None
    if fault is not None:
        raise folder.error(f"it answers with no score: {fault}")
