"""The intake's settings: what is refused, and that a secret is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli.main import run
from app.config import load_settings
from app.config.intake import HookSettings
from app.errors import ConfigError

SECRET = "planted-secret-of-a-hook"
HOOK: dict[str, Any] = {"secret": SECRET, "map": {"id": "/id", "text": "/text"}}
FEED: dict[str, Any] = {"url": "https://example.com/feed"}


def settings(folder: Path, **intake: Any) -> Path:
    path = folder / "squall.yaml"
    path.write_text(yaml.safe_dump({"intake": intake}))
    return path


def refused(folder: Path, **intake: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        load_settings(settings(folder, **intake))
    assert SECRET not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"secret": None}, "secret: give it or secret_file, one of the two"),
        ({"secret": "short"}, "secret: has fewer than 16 signs"),
        ({"map": {"id": "/id"}}, "map: text is missing"),
        ({"map": {"text": "/text"}}, "map: id is missing; without it a repeated delivery"),
        ({"map": {**HOOK["map"], "mood": "/m"}}, "map: 'mood' is no field of a mention"),
        ({"map": {**HOOK["map"], "url": "/a~3"}}, "map: '/a~3' is no place"),
        ({"set": {"texts": "x"}}, "'texts' is no field of a mention"),
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"items": "tickets"}, "items: is no JSON pointer"),
        ({"items": "/a~2"}, "is no place"),
        ({"counted_at": "published"}, "map: published_at is missing"),
        ({"counted_at": "soon"}, "hooks.desk.counted_at"),
        ({"auth": "none"}, "hooks.desk.auth"),
        ({"signature_header": "X Signature"}, "hooks.desk.signature_header"),
        ({"secret_file": "/nowhere"}, "secret: give it or secret_file, one of the two"),
        ({"colour": "red"}, "hooks.desk.colour: unknown key"),
    ],
)
def test_a_hook_that_can_not_work_is_refused_by_its_key(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    hook = {name: value for name, value in {**HOOK, **change}.items() if value is not None}
    assert why in refused(tmp_path, hooks={"desk": hook})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"url": "ftp://example.com/feed"}, "must be an http or https address"),
        ({"url": "https://"}, "must be an http or https address"),
        ({"url": f"https://ada:{SECRET}@example.com/"}, "must not hold a user name or password"),
        ({"interval_s": 1}, "feeds.news.interval_s"),
        ({"set": {"text": "x"}}, "set: text is the entry's own"),
        ({"set": {"mood": "x"}}, "'mood' is no field of a mention"),
    ],
)
def test_a_feed_that_can_not_work_is_refused_by_its_key(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    assert why in refused(tmp_path, feeds={"news": {**FEED, **change}})


@pytest.mark.parametrize("name", ["Desk", "a/b", "", "-a", "a" * 65])
def test_a_name_that_is_no_part_of_an_address_is_refused(tmp_path: Path, name: str) -> None:
    assert "hooks" in refused(tmp_path, hooks={name: HOOK})


def test_an_age_that_the_topic_does_not_remember_is_refused(tmp_path: Path) -> None:
    assert "intake.max_age_days" in refused(tmp_path, max_age_days=7)


def test_a_secret_is_masked_and_comes_from_a_file_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = settings(tmp_path, hooks={"desk": HOOK}, feeds={"news": FEED})
    monkeypatch.setenv("SQUALL_CONFIG", str(path))
    assert run(["check-config"]) == 0
    assert run(["check-config", "--json"]) == 0
    shown = capsys.readouterr()
    assert SECRET not in shown.out + shown.err
    assert "/in" not in shown.err
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    hook = HookSettings.model_validate({"map": HOOK["map"], "secret_file": file})
    assert hook.key() == SECRET.encode()
    assert HookSettings.model_validate(HOOK).key() == SECRET.encode()


@pytest.mark.parametrize("content", ["", "short\n", "x" * 5_000])
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_text(content)
    with pytest.raises(ConfigError, match="holds no secret"):
        HookSettings.model_validate({"map": HOOK["map"], "secret_file": file}).key()


def test_a_secret_file_that_goes_is_named(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET)
    hook = HookSettings.model_validate({"map": HOOK["map"], "secret_file": file})
    file.unlink()
    with pytest.raises(ConfigError, match="holds no secret"):
        hook.key()
