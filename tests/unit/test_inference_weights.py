"""A model folder is what its manifest says, or the process does not start (M3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from safetensors.numpy import save

from app.errors import ModelError
from app.inference import subjects
from app.inference.load import load_engine
from app.inference.negative_errors import FILE
from app.inference.weights import (
    BUNDLED,
    CONFIG,
    LABELS,
    MANIFEST,
    TOKENIZER,
    WEIGHTS,
    ModelFolder,
    StoredWeights,
    four_bit_rows,
)

CONTENT = {
    CONFIG: b'{"model_type": "bert", "hidden_act": "gelu", "num_hidden_layers": 1,'
    b' "num_attention_heads": 2, "hidden_size": 32, "layer_norm_eps": 1e-12, "pad_token_id": 1}',
    TOKENIZER: b"{}",
    WEIGHTS: save({"head.weight|f": numpy.zeros((3, 32), dtype="float16")}),
}


def write_manifest(folder: Path, **changes: object) -> None:
    files = {
        name: {
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
            "size_bytes": (folder / name).stat().st_size,
        }
        for name in CONTENT
    }
    manifest = {"id": "tiny", "labels": list(LABELS), "max_tokens": 32, "license": "MIT"}
    document = manifest | {"attribution": [], "files": files} | changes
    (folder / MANIFEST).write_text(json.dumps(document))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in CONTENT.items():
        (tmp_path / name).write_bytes(content)
    write_manifest(tmp_path)
    return tmp_path


def test_a_whole_folder_is_read(folder: Path) -> None:
    opened = ModelFolder(folder)
    manifest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    assert opened.model == f"tiny@{manifest[:12]}"
    assert opened.architecture().hidden_size == 32
    assert StoredWeights(opened).take("head.weight").dtype == numpy.float32


def test_the_bundled_folder_is_as_its_manifest_says() -> None:
    bundled = ModelFolder(BUNDLED)
    for name, entry in bundled.manifest.files.items():
        assert len(bundled.read(name)) == entry.size_bytes
    assert bundled.manifest.labels == LABELS
    assert {path.name for path in BUNDLED.iterdir()} == {
        *bundled.manifest.files,
        MANIFEST,
        "MODEL_CARD.md",
        FILE,
        subjects.FILE,
        subjects.WEIGHTS,
    }


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere.*unset scorer\.model"):
        load_engine("transformer", model=tmp_path / "nowhere")


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS, TOKENIZER, CONFIG])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} can't be read.*restore the folder"):
        ModelFolder(folder)


@pytest.mark.parametrize("name", list(CONTENT))
def test_a_changed_byte_is_seen(folder: Path, name: str) -> None:
    content = bytearray(CONTENT[name])
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=rf"{name} has another sha256"):
        ModelFolder(folder).read(name)


def test_a_file_cut_short_is_seen(folder: Path) -> None:
    (folder / WEIGHTS).write_bytes(CONTENT[WEIGHTS][:-10])
    with pytest.raises(ModelError, match=rf"{WEIGHTS} has \d+ bytes, not \d+"):
        ModelFolder(folder)


@pytest.mark.parametrize("content", [b"", CONTENT[WEIGHTS][:-10], b"PK\x03\x04" * 20])
def test_weights_that_are_no_safetensors_are_refused(folder: Path, content: bytes) -> None:
    (folder / WEIGHTS).write_bytes(content)
    write_manifest(folder)
    with pytest.raises(ModelError, match=f"{WEIGHTS} is no safetensors file"):
        StoredWeights(ModelFolder(folder))


@pytest.mark.parametrize("name", ["pytorch_model.bin", "net.PT", "head.pkl", "a.joblib"])
def test_a_pickle_in_the_folder_is_refused_unread(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(ModelError, match=f"{name} may hold a pickle"):
        load_engine("transformer", model=folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": ["negative", "positive"]}, "does not list the labels"),
        ({"labels": ["negative", "neutral", "neutral"]}, "does not list the labels"),
        ({"labels": ["bad", "neutral", "good"]}, "manifest.json is not as declared"),
        ({"files": {}}, "manifest.json does not name"),
        ({"max_tokens": "many"}, "manifest.json is not as declared"),
    ],
)
def test_a_manifest_that_can_not_be_meant_is_refused(
    folder: Path, changes: dict[str, object], message: str
) -> None:
    write_manifest(folder, **changes)
    with pytest.raises(ModelError, match=message):
        StoredWeights(ModelFolder(folder))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"gelu", b"relu"),
        lambda text: text.replace(b'"bert"', b'"gpt2"'),
        lambda text: text.replace(b'"hidden_size": 32', b'"hidden_size": "x"'),
        lambda text: text[:-1],
    ],
)
def test_another_architecture_is_refused(folder: Path, change: Callable[[bytes], bytes]) -> None:
    (folder / CONFIG).write_bytes(change(CONTENT[CONFIG]))
    write_manifest(folder)
    with pytest.raises(ModelError, match=CONFIG):
        ModelFolder(folder).architecture()


def test_a_tensor_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks head\.bias"):
        StoredWeights(ModelFolder(folder)).take("head.bias")


def test_blocks_of_four_bits_unpack_to_steps_from_eight() -> None:
    scale = numpy.array([0.5], dtype="<f2").view("uint8")
    steps = numpy.arange(16, dtype="uint8")
    block = numpy.concatenate([scale, steps | (15 - steps) << 4])
    expected = numpy.concatenate([steps, 15 - steps]).astype("float32")
    weights = four_bit_rows(numpy.stack([numpy.tile(block, 2)] * 3))
    assert weights.shape == (3, 64)
    assert (weights == numpy.tile((expected - 8) * 0.5, 2)).all()
