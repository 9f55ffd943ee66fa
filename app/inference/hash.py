"""An engine whose score is a hash of the text: exact, instant, and with faults on order."""

from __future__ import annotations

import hashlib
import math
import re
import threading
import time
from collections.abc import Sequence

from app.inference.calibration import PLACES, Calibration, Probabilities
from app.inference.negative_errors import NegativeErrors

_MARKER = re.compile(r"\[\[(sleep|raise|nan|short|hang)(?: (\d+(?:\.\d+)?))?\]\]")
_NOT_A_SCORE: Probabilities = (math.nan, math.nan, math.nan)


class HashEngine:
    """Scores by BLAKE2b, so that a test can compute what a record holds. It knows no sentiment.

    With ``markers=True`` a text can order a fault of its call: ``[[sleep 0.5]]`` waits that
    many seconds, ``[[raise]]`` raises, ``[[nan]]`` is answered with NaN, ``[[short]]`` with too few
    answers, ``[[hang]]`` with none for ever. Off by default: a mention must not command a worker.

    >>> HashEngine().score(["late again"]) == HashEngine().score(["fine", "late again"])[1:]
    True
    """

    model = "hash@1"
    calibration = Calibration()
    negative_errors = NegativeErrors()
    languages: frozenset[str] = frozenset()

    def __init__(self, *, markers: bool = False) -> None:
        self._markers = markers

    def score(self, texts: Sequence[str]) -> list[Probabilities]:
        """Return a pure function of each text. Raises RuntimeError where a marker orders it."""
        if not self._markers:
            return [hash_probabilities(text) for text in texts]
        return self._marked(texts)

    def _marked(self, texts: Sequence[str]) -> list[Probabilities]:
        answers: list[Probabilities] = []
        for text in texts:
            order, argument = _order_in(text)
            if order == "raise":
                raise RuntimeError("a marker in the text ordered a failure")
            if order == "hang":
                threading.Event().wait()
            if order == "sleep":
                time.sleep(float(argument or 0))
            if order != "short":
                answers.append(_NOT_A_SCORE if order == "nan" else hash_probabilities(text))
        return answers


def hash_probabilities(text: str) -> Probabilities:
    """Return three probabilities that follow from the text's BLAKE2b digest alone.

    One digest byte draws the leading class, evenly; its probability lies between 0.4 and 1, so that
    about a sixth of texts come out ``uncertain``.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    leader = int.from_bytes(digest[:4], "big") % 3
    lead = 0.4 + 0.6 * int.from_bytes(digest[4:8], "big") / 2**32
    share = (0.3 + 0.4 * int.from_bytes(digest[8:12], "big") / 2**32) * (1.0 - lead)
    values = [share, 1.0 - lead - share]
    values.insert(leader, lead)
    negative, neutral, positive = (round(value, PLACES) for value in values)
    return negative, neutral, positive


def _order_in(text: str) -> tuple[str, str | None]:
    found = _MARKER.search(text)
    return (found[1], found[2]) if found else ("", None)
