"""RSS (0.9x, 1.0, 2.0) and Atom 1.0: bytes to entries, read as hostile input.

No entity is declared and none is fetched: a feed that declares one is refused, so that a few bytes
can't unfold to gigabytes. Entries beyond ``MOST`` and what is nested too deep are refused with it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from xml.parsers import expat

from app.sources.html_text import INLINE, text_of
from app.sources.times import BadTimeError, TimeForm

MOST: Final = 2_000
DEEPEST: Final = 64
TEXT_MAX_CHARS: Final = 8_000
ID_MAX_CHARS: Final = 256
_SIGN: Final = "\x1f"  # between namespace and name; in neither
_ATOM: Final = "http://www.w3.org/2005/Atom"
_ENTRIES: Final = frozenset({"item", "entry"})
_DUBLIN: Final = "http://purl.org/dc/elements/1.1/"
_CONTENT: Final = "http://purl.org/rss/1.0/modules/content/"
_OWN: Final = frozenset(
    {"", _ATOM, "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/"}
)
_NAMES: Final = {
    **{
        (space, name): name
        for space in _OWN
        for name in (
            "title",
            "description",
            "summary",
            "content",
            "guid",
            "id",
            "link",
            "pubDate",
            "published",
            "updated",
            "author",
        )
    },
    (_DUBLIN, "date"): "date",
    (_DUBLIN, "creator"): "author",
    (_CONTENT, "encoded"): "content",
}
_DATES: Final = ("published", "pubDate", "date", "updated")
_UTC: Final = TimeForm(zone="UTC")
_GOOGLE: Final = re.compile(r"(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MAIL: Final = re.compile(r"\S+@\S+ \((.+)\)")  # RSS: "ann@example.com (Ann Lee)"


class BadFeedError(Exception):
    """Raised when bytes are no feed, or one that costs too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry as plain text. ``published_at``: RFC 3339 in UTC, None when it says no time."""

    id: str
    text: str
    url: str | None = None
    author: str | None = None
    published_at: str | None = None


def read_feed(body: bytes) -> list[Entry]:
    """Return the entries that hold a text, in their order. Raises BadFeedError."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=_SIGN)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise BadFeedError(
            f"no XML at line {error.lineno}: {expat.ErrorString(error.code)}"
        ) from None
    except (LookupError, ValueError):  # an encoding that Python does not know
        raise BadFeedError("its encoding is unknown") from None
    if not reader.is_feed:
        raise BadFeedError("XML, but neither RSS nor Atom")
    return [entry for raw in reader.entries if (entry := _entry(raw)) is not None]


def unwrapped(url: str) -> str:
    """Return where a link of Google Alerts leads; any other as it is.

    >>> unwrapped("https://www.google.com/url?rct=j&sa=t&url=https://example.com/a&ct=ga")
    'https://example.com/a'
    """
    parts = urlsplit(url)
    if parts.path == "/url" and _GOOGLE.fullmatch(parts.hostname or ""):
        query = parse_qs(parts.query)
        targets = [*query.get("url", ()), *query.get("q", ())]
        found = [one for one in targets if one.startswith(("http://", "https://"))]
        return str(found[0]) if found else url
    return url


def _refuse_entity(*_: Any) -> None:
    raise BadFeedError("declares an entity; no feed needs that")


@dataclass(slots=True)
class _Raw:
    """The fields of an entry as they stand; HTML ones are in ``html``."""

    values: dict[str, str] = field(default_factory=dict)
    html: set[str] = field(default_factory=set)


class _Reader:
    """Gathers what expat finds."""

    def __init__(self) -> None:
        self.entries: list[_Raw] = []
        self.is_feed = False
        self._depth = 0
        self._entry_depth = 0
        self._field: tuple[str, int] | None = None
        self._parts: list[str] = []
        self._is_html = False
        self._is_muted = False  # in an author's address, which is no name

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise BadFeedError(f"is nested deeper than {DEEPEST}")
        space, _, name = tag.rpartition(_SIGN)
        if self._depth == 1:
            self.is_feed = name in {"rss", "RDF"} or (space, name) == (_ATOM, "feed")
        elif name in _ENTRIES and space in _OWN and not self._entry_depth:
            self._begin()
        elif self._entry_depth and self._depth == self._entry_depth + 1:
            self._begin_field(space, name, attributes)
        elif self._field is not None:
            self._is_muted = self._field[0] == "author" and name != "name"
            if name not in INLINE:
                self._parts.append(" ")

    def end(self, tag: str) -> None:
        del tag
        if self._field is not None and self._depth == self._field[1]:
            self._end_field(self._field[0])
        if self._depth == self._entry_depth:
            self._entry_depth = 0
        self._is_muted = False
        self._depth -= 1

    def data(self, text: str) -> None:
        if self._field is not None and not self._is_muted:
            self._parts.append(text)

    def _begin(self) -> None:
        if len(self.entries) >= MOST:
            raise BadFeedError(f"has more than {MOST} entries")
        self.entries.append(_Raw())
        self._entry_depth = self._depth

    def _begin_field(self, space: str, name: str, attributes: dict[str, str]) -> None:
        known = _NAMES.get((space, name))
        if known is None:
            return
        if known == "link" and (target := attributes.get("href")):
            if attributes.get("rel", "alternate") == "alternate":
                self.entries[-1].values.setdefault("link", target)
            return
        # Atom says which texts are HTML; in RSS all are, whether it was meant or not.
        self._is_html = attributes.get("type") == "html" if space == _ATOM else True
        self._field, self._parts = (known, self._depth), []

    def _end_field(self, name: str) -> None:
        raw, text = self.entries[-1], "".join(self._parts).strip()
        if text and name not in raw.values:
            raw.values[name] = text
            if self._is_html:
                raw.html.add(name)
        self._field = None


def _entry(raw: _Raw) -> Entry | None:
    title, told = _plain(raw, "title"), ""
    for name in ("description", "summary", "content"):
        told = told or _plain(raw, name)
    text = "\n".join(part for part in (title, told) if part)[:TEXT_MAX_CHARS]
    link = unwrapped(raw.values.get("link", ""))
    if not text:
        return None
    return Entry(
        id=_id(raw.values.get("id") or raw.values.get("guid") or link or text),
        text=text,
        url=link if link.startswith(("http://", "https://")) and _is_token(link, 2_048) else None,
        author=_author(raw),
        published_at=_published(raw),
    )


def _plain(raw: _Raw, name: str) -> str:
    text = raw.values.get(name, "")
    return text_of(text) if name in raw.html else " ".join(text.split())


def _id(given: str) -> str:
    if _is_token(given, ID_MAX_CHARS):
        return given
    return hashlib.sha256(given.encode()).hexdigest()


def _is_token(text: str, most: int) -> bool:
    return len(text) <= most and not _CONTROL.search(text)


def _author(raw: _Raw) -> str | None:
    name = " ".join(raw.values.get("author", "").split())
    mail = _MAIL.fullmatch(name)
    name = mail[1] if mail else name
    return name if name and "@" not in name and _is_token(name, 128) else None


def _published(raw: _Raw) -> str | None:
    for name in _DATES:
        try:
            if name in raw.values:
                return _UTC.utc(raw.values[name])
        except BadTimeError:
            continue
    return None
