"""Recorded mentions in a file: one JSON object a line, plain or compressed."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard

from app.errors import InputError

MAX_LINE_BYTES = 16 * 1024 * 1024  # no mention comes near; a file of another kind may be one line

# Small, because a few bytes of zstd may unfold to 128 KiB: 4 KiB of them stay under 128 MiB.
_COMPRESSED_CHUNK_BYTES = 4 * 1024
_CHUNK_BYTES = 256 * 1024


def read_recorded(path: Path, *, is_blank_kept: bool = False) -> Iterator[tuple[int, bytes]]:
    """Yield (line number from 1, the line without its end) for each line that is not blank; also
    for blank ones where they are kept.

    ``.gz`` and ``.zst`` are unpacked on the way; anything else is read as it is. Lines are not
    decoded: what they hold is for ``wire.mention`` to judge.
    Raises InputError, naming the file and the line reached, when the file can't be opened, the
    archive is corrupt or cut short, or a line passes ``MAX_LINE_BYTES``.
    """
    number = 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(_unpacked(file, path.suffix)), start=1):
                if line.strip() or is_blank_kept:
                    yield number, line.removesuffix(b"\r")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError, _TooLongError) as error:
        what = getattr(error, "strerror", None) or str(error)
        message = (
            f"{path}: can't be read past line {number} ({what}): check or fetch the file again"
        )
        raise InputError(message) from None


class _TooLongError(Exception):
    """Raised when a line has no end within ``MAX_LINE_BYTES``."""


def _lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, tail = chunk.split(b"\n")
        if whole:
            yield rest + whole[0]
            yield from whole[1:]
            rest = tail
        else:
            rest += tail
        if len(rest) > MAX_LINE_BYTES:
            raise _TooLongError(f"the next line is longer than {MAX_LINE_BYTES} bytes")
    if rest:
        yield rest


def _unpacked(file: BinaryIO, suffix: str) -> Iterator[bytes]:
    if suffix == ".zst":
        return _zstd_chunks(file)
    return _chunks(gzip.GzipFile(fileobj=file) if suffix == ".gz" else file)


def _chunks(file: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _zstd_chunks(file: BinaryIO) -> Iterator[bytes]:
    # Not stream_reader: it ends without a word where an archive is cut short.
    frame = zstandard.ZstdDecompressor().decompressobj()
    has_open_frame = False
    while chunk := file.read(_COMPRESSED_CHUNK_BYTES):
        while chunk:
            has_open_frame = True
            yield frame.decompress(chunk)
            chunk = frame.unused_data if frame.eof else b""
            if frame.eof:
                frame, has_open_frame = zstandard.ZstdDecompressor().decompressobj(), False
    if has_open_frame:
        raise EOFError("the archive ends in the middle")
