"""Other makers' classifiers: scored as transformers scores them, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from app.errors import ModelError
from app.inference.checking import findings
from app.inference.transformer import load_transformer
from app.inference.weights import CONFIG, FOREIGN_WEIGHTS
from tests.tiny_models import write_classifier, write_manifest

TEXTS = ["late again", "the box came", "x" * 90, "", "nobody answers at all", "fine"]

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_manifest(write_classifier(tmp_path))


@pytest.mark.parametrize("family", ["bert", "xlm-roberta", "roberta"])
def test_a_classifier_scores_as_transformers_scores_it(tmp_path: Path, family: str) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    engine = load_transformer(write_manifest(write_classifier(tmp_path, family)), precision="fp32")
    plain = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    for tokens, score in zip(engine.tokens(TEXTS), engine.score(TEXTS), strict=True):
        with torch.inference_mode():
            expected = plain(input_ids=torch.tensor([tokens])).logits[0].softmax(-1).tolist()
        assert score == pytest.approx(expected, abs=1e-4)
    assert len(set(engine.score(TEXTS))) == len(TEXTS)


def test_company_changes_no_digit(folder: Path) -> None:
    engine = load_transformer(folder, precision="fp32")
    together = engine.score(TEXTS)
    assert [engine.score([text])[0] for text in TEXTS] == together
    assert engine.score(TEXTS[::-1])[::-1] == together


def test_rows_that_mean_one_label_are_added(tmp_path: Path) -> None:
    stars = [f"{count} stars" for count in range(1, 6)]
    meant = ["negative", "negative", "neutral", "positive", "positive"]
    write_classifier(tmp_path, names=stars)
    engine = load_transformer(write_manifest(tmp_path, labels=meant), precision="fp32")
    assert sum(engine.score(["late"])[0]) == pytest.approx(1)
    write_manifest(tmp_path, labels=[*meant[:2], "negative", "negative", "positive"])
    two = load_transformer(tmp_path, precision="fp32").score(["late"])[0]
    assert two[1] == 0
    assert two[0] + two[2] == pytest.approx(1)


def test_eight_bits_are_for_our_own_models(folder: Path) -> None:
    with pytest.raises(ModelError, match="org/tone can't run in int8 here, only in fp32"):
        load_transformer(folder, precision="int8")


@pytest.mark.parametrize("labels", [["negative", "positive"], ["negative", "positive"] * 2])
def test_a_wrong_count_of_labels_is_refused(folder: Path, labels: list[str]) -> None:
    write_manifest(folder, labels=labels)
    with pytest.raises(ModelError, match=f"its head has 3 labels, the manifest {len(labels)}"):
        load_transformer(folder, precision="fp32")


def test_labels_without_a_negative_one_are_refused(folder: Path) -> None:
    write_manifest(folder, labels=["neutral", "positive", "positive"])
    with pytest.raises(ModelError, match="the labels need negative and positive"):
        load_transformer(folder)


def test_code_of_a_folder_is_never_run(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    names = {"AutoModelForSequenceClassification": "modeling.Mine"}
    (folder / CONFIG).write_text(json.dumps(config | {"auto_map": names}))
    (folder / "modeling.py").write_text(f"open({str(folder / 'ran')!r}, 'w')")
    write_manifest(folder)
    with pytest.raises(ModelError, match="asks for code of its own, which is never run"):
        load_transformer(folder, precision="fp32")
    assert not (folder / "ran").exists()


def test_weights_without_a_head_are_not_filled_by_chance(folder: Path) -> None:
    weights = load_file(folder / FOREIGN_WEIGHTS)
    del weights["classifier.weight"]
    save_file(weights, folder / FOREIGN_WEIGHTS, {"format": "pt"})
    write_manifest(folder)
    with pytest.raises(ModelError, match=r"model\.safetensors lacks classifier\.weight"):
        load_transformer(folder, precision="fp32")


def test_weights_that_are_none_are_refused(folder: Path) -> None:
    (folder / FOREIGN_WEIGHTS).write_bytes(b"PK\x03\x04" * 99)
    write_manifest(folder)
    with pytest.raises(ModelError, match="transformers can't load it"):
        load_transformer(folder, precision="fp32")


def test_a_tokenizer_of_another_model_is_refused(folder: Path) -> None:
    config = json.loads((folder / CONFIG).read_text())
    (folder / CONFIG).write_text(json.dumps(config | {"vocab_size": 20}))
    weights = load_file(folder / FOREIGN_WEIGHTS)
    name = "bert.embeddings.word_embeddings.weight"
    save_file(weights | {name: weights[name][:20]}, folder / FOREIGN_WEIGHTS, {"format": "pt"})
    write_manifest(folder)
    with pytest.raises(ModelError, match=r"tokenizer\.json .*token 30, the weights know 20 tokens"):
        load_transformer(folder, precision="fp32")


def test_a_look_over_finds_nothing_wrong(folder: Path) -> None:
    assert [finding.fault for finding in findings(folder)] == [None] * 5


def test_a_look_over_names_what_is_wrong(folder: Path) -> None:
    content = bytearray((folder / FOREIGN_WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / FOREIGN_WEIGHTS).write_bytes(content)
    (wrong,) = [finding for finding in findings(folder) if finding.fault is not None]
    assert wrong.what == "sha256 of model.safetensors"
    (folder / "pytorch_model.bin").touch()
    (only,) = findings(folder)
    assert "may hold a pickle" in str(only.fault)
