"""Which text of a batch is at fault: halve what fails until it stands alone, then try it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.errors import ModelError
from app.inference.engine import Answer, Engine, Failure, fault_of

Call = Callable[[Sequence[str]], list[Answer]]
Outcome = Answer | Failure

_PROBE = "ok"  # a text that no working engine fails on


def isolate(engine: Engine, texts: Sequence[str], tries: int, call: Call) -> list[Outcome]:
    """Return an answer or a Failure a text, in order; mates of a bad text keep their answers.

    A bad text costs about 2 log2(n) extra calls, then ``tries`` calls alone. ``call`` is how
    the engine is reached. Raises ModelError when the engine says so, or when it fails on a
    harmless probe text too: then the fault is not in the texts, and none may become a dead letter.
    """
    results = _Isolation(tries, call).results(texts)
    if any(isinstance(result, Failure) for result in results):
        _require_health(engine.model, call)
    return results


class _Isolation:
    def __init__(self, tries: int, call: Call) -> None:
        self._tries = tries
        self._call = call

    def results(self, texts: Sequence[str]) -> list[Outcome]:
        if len(texts) == 1:
            return [self._alone(texts[0])]
        answers, fault = attempt(self._call, texts)
        if fault is not None:
            middle = len(texts) // 2
            return self.results(texts[:middle]) + self.results(texts[middle:])
        return [
            self._alone(text) if fault_of(answer.probabilities) else answer
            for text, answer in zip(texts, answers, strict=True)
        ]

    def _alone(self, text: str) -> Outcome:
        fault: str | None = None
        for _ in range(self._tries):
            answers, fault = attempt(self._call, [text])
            fault = fault or fault_of(answers[0].probabilities)
            if fault is None:
                return answers[0]
        return Failure(detail=fault or "never tried", tries=self._tries)


def attempt(call: Call, texts: Sequence[str]) -> tuple[list[Answer], str | None]:
    """Return the engine's answers, one a text, or an empty list and what went wrong.

    Raises ModelError as the engine does.
    """
    try:
        answers = call(texts)
    except ModelError:
        raise
    except Exception as error:  # whatever a model raises is held against its texts
        return [], f"the engine raised {type(error).__name__}"
    if len(answers) != len(texts):
        return [], f"the engine gave {len(answers)} answers to {len(texts)} texts"
    return answers, None


def _require_health(model: str, call: Call) -> None:
    answers, fault = attempt(call, [_PROBE])
    fault = fault or fault_of(answers[0].probabilities)
    if fault is not None:
        message = (
            f"the sentiment engine {model} fails on a harmless text too ({fault}): "
            "check memory and the model's files, then start the scorer again"
        )
        raise ModelError(message)
