"""How the reader of themes and flags is made: its labels, its figures and its lines."""

from __future__ import annotations

import json

import numpy
import pytest

from app.core.flags import FLAGS
from app.core.themes import THEMES
from app.inference.themes import LANGUAGES
from app.training.subject_texts import labelled
from benchmarks import flag_accuracy, theme_accuracy


def test_every_text_that_is_learnt_from_has_known_labels_and_is_in_no_test_set() -> None:
    learnt = list(labelled())
    assert {one.language for one in learnt} == set(LANGUAGES)
    assert {theme for one in learnt for theme in one.themes} == set(THEMES)
    assert {flag for one in learnt for flag in one.flags} == set(FLAGS)
    tested = set(theme_accuracy.texts_of(theme_accuracy.LABELS).values())
    lines = flag_accuracy.LABELS.read_text("utf-8").splitlines()
    tested |= {json.loads(line)["text"] for line in lines}
    assert len(tested) == 629 + 306
    assert tested.isdisjoint(one.text for one in learnt)


def test_figures_weigh_recall_by_beta() -> None:
    torch = pytest.importorskip("torch")
    assert torch
    from app.training.subjects import figures

    truth = numpy.array([True, True, True, True, False, False])
    told = numpy.array([True, True, False, False, False, True])
    assert figures(truth, told, 1.0) == (0.667, 0.5, 0.571)
    assert figures(truth, told, 2.0) == (0.667, 0.5, 0.526)
    assert figures(truth & ~truth, told & ~told, 1.0) == (0.0, 0.0, 0.0)


def test_a_reader_learns_what_is_in_the_state_of_a_single_token() -> None:
    torch = pytest.importorskip("torch")
    from app.training import subjects

    generator = torch.Generator().manual_seed(1)
    states = [torch.randn((4, 32), generator=generator).bfloat16() for _ in range(640)]
    labels = torch.zeros((640, len(THEMES + FLAGS)))
    for row in range(0, 640, 2):
        states[row][2, :8] += 4.0
        labels[row, 0] = 1.0
    sheet = subjects.Sheet(states, labels, torch.zeros_like(labels))
    reader = subjects.trained(sheet, list(range(320)), seed=1)
    unseen = list(range(320, 640))
    logits = subjects.logits_of(reader, sheet, unseen)
    rest = subjects.Sheet(states[320:], labels[320:], sheet.worded[320:])
    told = logits[:, 0] >= subjects.lines_of(logits, rest)["delivery"]
    assert subjects.figures(labels[320:, 0].numpy() > 0, told, 1.0).f_beta > 0.95
