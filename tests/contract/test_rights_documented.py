"""The rights that a worker asks for are those of the docs, the chart and the contracts."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.contracts import channels
from app.config import ROLES, Role, Topics
from app.config.names import group_id, transactional_id
from app.config.rights import (
    canary_rights,
    digest_rights,
    intake_rights,
    of_all_roles,
    topic_rights,
)
from deploy.chart_topics import READ, WRITE

PAGE = (Path(__file__).parents[2] / "docs/operate.md").read_text("utf-8")
TOPICS = Topics()


def row(role: Role) -> str:
    """Return the role's row of the table in docs/operate.md."""
    rights = topic_rights(role, TOPICS)
    besides = f"read its group `{group_id('', role)}`"
    if role == "detector":
        ids = transactional_id("", 0).removesuffix("0")
        besides += f"; write transactional ids that start with `{ids}`"
    return f"| {role} | {listed(rights.read)} | {listed(rights.write)} | {besides} |"


def listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "nothing"


@pytest.mark.parametrize("role", ROLES)
def test_the_page_lists_what_a_role_asks_for(role: Role) -> None:
    assert row(role) in PAGE.splitlines()


def test_the_page_lists_what_the_canary_asks_for() -> None:
    rights = canary_rights(TOPICS)
    groups = ", ".join(f"`{group_id('', role)}`" for role in ("scorer", "notifier"))
    besides = f"describe the groups {groups}"
    assert f"| canary | {listed(rights.read)} | {listed(rights.write)} | {besides} |" in (
        PAGE.splitlines()
    )


def test_the_page_lists_what_the_intake_asks_for() -> None:
    rights = intake_rights(TOPICS)
    row = f"| intake, import | {listed(rights.read)} | {listed(rights.write)} | nothing |"
    assert row in PAGE.splitlines()


def test_the_page_lists_what_a_digest_asks_for() -> None:
    rights = digest_rights(TOPICS)
    row = f"| digest --publish | {listed(rights.read)} | {listed(rights.write)} | nothing |"
    assert row in PAGE.splitlines()
    assert set(rights.read) == {one.topic for one in channels.CHANNELS if "digest" in one.readers}
    assert set(rights.write) == {one.topic for one in channels.CHANNELS if "digest" in one.writers}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_uses_what_the_contracts_say(role: Role) -> None:
    rights = topic_rights(role, TOPICS)
    assert set(rights.read) == {one.topic for one in channels.CHANNELS if role in one.readers}
    assert set(rights.write) == {one.topic for one in channels.CHANNELS if role in one.writers}


def test_the_charts_user_has_the_rights_of_all_roles() -> None:
    rights = of_all_roles(TOPICS)
    assert rights == (READ, WRITE)
    for role in ROLES:
        own = topic_rights(role, TOPICS)
        assert set(own.read) <= set(READ)
        assert set(own.write) <= set(WRITE)
    assert set(canary_rights(TOPICS).read) <= set(READ)
    assert set(canary_rights(TOPICS).write) <= set(WRITE)
    assert set(intake_rights(TOPICS).read) <= set(READ)
    assert set(intake_rights(TOPICS).write) <= set(WRITE)
    assert set(digest_rights(TOPICS).read) <= set(READ)
    assert set(digest_rights(TOPICS).write) <= set(WRITE)
