"""Raw probabilities become calibrated ones and a label, by language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.mention import Label
from app.inference.calibration import OTHERS, Calibration
from app.inference.text import prepared

RAW = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0)).filter(
    lambda values: sum(values) > 0.01
)


@given(RAW, st.floats(0.2, 8.0))
def test_calibrated_probabilities_sum_to_one_and_keep_their_order(
    values: tuple[float, float, float], temperature: float
) -> None:
    raw = [value / sum(values) for value in values]
    found = Calibration(temperature={OTHERS: temperature}).probabilities(raw, "pl")
    assert sum(found) == pytest.approx(1.0, abs=2e-4)
    ordered = sorted(range(3), key=lambda place: raw[place])
    assert found[ordered[0]] <= found[ordered[1]] <= found[ordered[2]]


def test_a_language_has_its_own_temperature_and_thresholds() -> None:
    calibration = Calibration(
        temperature={OTHERS: 1.0, "pl": 2.0},
        certain_from={OTHERS: 0.5, "hi": 0.8},
        positive_from={OTHERS: 0.7},
    )
    raw = (0.9, 0.09, 0.01)
    assert calibration.probabilities(raw, "de") == raw
    assert calibration.probabilities(raw, "pl")[0] < 0.75
    assert calibration.label((0.75, 0.15, 0.1), "de") is Label.NEGATIVE
    assert calibration.label((0.75, 0.15, 0.1), "hi") is Label.UNCERTAIN
    assert calibration.label((0.2, 0.15, 0.65), "de") is Label.UNCERTAIN
    assert calibration.label((0.1, 0.15, 0.75), "de") is Label.POSITIVE


def test_a_tie_goes_to_the_more_negative_label() -> None:
    assert Calibration().label((0.5, 0.0, 0.5), "en") is Label.NEGATIVE


@pytest.mark.parametrize(
    ("calibration", "fault"),
    [
        (Calibration(temperature={"pl": 1.0}), "temperature has no entry '*'"),
        (Calibration(temperature={OTHERS: 0.0}), "temperature has a value outside 0..100"),
        (Calibration(certain_from={OTHERS: 1.5}), "certain_from has a value outside 0..1"),
        (Calibration(positive_from={OTHERS: float("nan")}), "positive_from has a value outside"),
    ],
)
def test_tables_that_make_no_sense_are_named(calibration: Calibration, fault: str) -> None:
    assert fault in str(calibration.fault())
    assert Calibration().fault() is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@anna_b thanks!", "@user thanks!"),
        ("see https://shop.example/a?b=1 now", "see http now"),
        ("it\\u2019s &amp;amp; done", "it’s & done"),
        ("so   many\n\tspaces ", "so many spaces"),
        ("angry 😡 stays", "angry 😡 stays"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("", ""),
    ],
)
def test_a_text_is_prepared(text: str, expected: str) -> None:
    assert prepared(text) == expected


def test_a_long_text_is_cut_before_it_is_worked_on() -> None:
    assert len(prepared("a" * 1_000_000)) == 20_000
