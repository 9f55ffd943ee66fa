"""Each text to the engine of its language, and none of a language that nobody supports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from app.core.mention import Label
from app.errors import ModelError
from app.inference.calibration import Calibration, Probabilities
from app.inference.engine import Engine, Failure, Score
from app.inference.hash import HashEngine
from app.inference.language.identify import Hint, Identifier
from app.inference.language.library import Shares
from app.inference.load import load_engine
from app.inference.negative_errors import NegativeErrors
from app.inference.routing import RoutedEngine, supported
from app.inference.scoring import InferenceThread, Results

ENGLISH = "the parcel has not come and nobody answers"
POLISH = "paczka nie przyszła i nikt nie odpowiada"
DUTCH = "het pakket is er niet en niemand neemt op"


class Fixed:
    """An engine that answers every text alike, and remembers what it was asked."""

    def __init__(self, model: str, languages: Sequence[str], answer: Probabilities) -> None:
        self.model = model
        self.languages = frozenset(languages)
        self.calibration = Calibration(temperature={"*": 1.0, "pl": 2.0})
        self.negative_errors = NegativeErrors()
        self.asked: list[str] = []
        self._answer = answer

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        self.asked += texts
        return [self._answer for _ in texts]


def by_first_word(words: str) -> Shares:
    return {{"the": "en", "paczka": "pl", "het": "nl"}[words.split(maxsplit=1)[0]]: 1.0}


def routed(default: Engine, **routes: Engine) -> RoutedEngine:
    return RoutedEngine(default, routes, Identifier(by_first_word, supported(default, routes)))


def answers(engine: Engine, texts: Sequence[str], hints: Sequence[Hint] | None = None) -> Results:
    with InferenceThread(engine, tries=1) as inference:
        return inference.submit(texts, hints=hints or [Hint()] * len(texts)).result()


def test_an_unsupported_language_is_unscored_and_costs_no_model() -> None:
    engine = Fixed("m@1", ["en", "pl"], (0.9, 0.05, 0.05))
    results = answers(routed(engine), [DUTCH, ENGLISH, DUTCH, "👍"])
    unscored = Score(label=Label.UNSCORED, probabilities=(), model="m@1", language="nl")
    assert results[0] == results[2] == unscored
    assert [r.language for r in results if isinstance(r, Score)] == ["nl", "en", "nl", None]
    assert [r.label for r in results if isinstance(r, Score)][1::2] == [Label.NEGATIVE] * 2
    assert engine.asked == [ENGLISH, "👍"]


def test_the_calibration_is_that_of_the_language() -> None:
    engine = Fixed("m@1", ["en", "pl"], (0.9, 0.09, 0.01))
    english, polish = answers(routed(engine), [ENGLISH, POLISH])
    assert isinstance(english, Score)
    assert isinstance(polish, Score)
    assert english.probabilities == (0.9, 0.09, 0.01)
    assert polish.probabilities == (0.7034, 0.2224, 0.0741)


def test_a_language_with_a_model_of_its_own_goes_there() -> None:
    default = Fixed("all@1", ["en"], (0.9, 0.05, 0.05))
    polish = Fixed("polish@2", ["pl"], (0.0, 0.0, 1.0))
    engine = routed(default, pl=polish)
    found = answers(engine, [POLISH, ENGLISH, DUTCH])
    assert [r.model for r in found if isinstance(r, Score)] == ["polish@2", "all@1", "all@1"]
    assert [r.label for r in found if isinstance(r, Score)] == [
        Label.POSITIVE,
        Label.NEGATIVE,
        Label.UNSCORED,
    ]
    assert (default.asked, polish.asked) == ([ENGLISH], [POLISH])
    assert engine.languages == {"en", "pl"}


def test_one_text_asked_of_two_models_is_remembered_apart() -> None:
    default, polish = Fixed("a@1", [], (1.0, 0.0, 0.0)), Fixed("b@1", [], (0.0, 0.0, 1.0))
    engine = routed(default, pl=polish)
    hints = [Hint("en"), Hint("pl"), Hint("en"), Hint("pl")]
    short = RoutedEngine(default, {"pl": polish}, Identifier(lambda words: {}, []))
    found = answers(short, ["ok"] * 4, hints)
    assert [r.model for r in found if isinstance(r, Score)] == ["a@1", "b@1", "a@1", "b@1"]
    assert (default.asked, polish.asked) == (["ok"], ["ok"])
    assert engine.languages == frozenset()


def test_an_engine_for_any_text_looks_for_no_language() -> None:
    (result,) = answers(HashEngine(), [DUTCH], [Hint("nl")])
    assert isinstance(result, Score)
    assert (result.language, result.model) == (None, "hash@1")
    assert result.label is not Label.UNSCORED


def test_a_language_given_as_known_is_believed() -> None:
    engine = Fixed("m@1", ["en", "pl"], (0.9, 0.09, 0.01))
    with InferenceThread(routed(engine)) as inference:
        (result,) = inference.submit([ENGLISH], ["pl"]).result()
        (dutch,) = inference.submit([DUTCH], ["nl"]).result()
        (unknown,) = inference.submit([DUTCH], ["*"]).result()
    assert isinstance(result, Score)
    assert isinstance(dutch, Score)
    assert isinstance(unknown, Score)
    assert result.probabilities == (0.7034, 0.2224, 0.0741)
    assert dutch.label is Label.NEGATIVE  # whoever says the language wants the score
    assert unknown.language is None


def test_a_bad_text_of_one_model_leaves_the_other_alone() -> None:
    polish = Fixed("b@1", ["pl"], (0.0, 0.0, 1.0))
    default = HashEngine(markers=True)
    identifier = Identifier(by_first_word, [])
    engine = RoutedEngine(default, {"pl": polish}, identifier)
    bad = f"{ENGLISH} [[raise]]"
    found = answers(engine, [bad, POLISH, ENGLISH])
    assert [isinstance(result, Failure) for result in found] == [True, False, False]


def test_fewer_hints_than_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        answers(routed(Fixed("m@1", ["en"], (1.0, 0.0, 0.0))), [ENGLISH, POLISH], [Hint()])


def test_a_model_for_a_language_it_was_not_tried_on_is_refused() -> None:
    default = Fixed("m@1", ["en"], (1.0, 0.0, 0.0))
    with pytest.raises(ModelError, match=r"scorer\.models\.pl: m@1 was tried on en alone; name"):
        RoutedEngine(default, {"pl": default})


def test_a_hang_names_the_model_that_hangs() -> None:
    polish = HashEngine(markers=True)
    default = Fixed("m@1", ["en"], (1.0, 0.0, 0.0))
    inference = InferenceThread(routed(default, pl=polish), timeout_s=0.2)
    future = inference.submit([f"{POLISH} [[hang]]"], hints=[Hint()])
    with pytest.raises(ModelError, match="engine hash@1 gave no answer"):
        future.result(timeout=30)
    with pytest.raises(ModelError, match="engine hash@1 gave no answer"):
        inference.submit([ENGLISH], hints=[Hint()]).result(timeout=30)


def test_a_broken_model_of_a_language_is_named_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"scorer\.models\.pl: the model folder .*/nowhere: is no"):
        load_engine("transformer", models={"pl": tmp_path / "nowhere"})
