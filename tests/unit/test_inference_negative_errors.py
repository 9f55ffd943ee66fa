"""D11: how often a model errs with the label negative, measured, read beside it and told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from app.core.mention import Label
from app.errors import ModelError
from app.inference.calibration import Calibration, Probabilities
from app.inference.engine import Score
from app.inference.hash import HashEngine
from app.inference.load import load_engine
from app.inference.negative_errors import (
    CLASSES,
    FILE,
    PRIOR_TEXTS,
    Found,
    NegativeErrors,
    Rates,
    Table,
    rates_of,
)
from app.inference.scoring import InferenceThread
from app.inference.weights import BUNDLED, MANIFEST, ModelFolder
from app.training import negative_errors as measuring
from app.training.examples import Example

ERRORS = NegativeErrors({"en": Rates(250, 100), "*": Rates(300, 150)})


def a_table(**languages: Sequence[tuple[int, int]]) -> Table:
    return Table(
        model="tiny@1",
        languages={
            name: {of: Found(*row) for of, row in zip(CLASSES, rows, strict=True)}
            for name, rows in languages.items()
        },
    )


class Stub:
    """Everything is negative."""

    model = "stub@1"
    calibration = Calibration()
    negative_errors = ERRORS
    languages = frozenset({"en"})

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        return [(0.9, 0.05, 0.05) for _ in texts]


def test_a_score_tells_its_language_s_errors() -> None:
    with InferenceThread(Stub()) as inference:
        found = inference.submit(["late", "late"], languages=["en", "*"]).result()
    assert [one.negative_errors for one in found if isinstance(one, Score)] == [
        (250, 100),
        (300, 150),
    ]
    assert ERRORS.of(Label.UNSCORED, "nl") is None
    with InferenceThread(HashEngine()) as inference:
        (plain,) = inference.submit(["late"], languages=["en"]).result()
    assert isinstance(plain, Score)
    assert plain.negative_errors is None


def test_many_texts_speak_for_themselves_and_few_as_the_others_do() -> None:
    much = [(9_000, 10_000), (1_000, 10_000), (0, 10_000)]
    little = [(0, 1), (1, 1), (1, 1)]
    rates = rates_of(a_table(en=much, pl=much, nl=little)).rates
    assert rates["en"] == pytest.approx(Rates(103, 55), abs=4)
    mean = rates["*"]
    assert mean.missed == 1_000 - round(1_000 * (0.9 + 0.9 + 0.0) / 3)
    assert abs(rates["nl"].missed - mean.missed) < 1_000 * 2 / PRIOR_TEXTS
    assert abs(rates["nl"].false - mean.false) < 1_000 * 2 / PRIOR_TEXTS


@pytest.mark.parametrize(
    ("table", "part"),
    [
        (Table(model="m", languages={}), "no language"),
        (Table(model="m", languages={"en": {"negative": Found(1, 2)}}), "en has not the classes"),
        (a_table(en=[(3, 2), (0, 1), (0, 1)]), "en has counts"),
        (a_table(en=[(0, 0), (0, 1), (0, 1)]), "en has counts"),
        (a_table(en=[(-1, 2), (0, 1), (0, 1)]), "en has counts"),
    ],
)
def test_a_table_that_can_not_be_says_what_is_wrong(table: Table, part: str) -> None:
    assert part in (table.fault() or "")


def test_the_bundled_model_s_errors_are_those_of_its_calibration() -> None:
    """Counted on the texts of the manifest's confusion, whose first column is found negative;
    another form of number moves one text in a hundred at most.
    """
    folder = ModelFolder(BUNDLED)
    table = msgspec.json.decode((BUNDLED / FILE).read_bytes(), type=Table)
    assert table.model == folder.model
    assert set(table.languages) == set(folder.manifest.languages)
    confusion = json.loads((BUNDLED / MANIFEST).read_bytes())["confusion"]
    for language, classes in table.languages.items():
        shares = [classes[of].negatives / classes[of].texts for of in CLASSES]
        assert shares == pytest.approx([row[0] for row in confusion[language]], abs=0.012)
    for rates in folder.negative_errors.rates.values():
        assert 1_000 - rates.missed - rates.false >= 300


def copied(folder: Path, **changes: object) -> Path:
    """Return a folder that has all of the bundled one, with another table of errors."""
    for path in BUNDLED.iterdir():
        (folder / path.name).symlink_to(path)
    document = json.loads((BUNDLED / FILE).read_bytes()) | changes
    (folder / FILE).unlink()
    (folder / FILE).write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"model": "another@1"}, "measured with another@1"),
        ({"languages": {}}, "no language was measured"),
    ],
)
def test_another_model_s_errors_are_refused(
    tmp_path: Path, changes: dict[str, object], part: str
) -> None:
    with pytest.raises(ModelError, match=rf"{FILE}: .*{part}.*remove the file"):
        ModelFolder(copied(tmp_path, **changes))


def test_a_table_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=rf"{FILE} is not as declared"):
        load_engine("transformer", model=copied(tmp_path, languages=[1]))


def test_a_folder_without_the_table_has_no_errors(tmp_path: Path) -> None:
    (copied(tmp_path) / FILE).unlink()
    assert ModelFolder(tmp_path).negative_errors.of(Label.NEGATIVE, "en") is None


def test_what_is_measured_is_what_is_read() -> None:
    texts = [Example("late", 0, "shop", "en"), Example("fine", 2, "shop", "en")]
    texts += [Example("broken", 1, "shop", "en"), Example("good", 2, "shop", "en")]
    found = [Label.NEGATIVE, Label.NEGATIVE, Label.UNCERTAIN, None]
    written = measuring.written("tiny@1", measuring.counted(texts, found))
    table = msgspec.json.decode(written, type=Table)
    assert table == a_table(en=[(1, 1), (0, 1), (1, 1)])
    assert table.fault() is None


def test_every_text_is_labelled_in_its_language() -> None:
    texts = [Example("late", 0, "shop", "en"), Example("fine", 2, "shop", "en")]
    assert measuring.labels(Stub(), texts) == [Label.NEGATIVE, Label.NEGATIVE]
