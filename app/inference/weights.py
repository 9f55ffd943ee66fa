"""A model folder on disk: what its manifest promises, checked, and its weights as plain arrays.

A folder holds ``manifest.json`` and the files it names. Nothing else is read, nothing is executed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from app.core.mention import Label
from app.errors import ModelError
from app.inference.calibration import Calibration
from app.inference.negative_errors import FILE as NEGATIVE_ERRORS
from app.inference.negative_errors import NegativeErrors, Table, rates_of

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

BUNDLED = Path(__file__).parent / "models" / "sentiment-v3"

MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
FOREIGN_WEIGHTS = "model.safetensors"  # the name that transformers looks for
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"

LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)

_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})
_BLOCK = 32  # weights that share a scale
_BLOCK_BYTES = 18  # one float16 scale, then 32 four-bit steps
_BLOCK_BYTES_8 = 34  # one float16 scale, then 32 signed bytes
_REMEDY = "restore the folder from the release, or unset scorer.model to use the bundled model"

_T = TypeVar("_T")


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one file of the folder must be."""

    sha256: str
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model folder says of itself. ``labels``: the order of the head's rows.

    In a folder of kind ``transformers`` several rows may mean one label, as five stars do.
    """

    id: str
    kind: Literal["squall", "transformers"] = "squall"  # what computes it
    labels: tuple[Label, ...]
    max_tokens: int
    license: str
    attribution: tuple[str, ...]
    files: dict[str, FileEntry]
    preparation: Literal["none", "mention"] = "none"  # app.inference.text.prepared, or as it is
    languages: tuple[str, ...] = ()  # ISO 639-1, what it was tried on; empty: any
    calibration: Calibration = Calibration()
    # By language: three rows (true label) of four shares (found negative, neutral, positive, or
    # uncertain) on validation texts, so that a share can be corrected for the model's errors.
    confusion: dict[str, tuple[tuple[float, float, float, float], ...]] = {}


class Architecture(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a BERT encoder that its arithmetic needs."""

    model_type: str
    hidden_act: str
    num_hidden_layers: int
    num_attention_heads: int
    hidden_size: int
    layer_norm_eps: float
    pad_token_id: int


class ModelFolder:
    """A folder whose manifest was read and whose files are checked as they are read.

    Raises ModelError when the folder, the manifest or a file is missing, malformed or cut short,
    the labels are not the three of ``LABELS``, or a pickle lies in it: a pickle runs code, so its
    folder is not trusted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_dir():
            raise self.error("is no folder")
        self._refuse_pickles()
        content = self._bytes(MANIFEST)
        self.manifest = self.decoded(MANIFEST, content, Manifest)
        self._revision = hashlib.sha256(content).hexdigest()[:12]
        self._require_labels()
        if (fault := self.manifest.calibration.fault()) is not None:
            raise self.error(f"{MANIFEST}: calibration: {fault}")
        for name in (CONFIG, TOKENIZER, self.weights):
            self._require_size(name)
        self.negative_errors = self._negative_errors()

    @property
    def model(self) -> str:
        """The id and the first 12 digits of the manifest's checksum.

        The manifest holds the other files' checksums and the calibration: nothing that changes a
        score leaves the name as it was.
        """
        return f"{self.manifest.id}@{self._revision}"

    @property
    def weights(self) -> str:
        """The name of the file with the weights."""
        return FOREIGN_WEIGHTS if self.manifest.kind == "transformers" else WEIGHTS

    def architecture(self) -> Architecture:
        """Return the encoder's numbers. Raises ModelError when it is no BERT with GELU."""
        found = self.decoded(CONFIG, self.read(CONFIG), Architecture)
        if (found.model_type, found.hidden_act) != ("bert", "gelu"):
            raise self.error(f"{CONFIG} describes another architecture than bert with gelu")
        return found

    def read(self, name: str) -> bytes:
        """Return a file's bytes, the very ones whose checksum was compared.

        Raises ModelError when the file is missing or not the one that the manifest names.
        """
        content = self._bytes(name)
        if hashlib.sha256(content).hexdigest() != self._entry(name).sha256:
            raise self.error(f"{name} has another sha256 than the manifest")
        return content

    def decoded(self, name: str, content: bytes, kind: type[_T]) -> _T:
        """Return JSON bytes as ``kind``. Raises ModelError when they are not that."""
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError as error:
            raise self.error(f"{name} is not as declared ({error})") from None

    def error(self, what: str) -> ModelError:
        """Return the error that says what is wrong with this folder, and what to do."""
        return ModelError(f"the model folder {self.path}: {what}; {_REMEDY}")

    def _negative_errors(self) -> NegativeErrors:
        """Return the rates that lie beside the manifest, of none where there is no such file.

        They are no part of the model's name: they change no score.
        """
        if not (self.path / NEGATIVE_ERRORS).is_file():
            return NegativeErrors()
        table = self.decoded(NEGATIVE_ERRORS, self._bytes(NEGATIVE_ERRORS), Table)
        fault = table.fault()
        if table.model != self.model:
            fault = f"it was measured with {table.model}, this is {self.model}"
        if fault is not None:
            remedy = "measure it with python -m app.training.negative_errors, or remove the file"
            message = f"the model folder {self.path}: {NEGATIVE_ERRORS}: {fault}; {remedy}"
            raise ModelError(message)
        return rates_of(table)

    def _entry(self, name: str) -> FileEntry:
        if name not in self.manifest.files:
            raise self.error(f"{MANIFEST} does not name {name}")
        return self.manifest.files[name]

    def _require_labels(self) -> None:
        labels = self.manifest.labels
        if self.manifest.kind == "squall" and sorted(labels) != sorted(LABELS):
            raise self.error(f"{MANIFEST} does not list the labels {', '.join(LABELS)} once each")
        if not {Label.NEGATIVE, Label.POSITIVE} <= set(labels) <= set(LABELS):
            raise self.error(f"{MANIFEST}: the labels need negative and positive, and no others")

    def _require_size(self, name: str) -> None:
        # Seen before torch is imported, which takes seconds.
        try:
            size = (self.path / name).stat().st_size
        except OSError as error:
            raise self.error(f"{name} can't be read ({error.strerror})") from None
        if size != self._entry(name).size_bytes:
            raise self.error(f"{name} has {size} bytes, not {self._entry(name).size_bytes}")

    def _bytes(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise self.error(f"{name} can't be read ({error.strerror})") from None

    def _refuse_pickles(self) -> None:
        found = sorted(f.name for f in self.path.iterdir() if f.suffix.lower() in _PICKLES)
        if found:
            raise self.error(
                f"{found[0]} may hold a pickle, which runs code when loaded: remove it"
            )


class StoredWeights:
    """The weights of a folder, unpacked one by one: all of them in float32 would take 275 MB.

    A stored name ends in ``|q4`` (rows of 18-byte blocks), ``|q8`` (rows of 34-byte blocks) or
    ``|f`` (float16 or float32).
    Raises ModelError when the file is no safetensors file.
    """

    def __init__(self, folder: ModelFolder) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load

        self._folder = folder
        try:
            self._stored: dict[str, NDArray[numpy.generic]] = load(folder.read(WEIGHTS))
        except (SafetensorError, ValueError, KeyError) as error:
            raise folder.error(f"{WEIGHTS} is no safetensors file ({error})") from None

    def take(self, name: str) -> NDArray[numpy.float32]:
        """Return one tensor as float32 and forget it. Raises ModelError when it is not there."""
        stored, unpack = self._entry(name)
        return unpack(stored) if unpack is not None else stored.astype("float32")

    def rows(self, name: str) -> RowTable:
        """Return one table in its stored form and forget it. Raises ModelError as ``take``."""
        return RowTable(*self._entry(name))

    def _entry(
        self, name: str
    ) -> tuple[NDArray[Any], Callable[[NDArray[Any]], NDArray[numpy.float32]] | None]:
        if f"{name}|f" in self._stored:
            return self._stored.pop(f"{name}|f"), None
        for ending, size, unpack in _UNPACKERS:
            blocks = self._stored.pop(f"{name}|{ending}", None)
            if blocks is not None:
                if blocks.ndim != 2 or blocks.shape[1] % size or blocks.dtype != "uint8":
                    raise self._folder.error(
                        f"{WEIGHTS} holds {name} in no form of {ending} blocks"
                    )
                return blocks, unpack
        raise self._folder.error(f"{WEIGHTS} lacks {name}")


class RowTable:
    """A table of embeddings kept as it is stored, of which a few rows at a time are unpacked.

    The bundled one takes 27 MB so, and 190 MB in float32.
    """

    def __init__(self, stored: NDArray[numpy.generic], unpack: Callable[[Any], Any] | None) -> None:
        self._stored = stored
        self._unpack = unpack

    def __len__(self) -> int:
        return len(self._stored)

    def take(self, places: Sequence[int]) -> NDArray[numpy.float32]:
        """Return the rows at ``places`` as float32. Raises IndexError on one that is not there."""
        rows: Any = self._stored[list(places)]
        unpacked: NDArray[numpy.float32] = (
            self._unpack(rows) if self._unpack is not None else rows.astype("float32")
        )
        return unpacked


def four_bit_rows(blocks: NDArray[numpy.uint8]) -> NDArray[numpy.float32]:
    """Return (rows, 32 n) weights from (rows, 18 n) bytes.

    A block is a little-endian float16 scale and 16 bytes: their low halves are weights 0..15, their
    high halves 16..31, each a step 0..15 that stands for (step - 8) x scale.
    """
    import numpy

    rows = blocks.shape[0]
    block = blocks.reshape(rows, -1, _BLOCK_BYTES)
    scale = numpy.ascontiguousarray(block[:, :, :2]).view("<f2").astype(numpy.float32)
    packed = block[:, :, 2:]
    weights = numpy.empty((rows, block.shape[1], 32), dtype=numpy.float32)
    weights[:, :, :16] = packed & 15
    weights[:, :, 16:] = packed >> 4
    weights -= 8.0
    weights *= scale
    return weights.reshape(rows, -1)


def eight_bit_rows(blocks: NDArray[numpy.uint8]) -> NDArray[numpy.float32]:
    """Return (rows, 32 n) weights from (rows, 34 n) bytes.

    A block is a little-endian float16 scale and 32 signed bytes: a weight is its byte x scale.
    """
    import numpy

    block = blocks.reshape(blocks.shape[0], -1, _BLOCK_BYTES_8)
    scale = numpy.ascontiguousarray(block[:, :, :2]).view("<f2").astype(numpy.float32)
    steps = numpy.ascontiguousarray(block[:, :, 2:]).view(numpy.int8).astype(numpy.float32)
    weights: NDArray[numpy.float32] = (steps * scale).reshape(blocks.shape[0], -1)
    return weights


def to_eight_bit_rows(weights: NDArray[numpy.float32]) -> NDArray[numpy.uint8]:
    """Return (rows, 34 n) bytes of (rows, 32 n) weights: the nearest that ``eight_bit_rows`` gives.

    Raises ValueError when a row is no whole number of blocks.
    """
    import numpy

    if weights.shape[1] % _BLOCK:
        raise ValueError(f"rows of {weights.shape[1]} weights are no whole number of {_BLOCK}")
    block = weights.reshape(weights.shape[0], -1, _BLOCK)
    scale = (numpy.abs(block).max(axis=2, keepdims=True) / 127).astype("<f2")
    divisor = numpy.where(scale == 0, 1, scale).astype(numpy.float32)
    steps = numpy.clip(numpy.rint(block / divisor), -127, 127).astype(numpy.int8)
    packed = numpy.concatenate([scale.view(numpy.uint8), steps.view(numpy.uint8)], axis=2)
    return packed.reshape(weights.shape[0], -1)


_UNPACKERS = (("q4", _BLOCK_BYTES, four_bit_rows), ("q8", _BLOCK_BYTES_8, eight_bit_rows))
