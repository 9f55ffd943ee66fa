"""The text of a piece of HTML: no tags, no scripts, white space as one blank."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

_SILENT: Final = frozenset({"script", "style", "template", "noscript"})
INLINE: Final = frozenset(
    {"a", "b", "i", "em", "strong", "span", "u", "mark", "sub", "sup", "font"}
)


def text_of(html: str) -> str:
    """Return what a reader would see, in one line.

    >>> text_of("<p>Paid <b>twice</b></p><p>&amp; no&nbsp;answer</p><script>x()</script>")
    'Paid twice & no answer'
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return " ".join("".join(reader.parts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._silent += tag in _SILENT
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT and self._silent > 0
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)

    def _part(self, tag: str) -> None:
        if tag not in INLINE:
            self.parts.append(" ")
