"""What a model's name in the settings means: bundled, fetched, a path, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import ModelError
from app.inference import folders
from app.inference.folders import bundled, fetched, folder_name, found, models_folder
from app.inference.weights import BUNDLED, MANIFEST

REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "squall"


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text("{}")
    return folder


def test_the_bundled_default_is_listed() -> None:
    assert BUNDLED in bundled()
    assert found(None) == found(BUNDLED.name) == found(Path(BUNDLED.name)) == BUNDLED


def test_a_bundled_model_is_known_by_the_last_part_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    made(models / "sentiment-v9")
    fast = made(models / "sentiment-fast")
    monkeypatch.setattr(folders, "BUNDLED", models / "sentiment-v9")
    assert found("fast") == found(Path("fast")) == found("sentiment-fast") == fast


def test_a_fetched_model_is_known_by_its_id_and_revision(cache: Path) -> None:
    assert models_folder() == cache / "models"
    assert fetched(models_folder()) == []
    kept = made(models_folder() / folder_name("org/tone", REVISION))
    assert found(f"org/tone@{REVISION}") == kept
    assert fetched(models_folder()) == [kept]


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    assert found(tmp_path / "nowhere") == tmp_path / "nowhere"
    assert found(str(tmp_path)) == tmp_path


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ModelError, match=rf"'swift': bundled are .*{BUNDLED.name}.*models pull"):
        found("swift")


def test_a_cache_that_is_no_absolute_path_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert folders.cache_folder() == tmp_path / ".cache" / "squall"
