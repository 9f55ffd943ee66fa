"""The forms for a GPU, without one: their arithmetic on the processor, their places on no device.

What a real GPU answers, and how fast, is not tested here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from app.errors import ModelError
from app.inference import dense, encoder, foreign, precision, subjects, transformer
from app.inference.dense import Precision
from app.inference.encoder import Encoder
from app.inference.forward import Forward
from app.inference.transformer import load_transformer
from app.inference.weights import BUNDLED, ModelFolder
from tests.tiny_models import write_classifier, write_manifest

pytestmark = pytest.mark.slow

HALVES: tuple[Precision, ...] = ("cuda-bf16", "cuda-fp16")
TEXTS = [
    "Terrible service, I want my money back!",
    "Love it, thank you so much!",
    "Koszmar, telefon zepsuł się po dwóch dniach.",
    "Der neue Laden öffnet am Montag.",
    "late again",
]


def put(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dense, encoder, foreign, subjects):
        monkeypatch.setattr(module, "device_of", lambda _: torch.device(device))


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that says it has a GPU, whose work the processor does."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "none")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: True)
    put("cpu", monkeypatch)


@pytest.mark.parametrize("form", HALVES)
@pytest.mark.usefixtures("gpu")
def test_half_numbers_agree_with_float32(form: Precision) -> None:
    exact, half = load_transformer(precision="fp32"), load_transformer(precision=form)
    assert half.model == f"{exact.model}+{form}"
    allowed = 0.001 if form == "cuda-fp16" else 0.02
    for one, other in zip(exact.score(TEXTS), half.score(TEXTS), strict=True):
        assert other == pytest.approx(one, abs=allowed)
    assert [half.score([text])[0] for text in TEXTS] == half.score(TEXTS)


def test_every_tensor_of_a_pack_lies_on_the_forms_device(monkeypatch: pytest.MonkeyPatch) -> None:
    put("meta", monkeypatch)  # refuses to mix with another device, and computes nothing
    shares, logits = Encoder(ModelFolder(BUNDLED), "cuda-fp16")._pack([[0, 7, 2], [0, 7, 9, 2]])
    assert (shares.device.type, tuple(shares.shape)) == ("meta", (2, 3))
    assert logits is not None
    assert (logits.device.type, tuple(logits.shape)) == ("meta", (2, 15))


@pytest.mark.usefixtures("gpu")
def test_a_model_of_another_maker_runs_in_it_too(tmp_path: Path) -> None:
    folder = write_manifest(write_classifier(tmp_path))
    exact, half = (
        load_transformer(folder, precision="fp32"),
        load_transformer(folder, precision="cuda-bf16"),
    )
    assert half.score(["late again"])[0] == pytest.approx(exact.score(["late again"])[0], abs=0.02)


def test_without_a_gpu_its_forms_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match="can't run in cuda-fp16 here, only in fp32"):
        load_transformer(precision="cuda-fp16")


@pytest.mark.usefixtures("gpu")
def test_a_gpu_without_memory_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: ModelFolder, form: Precision) -> Forward:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(transformer, "forward_of", full)
    remedy = r"\(OutOfMemoryError\): see with nvidia-smi .* or set scorer\.precision to fp32"
    with pytest.raises(ModelError, match=remedy):
        load_transformer(precision="cuda-fp16")


@pytest.mark.usefixtures("gpu")
def test_with_a_gpu_its_forms_are_preferred() -> None:
    can = precision.possible(ModelFolder(BUNDLED))
    assert precision.candidates(can) == ["fp32", "cuda-bf16", "cuda-fp16"]
    assert precision.features()[-1] == "cuda none"
