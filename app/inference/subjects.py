"""What a text is about and what it claims, read from the encoder's hidden states beside its label.

Each subject looks at a text's tokens twice: by weights of its own over them (attention pooling,
Yang et al. 2016, "Hierarchical Attention Networks for Document Classification") and by the token
that speaks most for it. It costs a fiftieth of the encoder. The table that lies beside a model's
manifest says which layers it reads and where each subject's lines are; a model without one tells no
subjects, and themes are then told by words alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from app.core.flags import FLAGS
from app.core.themes import THEMES
from app.errors import ModelError
from app.inference.batcher import TOKENS_PER_BATCH
from app.inference.dense import Precision, dense, device_of

if TYPE_CHECKING:
    import torch

    from app.inference.weights import ModelFolder

FILE: Final = "subjects.json"
WEIGHTS: Final = "subjects.safetensors"
TENSORS: Final = ("up.weight", "up.bias", "out.weight", "out.bias")
VIEWS: Final = 3  # of a token: how much it counts, what it says, and what it says alone
_REMEDY = "make them anew with python -m app.training.subjects, or remove both files"


class Subjects(NamedTuple):
    """What a text is about: ``certain`` whatever its words, ``likely`` if a word of its says so."""

    certain: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model's hidden states are read.

    ``layers``: after which of them, 1 for the first. ``lines``: by subject of ``THEMES`` and
    ``FLAGS``, in the order of the weights' rows: the logit from which on it is certain, and the
    one from which on it is likely, both in natural units.
    """

    model: str
    sha256: str
    layers: tuple[int, ...]
    lines: dict[str, tuple[float, float]]

    def fault(self, model: str, depth: int) -> str | None:
        """Return what is wrong with the table of a model of ``depth`` layers, None for nothing."""
        if self.model != model:
            return f"it was made for {self.model}, this is {model}"
        if tuple(self.lines) != THEMES + FLAGS:
            return "its lines are not those of the themes and flags, in their order"
        if not self.layers or not all(1 <= layer <= depth for layer in self.layers):
            return f"its layers are not among the model's 1 to {depth}"
        if list(self.layers) != sorted(set(self.layers)):
            return "its layers are not in rising order"
        return None


class Run(NamedTuple):
    """Texts of one length, behind each other in a pack."""

    start: int
    texts: int
    length: int

    @property
    def tokens(self) -> slice:
        """Their places in the pack."""
        return slice(self.start, self.start + self.texts * self.length)


class SubjectHead:
    """Hidden states in, subjects out. The answer to a text is a function of that text alone."""

    def __init__(self, folder: ModelFolder, precision: Precision, depth: int) -> None:
        """Read and check table and weights. Raises ModelError when they are not the model's."""
        import torch

        content = folder.path.joinpath(FILE).read_bytes()
        self._table = folder.decoded(FILE, content, Table)
        if (fault := self._table.fault(folder.model, depth)) is not None:
            raise _error(folder, FILE, fault)
        tensors = {name: torch.from_numpy(value) for name, value in _read(folder, self._table)}
        _require_shapes(folder, tensors, len(self._table.lines))
        self._up = dense(
            tensors["up.weight"], tensors["up.bias"], rows=TOKENS_PER_BATCH, precision=precision
        )
        place = device_of(precision)
        self._out = tuple(tensors[name].to(place) for name in ("out.weight", "out.bias"))

    @property
    def layers(self) -> tuple[int, ...]:
        """After which of the encoder's layers it reads, 1 for the first."""
        return self._table.layers

    def logits(self, states: Sequence[torch.Tensor], runs: Sequence[Run]) -> torch.Tensor:
        """Return (texts, subjects) logits. ``states``: a whole pack after each of ``layers``."""
        import torch
        import torch.nn.functional as F

        joined = torch.cat(list(states), -1)
        # Of fixed shapes, padding and all, as every product of the encoder is.
        hidden = F.gelu(self._up(F.layer_norm(joined, (joined.shape[1],))))
        seen = F.linear(hidden.float(), *self._out)
        texts = (seen[run.tokens].view(run.texts, run.length, -1) for run in runs)
        return torch.cat([_pooled(one) for one in texts])

    def named(self, logits: Sequence[float]) -> Subjects:
        """Return what one text's logits say."""
        named = list(zip(self._table.lines.items(), logits, strict=True))
        return Subjects(
            tuple(name for (name, (certain, _)), logit in named if logit >= certain),
            tuple(name for (name, (_, likely)), logit in named if logit >= likely),
        )


def subject_head_of(folder: ModelFolder, precision: Precision, depth: int) -> SubjectHead | None:
    """Return what reads subjects from the folder's model of ``depth`` layers, None if nothing does.

    Raises ModelError when its files are not whole or of another model.
    """
    if not folder.path.joinpath(FILE).is_file():
        return None
    return SubjectHead(folder, precision, depth)


def _pooled(seen: torch.Tensor) -> torch.Tensor:
    weight, said, alone = seen.chunk(VIEWS, -1)
    return (weight.softmax(1) * said).sum(1) + alone.amax(1)


def _read(folder: ModelFolder, table: Table) -> list[tuple[str, object]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        content = folder.path.joinpath(WEIGHTS).read_bytes()
    except OSError as error:
        raise _error(folder, WEIGHTS, f"can't be read ({error.strerror})") from None
    if hashlib.sha256(content).hexdigest() != table.sha256:
        raise _error(folder, WEIGHTS, f"has another sha256 than {FILE} says")
    try:
        stored = load(content)
    except (SafetensorError, ValueError, KeyError) as error:
        raise _error(folder, WEIGHTS, f"is no safetensors file ({error})") from None
    if set(stored) != set(TENSORS):
        raise _error(folder, WEIGHTS, f"does not hold exactly {', '.join(TENSORS)}")
    return [(name, value.astype("float32")) for name, value in stored.items()]


def _require_shapes(folder: ModelFolder, tensors: dict[str, torch.Tensor], subjects: int) -> None:
    wide, width = tensors["up.weight"].shape[0], tensors["up.weight"].shape[-1]
    wanted = {
        "up.weight": (wide, width),
        "up.bias": (wide,),
        "out.weight": (VIEWS * subjects, wide),
        "out.bias": (VIEWS * subjects,),
    }
    wrong = [name for name, shape in wanted.items() if tuple(tensors[name].shape) != shape]
    if wrong:
        raise _error(folder, WEIGHTS, f"holds {wrong[0]} in another shape than its table needs")


def _error(folder: ModelFolder, name: str, fault: str) -> ModelError:
    return ModelError(f"the model folder {folder.path}: {name}: {fault}; {_REMEDY}")
