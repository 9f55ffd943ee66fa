"""Whether a record names an author: by the handle that its source gave, or by the pseudonym."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from app.core.mention import Mention
from app.wire import mention as mention_wire

SHORT: Final = 4  # a shorter handle is part of too many words, and of every other number


class Sought:
    """An author to look for in raw records: in keys, values and headers.

    The handle is found as a word of its own, letter case aside, as plain text or as JSON escapes
    it; one of less than four characters only as a whole key or a whole JSON string. So more may be
    found than is theirs, such as a word that they are called by. ``elsewhere``: the platforms of
    mentions whose author is called the same and is therefore somebody else.
    """

    def __init__(self, handle: str, platform: str | None, pseudonym: str) -> None:
        self.elsewhere: set[str] = set()
        self._handle, self._platform = handle, platform
        forms = {handle, json.dumps(handle)[1:-1], json.dumps(handle, ensure_ascii=False)[1:-1]}
        any_form = b"|".join(re.escape(one.encode(errors="replace")) for one in sorted(forms))
        if len(handle) < SHORT:
            pattern = rb'"(?:%b)"|\A(?:%b)\Z' % (any_form, any_form)
        else:
            pattern = rb"(?<![0-9A-Za-z_])(?:%b)(?![0-9A-Za-z_])" % any_form
        self._named = re.compile(pattern, re.IGNORECASE)
        # The stored state keeps authors as numbers too: core.pending.
        number = (int(pseudonym, 16) >> 1).to_bytes(8, "big")
        self._hidden = re.compile(rb"%b|%b" % (pseudonym.encode(), re.escape(number)))

    def is_named(self, record: Any) -> bool:
        """Return whether the handle stands in the record."""
        if not any(self._named.search(part) for part in _parts(record)):
            return False
        mention = mention_wire.parse(record.value)
        if not isinstance(mention, Mention) or mention.author is None:
            return True
        is_so_called = self._handle in (mention.author.id, mention.author.name)
        if is_so_called and mention.platform != self._platform:
            self.elsewhere.add(mention.platform or "none")
            return False
        return True

    def is_hidden(self, record: Any) -> bool:
        """Return whether the pseudonym stands in the record."""
        return any(self._hidden.search(part) for part in _parts(record))


def _parts(record: Any) -> Iterator[bytes]:
    if record.value is not None:
        yield record.value
    if record.key is not None:
        yield record.key
    for _, value in record.headers or ():
        yield value or b""
