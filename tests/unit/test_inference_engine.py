"""Labels, what counts as a score, and the hash engine with its faults."""

from __future__ import annotations

import math
import subprocess
import sys
from collections import Counter

import pytest

from app.core.mention import Label
from app.errors import ModelError
from app.inference.calibration import Calibration
from app.inference.engine import Engine, fault_of
from app.inference.hash import HashEngine, hash_probabilities
from app.inference.load import load_engine

TEXTS = [f"mention number {number}" for number in range(3_000)]


@pytest.mark.parametrize(
    ("probabilities", "label"),
    [
        ((0.9, 0.05, 0.05), Label.NEGATIVE),
        ((0.2, 0.6, 0.2), Label.NEUTRAL),
        ((0.1, 0.2, 0.7), Label.POSITIVE),
        ((0.4999, 0.3, 0.2001), Label.UNCERTAIN),
        ((0.5, 0.0, 0.5), Label.NEGATIVE),
    ],
)
def test_the_likeliest_label_wins_from_a_half(
    probabilities: tuple[float, float, float], label: Label
) -> None:
    assert Calibration().label(probabilities, "en") is label


@pytest.mark.parametrize(
    "answer",
    [(), (0.5, 0.5), (0.2,) * 5, (math.nan,) * 3, (math.inf, 0, 0), (-0.1, 0.6, 0.5), (0.5,) * 3],
)
def test_what_is_no_score_is_named(answer: tuple[float, ...]) -> None:
    assert fault_of(answer)


def test_hash_scores_are_scores_spread_over_all_labels() -> None:
    scores = HashEngine().score(TEXTS)
    assert [fault_of(score) for score in scores] == [None] * len(TEXTS)
    labels = Counter(Calibration().label(score, "en") for score in scores)
    assert min(labels.values()) > len(TEXTS) * 0.1
    assert labels.keys() == set(Label) - {Label.UNSCORED}


def test_a_hash_score_depends_on_its_text_alone() -> None:
    engine: Engine = HashEngine()
    assert engine.score(TEXTS[::-1])[::-1] == [engine.score([text])[0] for text in TEXTS]
    assert hash_probabilities("Paczka nie doszła") == (0.1246, 0.8045, 0.0709)


def test_markers_are_plain_text_unless_asked_for() -> None:
    assert HashEngine().score(["[[raise]]"]) == [hash_probabilities("[[raise]]")]
    with pytest.raises(RuntimeError, match="a marker"):
        HashEngine(markers=True).score(["[[raise]]"])


def test_markers_order_nan_short_answers_and_delay() -> None:
    engine = HashEngine(markers=True)
    assert math.isnan(engine.score(["[[nan]]"])[0][0])
    assert len(engine.score(["a", "[[short]]"])) == 1
    assert engine.score(["[[sleep 0.001]]"]) == [hash_probabilities("[[sleep 0.001]]")]


def test_an_engine_is_loaded_by_name() -> None:
    assert load_engine("hash").model == "hash@1"
    with pytest.raises(ModelError, match="use 'transformer' or 'hash'"):
        load_engine("bert")


def test_torch_waits_for_the_transformer_engine() -> None:
    code = (
        "import sys; import app.inference.scoring, app.inference.transformer;"
        "from app.inference.load import load_engine; load_engine('hash');"
        "sys.exit(bool({'torch', 'tokenizers', 'numpy', 'safetensors'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
