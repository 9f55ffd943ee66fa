"""The mentions of an import on disk until all of them are read: each id once, in order of time.

Exports come newest first, and a detector takes what lies behind its watermark for late. So nothing
is sent before every file was read, and memory does not grow with them.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.errors import UnavailableError

_TABLE: Final = (
    "CREATE TABLE mention (key BLOB PRIMARY KEY, time_ms INTEGER, number INTEGER, value BLOB)"
    " WITHOUT ROWID"
)


class Stage:
    """Mentions that wait, in a file of its own that is gone at the end."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._count = 0

    def add(self, key: bytes, time_ms: int, value: bytes) -> bool:
        """Keep a mention; False when its key is there already, and nothing is kept."""
        row = (key, time_ms, self._count, value)
        done = self._database.execute("INSERT OR IGNORE INTO mention VALUES (?, ?, ?, ?)", row)
        self._count += done.rowcount
        return done.rowcount == 1

    def drop(self, key: bytes) -> bool:
        """Leave a mention out; tells whether it was there."""
        return self._database.execute("DELETE FROM mention WHERE key = ?", (key,)).rowcount == 1

    def batches(self, most: int) -> Iterator[list[tuple[bytes, bytes]]]:
        """Yield (key, value) in order of time, at most so many at once."""
        rows = self._database.execute("SELECT key, value FROM mention ORDER BY time_ms, number")
        while batch := rows.fetchmany(most):
            yield batch


@contextmanager
def staged() -> Iterator[Stage]:
    """Yield an empty stage. Raises UnavailableError when the disk is full."""
    with tempfile.TemporaryDirectory(prefix="squall-import-") as folder:
        database = sqlite3.connect(Path(folder) / "mentions.db", isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(_TABLE)
            database.execute("BEGIN")  # never ended: the file is thrown away
            yield Stage(database)
        except sqlite3.OperationalError as error:
            raise UnavailableError(
                f"the mentions can't be kept in {folder} ({error}): make room there, or set TMPDIR"
            ) from error
        finally:
            database.close()
