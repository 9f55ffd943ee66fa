"""Which precision is taken: what the machine can do, agrees and gains; and it is remembered."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from app.errors import ModelError
from app.inference import dense, precision
from app.inference.calibration import Calibration, Probabilities
from app.inference.dense import Precision
from app.inference.folders import cache_folder
from app.inference.load import load_engine
from app.inference.negative_errors import NegativeErrors
from app.inference.precision import Trial, best, possible, require, suited, trials
from app.inference.sample import SAMPLE
from app.inference.weights import BUNDLED, ModelFolder

EXACT = Trial(precision="fp32", texts_per_s=50, agreement=1)


class Leaning:
    """An engine that adds the same to each text's negative probability."""

    model = "leaning@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages: frozenset[str] = frozenset()

    def __init__(self, lean: float) -> None:
        self.lean = lean

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        return [(0.4 + self.lean, 0.4 - self.lean, 0.2) for _ in texts]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(precision, "possible", lambda _: ["fp32", "bf16"])
    return ModelFolder(BUNDLED)


@pytest.mark.parametrize(
    ("speed", "agreement", "drift", "chosen"),
    [
        (150, 1.0, 0.001, "bf16"),
        (150, 0.98, 0.001, "fp32"),
        (150, 1.0, 0.007, "fp32"),
        (55, 1.0, 0.001, "fp32"),
    ],
)
def test_a_form_is_taken_when_it_agrees_and_gains(
    speed: float, agreement: float, drift: float, chosen: str
) -> None:
    half = Trial(precision="bf16", texts_per_s=speed, agreement=agreement, drift=drift)
    assert best([EXACT, half]).precision == chosen
    assert (half.fault(EXACT) is None) == (chosen == "bf16")


def test_of_two_good_forms_the_preferred_one_is_taken_not_the_faster() -> None:
    eight = Trial(precision="int8", texts_per_s=200, agreement=1)
    half = Trial(precision="bf16", texts_per_s=150, agreement=1)
    assert best([EXACT, eight, half]) is half


def test_a_trial_holds_the_answers_against_the_exact_ones() -> None:
    exact, near, far = trials(
        lambda name: Leaning({"fp32": 0.01, "int8": 0.02, "bf16": -0.01}[name]),
        ["fp32", "int8", "bf16"],
    )
    assert (exact.agreement, exact.drift) == (1.0, 0.0)
    assert [near.agreement, far.agreement] == [1.0, 0.0]
    assert [near.drift, far.drift] == pytest.approx([0.02 / 3, 0.04 / 3])


def test_the_choice_is_made_once_a_machine(folder: ModelFolder) -> None:
    made: list[str] = []

    def make(name: Precision) -> Leaning:
        made.append(name)
        return Leaning(0.01 if name == "fp32" else -0.01)

    assert suited(folder, make) == suited(folder, make) == "fp32"
    assert made == ["fp32", "bf16"]


@pytest.mark.parametrize("content", [b"", b"\xff", b'"fp64"', b'"int8"', b"[]"])
def test_a_choice_kept_badly_is_made_again(folder: ModelFolder, content: bytes) -> None:
    def make(name: Precision) -> Leaning:
        return Leaning(0.01 if name == "fp32" else -0.01)

    suited(folder, make)
    (kept,) = (cache_folder() / "precisions").iterdir()
    kept.write_bytes(content)
    assert suited(folder, make) == "fp32"
    assert kept.read_bytes() == b'"fp32"'


def test_a_form_that_fails_is_passed_over_and_tried_again_the_next_time(
    folder: ModelFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "possible", lambda _: ["fp32", "cuda-fp16"])

    def make(name: Precision) -> Leaning:
        if name == "cuda-fp16":
            raise ModelError("the GPU is full")
        return Leaning(0.01)

    failed = trials(make, ["fp32", "cuda-fp16"])[1]
    assert failed.fault(EXACT) == "the GPU is full"
    assert suited(folder, make) == "fp32"
    assert not (cache_folder() / "precisions").exists()


def test_a_folder_that_fails_is_not_passed_over(folder: ModelFolder) -> None:
    def make(name: Precision) -> Leaning:
        raise ModelError(f"no weights for {name}")

    with pytest.raises(ModelError, match="no weights for fp32"):
        suited(folder, make)


def test_a_cache_that_can_not_be_written_is_done_without(
    folder: ModelFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert suited(folder, lambda name: Leaning(0.01 if name == "fp32" else -0.01)) == "fp32"


@pytest.mark.parametrize(
    ("features", "can"),
    [
        (["avx2", "AVX2"], ["fp32"]),
        (["avx2", "avx_vnni"], ["fp32", "int8"]),
        (["avx512_vnni", "amx_bf16"], ["fp32", "int8", "bf16"]),
        (["avx512_bf16"], ["fp32", "bf16"]),
        ([], ["fp32"]),
    ],
)
def test_a_form_is_possible_where_the_processor_has_units_for_it(
    features: list[str], can: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precision, "features", lambda: features)
    monkeypatch.setattr(precision, "_has_bfloat16", lambda: True)
    assert possible(ModelFolder(BUNDLED)) == can


def test_bfloat16_that_torch_may_not_use_is_not_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "features", lambda: ["amx_bf16"])
    monkeypatch.setattr(precision, "_has_bfloat16", lambda: False)
    assert possible(ModelFolder(BUNDLED)) == ["fp32"]


def test_an_impossible_precision_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "features", list)
    with pytest.raises(ModelError, match=r"can't run in bf16 here, only in fp32: set scorer\.prec"):
        require(ModelFolder(BUNDLED), "bf16")
    with pytest.raises(ModelError, match="can't run in int8 here"):
        load_engine("transformer", precision="int8")


def test_signed_and_shifted_bytes_give_the_same_product(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    weight, bias, hidden = torch.randn(48, 64), torch.randn(48), torch.randn(32, 64)
    weight[:, ::2] = 0  # pairs that no processor's 16 bits are too few for
    products = []
    for is_unsigned in (False, True):
        monkeypatch.setattr(dense, "_takes_unsigned", lambda given=is_unsigned: given)
        products.append(dense.dense(weight, bias, rows=32, precision="int8")(hidden))
    assert torch.equal(*products)
    assert torch.allclose(products[0], hidden @ weight.T + bias, atol=0.3)


@pytest.mark.parametrize(
    ("features", "is_unsigned"),
    [
        ({}, False),
        ({"avx_vnni": True}, True),
        ({"avx_vnni": True, "avx512_vnni": True}, True),
        ({"avx512_vnni": True}, True),
        ({"avx512_f": True, "avx2": True}, False),
    ],
)
def test_bytes_are_shifted_where_there_is_vnni(
    features: dict[str, bool], is_unsigned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    assert dense._takes_unsigned() is is_unsigned


def test_the_sample_has_no_text_twice() -> None:
    assert len(set(SAMPLE)) == len(SAMPLE) >= 50
