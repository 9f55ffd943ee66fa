"""`squall models`: a hub on loopback, one pinned revision, three files, and all else refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.cli.main import run
from app.errors import ModelError, UnavailableError, UsageError
from app.inference import precision
from app.inference.calibration import Calibration, Probabilities
from app.inference.folders import models_folder
from app.inference.negative_errors import NegativeErrors
from app.inference.weights import BUNDLED, CONFIG, FOREIGN_WEIGHTS, MANIFEST
from tests.tiny_models import FILES, REVISION, hub, write_classifier

SOURCE = f"org/tone@{REVISION}"

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return write_classifier(tmp_path / "repository")


def pulled(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str, **kinds: object) -> int:
    with hub(folder, **kinds) as address:  # type: ignore[arg-type]
        monkeypatch.setenv("HF_ENDPOINT", address)
        return run(["models", "pull", SOURCE, *options])


def test_a_model_is_pulled_checked_listed_and_used(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / "pytorch_model.bin").write_bytes(b"never asked for")
    assert pulled(repository, monkeypatch, "--languages", "en,pl", "--license", "MIT") == 0
    folder = Path(capsys.readouterr().out.strip())
    assert folder == models_folder() / f"org--tone@{REVISION}"
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, MANIFEST])
    assert run(["models", "check", SOURCE]) == 0
    capsys.readouterr()
    assert run(["models", "list", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)["models"][-1]
    assert row["model"].startswith("org/tone@")
    assert (row["languages"], row["license"], row["origin"]) == ("en pl", "MIT", "fetched")
    texts = repository / "texts.jsonl"
    texts.write_text('{"text": "late again", "lang": "en"}\n')
    assert run(["score", str(texts), "--model", SOURCE]) == 0
    assert json.loads(capsys.readouterr().out)["model"].startswith("org/tone@")


@pytest.mark.parametrize("revision", ["main", "0123456", "", REVISION.upper(), REVISION + "0"])
def test_what_is_no_full_commit_is_refused(
    revision: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "pull", f"org/tone@{revision}"]) == UsageError.exit_code
    assert "give the 40 digits" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../tone", "a/b/c", "http://x/y", ""])
def test_what_is_no_id_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "pull", f"{name}@{REVISION}"]) == UsageError.exit_code
    assert "owner/name@revision" in capsys.readouterr().err


def test_labels_of_other_names_are_mapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["LABEL_0", "LABEL_1", "LABEL_2"]
    repository = write_classifier(tmp_path / "repository", names=names)
    assert pulled(repository, monkeypatch) == ModelError.exit_code
    assert "has the labels LABEL_0, LABEL_1, LABEL_2: map each" in capsys.readouterr().err
    assert list(models_folder().iterdir()) == []
    mapping = "negative=LABEL_2,neutral=LABEL_1,positive=LABEL_0"
    assert pulled(repository, monkeypatch, "--labels", mapping) == 0
    manifest = json.loads((Path(capsys.readouterr().out.strip()) / MANIFEST).read_text())
    assert manifest["labels"] == ["positive", "neutral", "negative"]


@pytest.mark.parametrize("mapping", ["bad=LABEL_0", "negative", "negative="])
def test_a_mapping_that_is_none_is_refused(
    mapping: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "pull", SOURCE, "--labels", mapping]) == UsageError.exit_code
    assert "is no pair" in capsys.readouterr().err


def test_a_language_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "pull", SOURCE, "--languages", "en,polish"]) == UsageError.exit_code
    assert "'polish' is no ISO 639-1 code" in capsys.readouterr().err


def test_a_repository_of_pickles_alone_is_refused_and_nothing_stays(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (repository / FOREIGN_WEIGHTS).rename(repository / "pytorch_model.bin")
    assert pulled(repository, monkeypatch) == ModelError.exit_code
    assert "pickled weights are never loaded" in capsys.readouterr().err
    assert list(models_folder().iterdir()) == []


def test_a_repository_that_wants_its_code_run_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = json.loads((repository / CONFIG).read_text())
    (repository / CONFIG).write_text(json.dumps(config | {"auto_map": {"AutoModel": "m.M"}}))
    assert pulled(repository, monkeypatch) == ModelError.exit_code
    assert "asks for code of its own" in capsys.readouterr().err


def test_another_commit_than_asked_for_is_refused(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pulled(repository, monkeypatch, commit="f" * 40) == ModelError.exit_code
    assert f"not of {REVISION}" in capsys.readouterr().err


def test_a_hub_in_trouble_or_away_is_named(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pulled(repository, monkeypatch, status=503) == UnavailableError.exit_code
    assert "answers 503" in capsys.readouterr().err
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert run(["models", "pull", SOURCE]) == UnavailableError.exit_code
    assert "does not answer (ConnectError)" in capsys.readouterr().err


def test_a_model_that_is_there_is_not_pulled_over(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pulled(repository, monkeypatch) == 0
    assert pulled(repository, monkeypatch) == UsageError.exit_code
    assert "is there already" in capsys.readouterr().err


def test_a_bad_folder_is_told_by_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["models", "check", str(tmp_path)]) == ModelError.exit_code
    assert "manifest.json can't be read" in capsys.readouterr().out
    assert run(["models", "check", BUNDLED.name]) == 0
    assert "WRONG" not in capsys.readouterr().out


class Quick:
    """An engine that answers at once."""

    model = "quick@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages: frozenset[str] = frozenset()

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        return [(0.6, 0.3, 0.1) for _ in texts]


def test_bench_names_a_choice_and_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.inference.transformer.load_transformer", lambda *_, **__: Quick())
    monkeypatch.setattr(precision, "features", list)
    assert run(["models", "bench", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert [row["precision"] for row in report["forms"]] == ["fp32"]
    assert report["choice"].startswith("choice: fp32")
    assert run(["models", "bench"]) == 0
    assert "choice: fp32" in capsys.readouterr().out


def test_score_refuses_a_model_that_nobody_knows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "late"}\n')
    assert run(["score", str(texts), "--model", "swift"]) == ModelError.exit_code
    assert "no model is called 'swift'" in capsys.readouterr().err
