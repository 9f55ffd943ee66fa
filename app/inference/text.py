"""How a text is written before the tokenizer sees it. The same in training and in service."""

from __future__ import annotations

import html
import re

_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_LINK = re.compile(r"https?://\S+|www\.\S+")
_USER = re.compile(r"@\w+")
_MAX_CHARACTERS = 20_000  # far beyond what any model reads of a text; bounds the work on the rest

USER = "@user"
LINK = "http"


def prepared(text: str) -> str:
    r"""Return the text with user names and links made equal, entities and escapes undone.

    Emoji and case stay: they carry sentiment. Lone surrogates become U+FFFD, white space becomes
    single spaces. Text beyond 20,000 characters is cut off.

    >>> prepared("@anna see https://shop.example/x &amp; caf\\u00e9")
    '@user see http & café'
    """
    text = text[:_MAX_CHARACTERS]
    # Most texts hold nothing to be undone: a look for the sign that it begins with costs little.
    if "\\u" in text:
        text = _ESCAPE.sub(_character, text)
    # Twice: what was escaped once by a site and once by a collector is common.
    text = html.unescape(html.unescape(text))
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "@" in text:
        text = _USER.sub(USER, text)
    if "http" in text or "www." in text:
        text = _LINK.sub(LINK, text)
    return " ".join(text.split())


def _character(match: re.Match[str]) -> str:
    return chr(int(match[1], 16))
