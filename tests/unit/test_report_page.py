"""The page: complete, self-contained, and safe whatever a mention says."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

from app.core.crisis import EventType, State
from app.report import page
from tests.unit.report_values import crisis, day, event, evidence

PICTURE = b"\x89PNG\r\n\x1a\nnot a real one"
HOSTILE = '<script>alert("x")</script><img src="https://evil.example/x.png">'


class Elements(HTMLParser):
    """Every start tag with its attributes."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def hostile_page() -> str:
    opened = event(EventType.OPENED, 1, 12, State.OPEN, evidence=evidence(HOSTILE))
    return page.render(day(), [opened], PICTURE, title=HOSTILE)


def test_the_page_tells_every_event_and_the_numbers_of_the_evidence() -> None:
    text = page.render(day(), crisis(), PICTURE)
    for told in ("larkmoor", "opened", "recovering", "resolved", "14 distinct negatives"):
        assert told in text
    assert "17 mentions (16 distinct)" in text
    assert "3 h 18 min" in text  # opened to resolved
    assert "2.2e-07" in text
    assert "spike-1+9341d671" in text


def test_what_mentions_say_is_escaped() -> None:
    text = hostile_page()
    assert "&lt;script&gt;alert" in text
    tags = [tag for tag, _ in Elements(text).found]
    assert "script" not in tags
    assert tags.count("img") == 1


def test_nothing_is_fetched_from_outside() -> None:
    for _, attributes in Elements(hostile_page()).found:
        for name in ("src", "href", "action", "srcset", "poster", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith("data:image/png;base64,")
    assert "url(" not in hostile_page()
    assert "@import" not in hostile_page()


def test_addresses_of_mentions_are_text_and_no_links() -> None:
    assert "https://microblog.example/1" in page.render(day(), crisis(), PICTURE)
    assert "a" not in {tag for tag, _ in Elements(page.render(day(), crisis(), PICTURE)).found}


def test_the_policy_allows_this_style_and_no_script() -> None:
    text = page.render(day(), crisis(), PICTURE)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = next(
        attributes["content"] or ""
        for _, attributes in Elements(text).found
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src" not in policy


def test_the_picture_lies_in_the_page() -> None:
    assert base64.b64encode(PICTURE).decode() in page.render(day(), crisis(), PICTURE)


def test_a_page_without_a_crisis_says_so() -> None:
    text = page.render(day(), [], PICTURE)
    assert "No crisis" in text
    assert "no windows" in page.render([], [], PICTURE)
