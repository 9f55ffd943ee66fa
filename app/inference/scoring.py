"""Scoring with guards: copies once, a bad text alone, a hang ended, all on one thread."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from app.errors import ModelError
from app.inference.batcher import dedupe
from app.inference.cache import ScoreCache
from app.inference.engine import Engine, Failure, Probabilities, Score
from app.inference.isolation import isolate

Results = list[Score | Failure]

_CACHED_TEXTS = 8192  # about 3 MB
_JOIN_STEP_S = 0.1


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
        self._engine = engine
        self._tries = tries
        self._timeout_s = timeout_s
        self._cache = ScoreCache(cached_texts)
        self._jobs: SimpleQueue[tuple[list[str], Future[Results]] | None] = SimpleQueue()
        self._hung: threading.Event = threading.Event()
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

    def submit(self, texts: Sequence[str]) -> Future[Results]:
        """Queue a batch; the future holds one Score or Failure a text, in order.

        The future raises ModelError when the engine is broken or a call of it took over
        ``timeout_s``; so does every later one. ``asyncio.wrap_future`` makes it awaitable.
        """
        future: Future[Results] = Future()
        with self._lock:
            if self._hung.is_set():
                future.set_exception(self._hang_error())
                return future
            self._pending.append(future)
        self._jobs.put((list(texts), future))
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
            texts, future = job
            try:
                results = self._results(texts)
            except BaseException as error:  # the future is the only way out of this thread
                self._settle(future, error)
            else:
                self._settle(future, results)

    def _results(self, texts: list[str]) -> Results:
        unique, places = dedupe(texts)
        known: dict[int, Score | Failure] = {
            place: score
            for place, text in enumerate(unique)
            if (score := self._cache.get(text)) is not None
        }
        missing = [place for place in range(len(unique)) if place not in known]
        for place, result in zip(missing, self._fresh([unique[p] for p in missing]), strict=True):
            known[place] = result
        return [known[place] for place in places]

    def _fresh(self, texts: list[str]) -> Results:
        if not texts:
            return []
        results = isolate(self._engine, texts, self._tries, self._timed_call)
        for text, result in zip(texts, results, strict=True):
            if isinstance(result, Score):
                self._cache.put(text, result)
        return results

    def _timed_call(self, texts: Sequence[str]) -> list[Probabilities]:
        alarm = threading.Timer(self._timeout_s, self._give_up)
        alarm.daemon = True
        alarm.start()
        try:
            return self._engine.score(texts)
        finally:
            alarm.cancel()

    def _give_up(self) -> None:
        with self._lock:
            self._hung.set()
            waiting, self._pending = self._pending, []
        for future in waiting:
            _set(future, self._hang_error())

    def _hang_error(self) -> ModelError:
        return ModelError(
            f"the sentiment engine {self._engine.model} gave no answer in {self._timeout_s:g} s:"
            " start the worker again; if it recurs, lower scorer.batch_max"
            " or raise scorer.engine_timeout_s"
        )

    def _settle(self, future: Future[Results], outcome: Results | BaseException) -> None:
        with self._lock:
            if future not in self._pending:
                return  # given up on while it ran
            self._pending.remove(future)
        _set(future, outcome)


def _set(future: Future[Results], outcome: Results | BaseException) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(outcome, BaseException):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
