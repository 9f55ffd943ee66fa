"""Turns: one batch or heartbeat at a time, and none between a revocation and the next load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Batches:
    """Guards what one app's agent does against a rebalance or a stop in the middle of it.

    An epoch is one assignment of partitions: what was taken in one is not finished in another.
    """

    def __init__(self) -> None:
        self._turns = asyncio.Lock()
        self._epoch = 0
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether partitions are assigned and loaded, so that batches may run."""
        return self._is_open

    def is_current(self, epoch: int) -> bool:
        """Tell whether the epoch still lasts; while ``close`` waits it does."""
        return epoch == self._epoch

    def open(self) -> None:
        """Let batches run: partitions are assigned and their state is loaded."""
        self._is_open = True

    async def close(self, *, wait_s: float) -> bool:
        """Let no more batches run, wait for the one in flight; False when it is still in flight."""
        self._is_open = False
        try:
            async with asyncio.timeout(wait_s), self._turns:
                return True
        except TimeoutError:
            return False
        finally:
            self._epoch += 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[int | None]:
        """Hold the turn; yields the epoch, or None while batches may not run."""
        async with self._turns:
            yield self._epoch if self._is_open else None
