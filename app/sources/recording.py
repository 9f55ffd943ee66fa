"""A file of JSON lines being written, packed by its suffix; the counterpart of ``recorded``."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from app.errors import UsageError


@contextmanager
def open_recording(path: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose bytes become the file when all went well; else no file is left.

    ``.gz`` and ``.zst`` are packed. Raises UsageError when the file can't be written.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            if path.suffix == ".gz":
                # Without a name and a time in it, the same log gives the same bytes.
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                    yield cast("BinaryIO", packed)
            elif path.suffix == ".zst":
                with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as packer:
                    yield cast("BinaryIO", packer)
            else:
                yield file
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path} can't be written ({error.strerror}): choose another") from None
    finally:
        partial.unlink(missing_ok=True)
