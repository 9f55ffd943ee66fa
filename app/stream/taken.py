"""Which mentions were taken before: told by the keys of the topic ``mentions`` itself.

Squall's own sources give each record a key made of the mention's kind of source and id. What stands
in the topic was taken, and nothing else was: so there is no second place that could say otherwise
after a kill at any moment. It is known for as long as the topic keeps its records, a week or more.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Final

from app.config import Settings
from app.core.mention import Mention
from app.stream.following import follow

_MARK: Final = b"taken:"
_DIGEST_BYTES: Final = 16
_DAY_MS: Final = 86_400_000


def key_of(mention: Mention) -> bytes:
    """Return the key of a mention's record: the same for the same kind of source and id."""
    name = f"{mention.source}\x1f{mention.id}".encode()
    return _MARK + hashlib.sha256(name).hexdigest()[: 2 * _DIGEST_BYTES].encode()


class Taken:
    """Keys that were taken, forgotten ``days`` after; some 100 bytes each.

    >>> taken = Taken(days=2)
    >>> taken.add(b"taken:00", 0)
    >>> b"taken:00" in taken, b"taken:01" in taken
    (True, False)
    >>> taken.add(b"taken:01", 3 * 86_400_000)
    >>> b"taken:00" in taken
    False
    """

    def __init__(self, days: int) -> None:
        self._days = days
        self._by_day: dict[int, set[bytes]] = {}

    def add(self, key: bytes, now_ms: int) -> None:
        """Note a key; the oldest days are dropped as time goes on."""
        day = now_ms // _DAY_MS
        if day not in self._by_day:
            self._by_day[day] = set()
            for old in [one for one in self._by_day if one < max(self._by_day) - self._days]:
                del self._by_day[old]
        self._by_day.get(day, set()).add(key[len(_MARK) :])

    def __contains__(self, key: bytes) -> bool:
        bare = key[len(_MARK) :]
        return any(bare in keys for keys in self._by_day.values())

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._by_day.values())


async def taken_keys(settings: Settings) -> AsyncIterator[tuple[bytes, int]]:
    """Yield each key of ours in the topic, and the broker's time of its record in ms.

    Raises UnavailableError when Kafka does not answer.
    """
    async with follow(settings, settings.topics.mentions, "read_uncommitted") as followed:
        async for record in followed.past():
            if record.key is not None and record.key.startswith(_MARK):
                yield record.key, record.timestamp
