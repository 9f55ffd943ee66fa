"""Scoring with guards: copies once, a bad text alone, a hang ended, all on one thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from types import TracebackType
from typing import NamedTuple, Self

from app.core.mention import Label
from app.errors import ModelError
from app.inference.batcher import dedupe
from app.inference.cache import ScoreCache
from app.inference.calibration import OTHERS
from app.inference.engine import Answer, Engine, Failure, Score, answers_of
from app.inference.isolation import Outcome, isolate
from app.inference.language.identify import Hint
from app.inference.routing import RoutedEngine

Results = list[Score | Failure]

_CACHED_TEXTS = 8192  # about 3 MB
_JOIN_STEP_S = 0.1


class _Job(NamedTuple):
    texts: list[str]
    languages: list[str] | None
    hints: list[Hint] | None
    future: Future[Results]


def score_texts(
    engine: Engine, texts: Sequence[str], *, tries: int = 3, timeout_s: float = 60.0
) -> Results:
    """Return one Score or Failure a text, in order, waiting for it. For scripts and commands.

    Raises ModelError when the engine is broken, or when one call of it takes over ``timeout_s``.
    """
    with InferenceThread(engine, tries=tries, timeout_s=timeout_s) as inference:
        return inference.submit(texts).result()


class InferenceThread:
    """One daemon thread that owns the engine; batches wait their turn in the order given.

    A daemon, because a hung model can't be stopped from inside: the process ends with the
    ModelError instead, and the thread must not hold it back.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        tries: int = 3,
        timeout_s: float = 60.0,
        cached_texts: int = _CACHED_TEXTS,
    ) -> None:
        self._engine = engine if isinstance(engine, RoutedEngine) else RoutedEngine(engine)
        self._tries = tries
        self._timeout_s = timeout_s
        self._cache = ScoreCache(cached_texts)
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._hung: threading.Event = threading.Event()
        self._hung_model = ""
        self._lock = threading.Lock()
        self._pending: list[Future[Results]] = []
        self._thread = threading.Thread(target=self._run, name="inference", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def submit(
        self,
        texts: Sequence[str],
        languages: Sequence[str] | None = None,
        hints: Sequence[Hint] | None = None,
    ) -> Future[Results]:
        """Queue a batch; the future holds one Score or Failure a text, in order.

        ``languages``: ISO 639-1, one a text, taken as known: its engine and calibration.
        ``hints``: one a text, from which its language is told; a text of a language that is not
        supported is ``unscored`` then. With neither, a text is scored whatever its language.

        The future raises ModelError when the engine is broken or a call of it took over
        ``timeout_s``; so does every later one. ``asyncio.wrap_future`` makes it awaitable.
        """
        future: Future[Results] = Future()
        with self._lock:
            if self._hung.is_set():
                future.set_exception(self._hang_error())
                return future
            self._pending.append(future)
        known = None if languages is None else list(languages)
        self._jobs.put(_Job(list(texts), known, None if hints is None else list(hints), future))
        return future

    def close(self) -> None:
        """Let the thread end after the batches already queued, and wait for it unless it hangs.

        An interpreter that ends while the thread still runs may abort inside torch.
        """
        self._jobs.put(None)
        while self._thread.is_alive() and not self._hung.is_set():
            self._thread.join(timeout=_JOIN_STEP_S)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None and not self._hung.is_set():
            future = job.future
            try:
                results = self._results(job)
            except BaseException as error:  # the future is the only way out of this thread
                self._settle(future, error)
            else:
                self._settle(future, results)

    def _results(self, job: _Job) -> Results:
        languages = self._languages(job)
        asked: dict[Engine, list[int]] = {}
        for place, language in enumerate(languages):
            if job.hints is None or self._engine.supports(language):
                asked.setdefault(self._engine.of(language), []).append(place)
        answers: dict[int, Outcome] = {}
        for engine, places in asked.items():
            found = self._answers(engine, [job.texts[place] for place in places])
            answers.update(zip(places, found, strict=True))
        return [
            self._result(answers.get(place), language) for place, language in enumerate(languages)
        ]

    def _languages(self, job: _Job) -> Sequence[str | None]:
        if job.hints is not None:
            return self._engine.languages_of(job.texts, job.hints)
        if job.languages is not None:
            return [None if language == OTHERS else language for language in job.languages]
        return [None] * len(job.texts)

    def _answers(self, engine: Engine, texts: list[str]) -> list[Outcome]:
        unique, places = dedupe(texts)
        known: dict[int, Outcome] = {
            place: kept
            for place, text in enumerate(unique)
            if (kept := self._cache.get(_cached(engine, text))) is not None
        }
        missing = [place for place in range(len(unique)) if place not in known]
        fresh = self._fresh(engine, [unique[place] for place in missing])
        known.update(zip(missing, fresh, strict=True))
        return [known[place] for place in places]

    def _result(self, answer: Outcome | None, language: str | None) -> Score | Failure:
        if isinstance(answer, Failure):
            return answer
        engine = self._engine.of(language)
        if answer is None:
            return Score(
                label=Label.UNSCORED, probabilities=(), model=engine.model, language=language
            )
        known = language or OTHERS
        probabilities = engine.calibration.probabilities(answer.probabilities, known)
        label = engine.calibration.label(probabilities, known)
        return Score(
            label=label,
            probabilities=probabilities,
            model=engine.model,
            language=language,
            negative_errors=engine.negative_errors.of(label, language),
            subjects=answer.subjects,
        )

    def _fresh(self, engine: Engine, texts: list[str]) -> list[Outcome]:
        if not texts:
            return []
        answers = isolate(engine, texts, self._tries, partial(self._timed_call, engine))
        for text, answer in zip(texts, answers, strict=True):
            if not isinstance(answer, Failure):
                self._cache.put(_cached(engine, text), answer)
        return answers

    def _timed_call(self, engine: Engine, texts: Sequence[str]) -> list[Answer]:
        alarm = threading.Timer(self._timeout_s, self._give_up, [engine.model])
        alarm.daemon = True
        alarm.start()
        try:
            return answers_of(engine, texts)
        finally:
            alarm.cancel()

    def _give_up(self, model: str) -> None:
        with self._lock:
            self._hung_model = model
            self._hung.set()
            waiting, self._pending = self._pending, []
        for future in waiting:
            _set(future, self._hang_error())

    def _hang_error(self) -> ModelError:
        return ModelError(
            f"the sentiment engine {self._hung_model} gave no answer in {self._timeout_s:g} s:"
            " start the worker again; if it recurs, lower scorer.batch_max"
            " or raise scorer.engine_timeout_s"
        )

    def _settle(self, future: Future[Results], outcome: Results | BaseException) -> None:
        with self._lock:
            if future not in self._pending:
                return  # given up on while it ran
            self._pending.remove(future)
        _set(future, outcome)


def _cached(engine: Engine, text: str) -> str:
    return f"{engine.model}\n{text}"


def _set(future: Future[Results], outcome: Results | BaseException) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
