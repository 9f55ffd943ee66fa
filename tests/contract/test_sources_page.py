"""The examples of docs/sources.md are settings and bodies that work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config.intake import FeedSettings, HookSettings, IntakeSettings
from app.core.mention import Mention
from app.sources.mapping import find
from app.stream.received import Clocked, mention_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sources.md").read_text("utf-8")
CLOCKED = Clocked("arrival", 1_772_359_200_000, 86_400_000)
PLACEHOLDERS = {
    "{{ticket.id}}": "35436",
    "{{ticket.title}}": "Paid twice",
    "{{ticket.description}}": "And no answer.",
    "{{ticket.requester.name}}": "Ann Lee",
    "{{ticket.created_at_with_timestamp}}": "2026-03-01T09:59:00Z",
}


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def intake(tmp_path: Path) -> IntakeSettings:
    (text,) = blocks("yaml")
    secret = tmp_path / "secret"
    secret.write_text("0123456789abcdef")
    document = yaml.safe_load(re.sub(r"/run/secrets/\w+", str(secret), text))
    return IntakeSettings.model_validate(document["intake"])


def mentions(hook: HookSettings, body: Any) -> list[Mention]:
    items = body if hook.items is None else find(body, hook.items)
    several = items if isinstance(items, list) else [items]
    found = [mention_of(hook.field_map().document(item), CLOCKED) for item in several]
    return [one for one in found if isinstance(one, Mention)]


def test_the_bodies_of_the_page_become_mentions(intake: IntakeSettings) -> None:
    desk, listening = blocks("json")
    for name, value in PLACEHOLDERS.items():
        desk = desk.replace(name, value)
    (ticket,) = mentions(intake.hooks["desk"], json.loads(desk))
    assert (ticket.id, ticket.text) == ("35436", "Paid twice\nAnd no answer.")
    assert (ticket.source, ticket.brand, ticket.platform) == ("support", "larkmoor", "zendesk")
    first, second = mentions(intake.hooks["listening"], json.loads(listening))
    assert first.author is not None
    assert (first.author.followers, first.lang, second.id) == (1_200, "en", "a-2")


def test_each_key_is_on_the_page() -> None:
    for settings in (HookSettings, FeedSettings):
        for key in settings.model_fields:
            assert re.search(rf"`{key}`|^ +{key}:", PAGE, re.MULTILINE), key


def test_each_answer_is_on_the_page() -> None:
    from app.metrics.names import STATUSES

    rows = "".join(re.findall(r"^\| [0-9, ]+ \|", PAGE, re.MULTILINE))
    assert set(re.findall(r"\d{3}", rows)) == set(STATUSES) - {"500"}
