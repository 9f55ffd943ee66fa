"""A model folder on disk: what its manifest promises, checked, and its weights as plain arrays.

A folder holds ``manifest.json`` and the files it names. Nothing else is read, nothing is executed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from app.core.mention import Label
from app.errors import ModelError

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

BUNDLED = Path(__file__).parent / "models" / "sentiment-v0"

MANIFEST = "manifest.json"
WEIGHTS = "weights.safetensors"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"

LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)

_PICKLES = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"})
_BLOCK_BYTES = 18  # one float16 scale, then 32 four-bit steps
_REMEDY = "restore the folder from the release, or unset scorer.model to use the bundled model"

_T = TypeVar("_T")


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What one file of the folder must be."""

    sha256: str
    size_bytes: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a model folder says of itself. ``labels``: the order of the head's rows."""

    id: str
    labels: tuple[Label, ...]
    max_tokens: int
    license: str
    attribution: tuple[str, ...]
    files: dict[str, FileEntry]


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
        self.manifest = self.decoded(MANIFEST, self._bytes(MANIFEST), Manifest)
        if sorted(self.manifest.labels) != sorted(LABELS):
            raise self.error(f"{MANIFEST} does not list the labels {', '.join(LABELS)} once each")
        for name in (CONFIG, TOKENIZER, WEIGHTS):
            self._require_size(name)

    @property
    def model(self) -> str:
        """The id and the first 12 digits of the weights' checksum."""
        return f"{self.manifest.id}@{self._entry(WEIGHTS).sha256[:12]}"

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

    def _entry(self, name: str) -> FileEntry:
        if name not in self.manifest.files:
            raise self.error(f"{MANIFEST} does not name {name}")
        return self.manifest.files[name]

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

    A stored name ends in ``|q4`` (rows of 18-byte blocks) or ``|f`` (float16 or float32).
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
        if f"{name}|f" in self._stored:
            return self._stored.pop(f"{name}|f").astype("float32")
        blocks = self._stored.pop(f"{name}|q4", None)
        if blocks is None:
            raise self._folder.error(f"{WEIGHTS} lacks {name}")
        if blocks.ndim != 2 or blocks.shape[1] % _BLOCK_BYTES or blocks.dtype != "uint8":
            raise self._folder.error(f"{WEIGHTS} holds {name} in no form of four-bit blocks")
        return four_bit_rows(blocks.astype("uint8", copy=False))


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
