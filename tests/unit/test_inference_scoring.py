"""Guards around an engine: a bad text fails alone, a sick engine fails the process, a hang ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from app.errors import ModelError
from app.inference.calibration import Calibration, Probabilities
from app.inference.engine import Failure, Score
from app.inference.hash import HashEngine, hash_probabilities
from app.inference.negative_errors import NegativeErrors
from app.inference.scoring import InferenceThread, Results, score_texts

GOOD = [f"good text {number}" for number in range(40)]


class Recording:
    """A hash engine with markers that remembers its calls and may misbehave first."""

    model = "recording@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages: frozenset[str] = frozenset()

    def __init__(self, before: Callable[[Sequence[str]], None] | None = None) -> None:
        self.calls: list[list[str]] = []
        self._before = before
        self._engine = HashEngine(markers=True)

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        self.calls.append(list(texts))
        if self._before:
            self._before(texts)
        return self._engine.score(texts)


def failures(results: Results) -> list[int]:
    return [place for place, result in enumerate(results) if isinstance(result, Failure)]


def require_hash_scores(texts: Sequence[str], results: Results) -> None:
    for text, result in zip(texts, results, strict=True):
        if isinstance(result, Score):
            assert result.probabilities == hash_probabilities(text)
            assert result.model == "recording@1"


def require_release(release: threading.Event) -> None:
    assert release.wait(30)


@pytest.mark.parametrize("marker", ["[[raise]]", "[[nan]]", "[[short]]"])
@pytest.mark.parametrize("bad", [{0}, {17}, {39}, {3, 4, 30}])
def test_only_the_bad_text_fails(marker: str, bad: set[int]) -> None:
    engine = Recording()
    texts = [f"{marker} {text}" if place in bad else text for place, text in enumerate(GOOD)]
    results = score_texts(engine, texts, tries=3)
    assert failures(results) == sorted(bad)
    require_hash_scores(texts, results)
    for place in bad:
        assert engine.calls.count([texts[place]]) == 3


def test_a_failure_says_what_happened_and_never_quotes_the_text() -> None:
    (result,) = score_texts(Recording(), ["secret words [[raise]]"], tries=2)
    assert result == Failure(detail="the engine raised RuntimeError", tries=2)


def test_a_passing_failure_costs_no_text() -> None:
    left = [4]

    def stumble(texts: Sequence[str]) -> None:
        if left[0]:
            left[0] -= 1
            raise MemoryError

    results = score_texts(Recording(stumble), GOOD, tries=3)
    assert failures(results) == []
    require_hash_scores(GOOD, results)


def test_an_engine_that_fails_on_everything_is_a_model_error_not_dead_letters() -> None:
    def fail(texts: Sequence[str]) -> None:
        raise ValueError("broken for good")

    with pytest.raises(ModelError, match=r"harmless text.*ValueError.*check memory"):
        score_texts(Recording(fail), GOOD)


def test_a_model_error_of_the_engine_passes_through_at_once() -> None:
    def fail(texts: Sequence[str]) -> None:
        raise ModelError("the device is gone: restart")

    engine = Recording(fail)
    with pytest.raises(ModelError, match="device is gone"):
        score_texts(engine, GOOD)
    assert len(engine.calls) == 1


def test_copies_are_scored_once_and_remembered() -> None:
    engine = Recording()
    with InferenceThread(engine) as inference:
        first = inference.submit(["a", "b", "a", "a"]).result()
        second = inference.submit(["b", "c"]).result()
    assert engine.calls == [["a", "b"], ["c"]]
    require_hash_scores(["a", "b", "a", "a"], first)
    require_hash_scores(["b", "c"], second)


def test_failures_are_not_remembered() -> None:
    engine = Recording()
    with InferenceThread(engine, tries=1) as inference:
        assert failures(inference.submit(["[[nan]]"]).result()) == [0]
        assert failures(inference.submit(["[[nan]]"]).result()) == [0]
    assert engine.calls.count(["[[nan]]"]) == 2


def test_no_texts_need_no_engine() -> None:
    engine = Recording()
    assert score_texts(engine, []) == []
    assert engine.calls == []


def test_a_hang_fails_every_waiting_batch_and_every_later_one() -> None:
    inference = InferenceThread(HashEngine(markers=True), timeout_s=0.2)
    futures = [inference.submit(["[[hang]]"]), inference.submit(["waiting"])]
    for future in futures:
        with pytest.raises(ModelError, match=r"no answer in 0\.2 s"):
            future.result()
    with pytest.raises(ModelError, match="start the worker again"):
        inference.submit(["too late"]).result()
    inference.close()


def test_slow_but_within_the_limit_is_no_hang() -> None:
    results = score_texts(HashEngine(markers=True), ["[[sleep 0.05]]", "a"], timeout_s=30.0)
    assert failures(results) == []


async def test_a_batch_can_be_awaited_while_the_loop_runs_on() -> None:
    release = threading.Event()
    engine = Recording(lambda _: require_release(release))
    with InferenceThread(engine) as inference:
        future = asyncio.wrap_future(inference.submit(["a"]))
        await asyncio.sleep(0)
        assert not future.done()
        release.set()
        require_hash_scores(["a"], await future)


async def test_a_cancelled_batch_does_not_stop_the_next() -> None:
    release = threading.Event()
    engine = Recording(lambda _: require_release(release))
    with InferenceThread(engine) as inference:
        cancelled = asyncio.wrap_future(inference.submit(["a"]))
        following = asyncio.wrap_future(inference.submit(["b"]))
        cancelled.cancel()
        release.set()
        require_hash_scores(["b"], await following)
