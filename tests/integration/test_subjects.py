"""What the bundled model reads beside a text's label, and a folder whose files for it are wrong."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import load, save

from app.core.flags import FLAGS
from app.core.mention import Label
from app.core.themes import THEMES
from app.errors import ModelError
from app.inference.engine import Score
from app.inference.scoring import InferenceThread
from app.inference.subjects import FILE, WEIGHTS, Table
from app.inference.themes import flags_of, themes_of, with_subjects
from app.inference.transformer import TransformerEngine, load_transformer
from app.inference.weights import BUNDLED
from benchmarks import flag_accuracy, theme_accuracy

THEMES_LEAST = 0.67
FLAGS_LEAST = {
    "breach": (0.8, 0.9),
    "injury": (0.58, 0.9),
    "legal": (0.65, 0.9),
    "rumour": (0.45, 0.9),
}
CLAIMS = [
    ("en", "My son burnt his hand on your kettle and is in hospital", "injury"),
    ("de", "Unbekannte haben die Daten aller Kunden gestohlen, auch meine Kontonummer", "breach"),
    ("pl", "Jutro składam pozew w sądzie, mój prawnik już napisał do firmy", "legal"),
]


@pytest.fixture(scope="module")
def engine() -> TransformerEngine:
    return load_transformer()


@pytest.mark.parametrize(("language", "text", "flag"), CLAIMS)
def test_a_claim_is_flagged(engine: TransformerEngine, language: str, text: str, flag: str) -> None:
    with InferenceThread(engine) as inference:
        (score,) = inference.submit([text], [language]).result()
    assert isinstance(score, Score)
    assert flag in (flags_of(score.subjects) or ())


def test_a_theme_is_read_without_a_word_of_a_list(engine: TransformerEngine) -> None:
    text = "Waited all day at home and nobody came with it"
    assert themes_of(text, "en") == ()
    (answer,) = engine.read([text])
    assert with_subjects(themes_of(text, "en"), answer.subjects) == ("delivery",)


def test_copies_and_cached_texts_have_the_same_subjects(engine: TransformerEngine) -> None:
    text = CLAIMS[0][1]
    with InferenceThread(engine) as inference:
        first = inference.submit([text, "fine", text]).result()
        again = inference.submit([text]).result()
    assert first[0] == first[2] == again[0]
    assert isinstance(first[1], Score)
    assert first[1].label is not Label.UNSCORED
    assert flags_of(first[1].subjects) == ()


def test_themes_are_as_good_as_the_page_says(engine: TransformerEngine) -> None:
    found = theme_accuracy.figures(theme_accuracy.read_by(engine))
    assert found["macro_f1"] >= THEMES_LEAST
    assert found["macro_f1"] > theme_accuracy.figures()["macro_f1"]


def test_flags_are_as_good_as_the_page_says(engine: TransformerEngine) -> None:
    judged = flag_accuracy.judge(engine)
    for flag, (precision, recall) in FLAGS_LEAST.items():
        found = flag_accuracy.row(judged, flag)
        assert found["precision"] >= precision, flag
        assert found["recall"] >= recall, flag


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLED, tmp_path / "model"))


def edited(folder: Path, **changes: object) -> None:
    table = json.loads((folder / FILE).read_text("utf-8"))
    (folder / FILE).write_text(json.dumps(table | changes), "utf-8")


def shortened(folder: Path) -> None:
    tensors = load((folder / WEIGHTS).read_bytes())
    written(folder, save(tensors | {"out.bias": numpy.zeros(3, "float32")}))


def written(folder: Path, content: bytes) -> None:
    (folder / WEIGHTS).write_bytes(content)
    edited(folder, sha256=hashlib.sha256(content).hexdigest())


def swapped(folder: Path) -> None:
    lines = json.loads((folder / FILE).read_text("utf-8"))["lines"]
    edited(folder, lines=dict(reversed(lines.items())))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: edited(folder, model="another@1"), "it was made for another@1, this is"),
        (lambda folder: edited(folder, layers=[4, 99]), "layers are not among the model's 1 to 12"),
        (lambda folder: edited(folder, layers=[8, 4, 12]), "not in rising order"),
        (lambda folder: edited(folder, layers=[4, 8]), "parts don't fit together"),
        (lambda folder: written(folder, b"x"), "is no safetensors file"),
        (
            lambda folder: written(folder, save({"up.bias": numpy.zeros(3)})),
            "does not hold exactly",
        ),
        (lambda folder: edited(folder, sha256="0" * 64), "has another sha256"),
        (lambda folder: edited(folder, colour="red"), "not as declared"),
        (lambda folder: (folder / FILE).write_text("{"), "not as declared"),
        (swapped, "not those of the themes and flags"),
        (lambda folder: (folder / WEIGHTS).unlink(), "can't be read"),
        (lambda folder: (folder / WEIGHTS).write_bytes(b"x"), "has another sha256"),
        (shortened, "holds out.bias in another shape"),
    ],
)
def test_files_that_are_not_the_model_s_are_refused(
    folder: Path, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(folder)
    with pytest.raises(ModelError, match=message) as caught:
        load_transformer(folder, precision="fp32")
    assert str(folder) in str(caught.value)


def test_a_model_without_the_files_tells_no_subjects(folder: Path) -> None:
    (folder / FILE).unlink()
    (folder / WEIGHTS).unlink()
    plain = load_transformer(folder, precision="fp32")
    (answer,) = plain.read(["My parcel never came"])
    assert answer.subjects is None
    assert with_subjects(("delivery",), answer.subjects) == ("delivery",)
    assert flags_of(answer.subjects) is None


def test_the_table_names_every_theme_and_flag(engine: TransformerEngine) -> None:
    table = Table(
        model=engine.model,
        sha256="",
        layers=(1,),
        lines=dict.fromkeys(THEMES + FLAGS, (0.0, 0.0)),
    )
    assert table.fault(engine.model, 1) is None
