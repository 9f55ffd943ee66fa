"""From a model's raw probabilities to ones that mean what they say, and to a label.

Temperature scaling, by language: p_i^(1/T), normalised, which is softmax(logits / T) (Guo,
Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural Networks").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from app.core.mention import Label

Probabilities = tuple[float, float, float]  # negative, neutral, positive

PLACES = 4  # what a log record keeps; finer digits carry no meaning and cost bytes
OTHERS = "*"  # the entry for a language that has none of its own
_LABELS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """What a model's manifest says of its probabilities; each table by ISO 639-1 language.

    ``temperature``: above 1 where the model is surer than it is right. ``certain_from``: under
    this probability of the likeliest label the answer is ``uncertain``. ``positive_from``: the
    same for the label positive alone, which sarcasm is taken for.
    """

    temperature: Mapping[str, float] = msgspec.field(default_factory=lambda: {OTHERS: 1.0})
    certain_from: Mapping[str, float] = msgspec.field(default_factory=lambda: {OTHERS: 0.5})
    positive_from: Mapping[str, float] = msgspec.field(default_factory=lambda: {OTHERS: 0.5})

    def fault(self) -> str | None:
        """Return what is wrong with the tables, or None."""
        for name in ("temperature", "certain_from", "positive_from"):
            table: Mapping[str, float] = getattr(self, name)
            if OTHERS not in table:
                return f"{name} has no entry {OTHERS!r}"
            highest = 100.0 if name == "temperature" else 1.0
            if not all(0.0 < value <= highest for value in table.values()):
                return f"{name} has a value outside 0..{highest:g}"
        return None

    def probabilities(self, raw: Sequence[float], language: str) -> Probabilities:
        """Return (negative, neutral, positive), 4 places, of raw ones that sum to 1.

        >>> Calibration(temperature={"*": 2.0}).probabilities((0.9, 0.09, 0.01), "pl")
        (0.7034, 0.2224, 0.0741)
        """
        temperature = _entry(self.temperature, language)
        if temperature == 1.0:
            negative, neutral, positive = raw
        else:
            powers = [value ** (1.0 / temperature) for value in raw]
            total = sum(powers)
            negative, neutral, positive = (value / total for value in powers)
        return round(negative, PLACES), round(neutral, PLACES), round(positive, PLACES)

    def label(self, probabilities: Probabilities, language: str) -> Label:
        """Return the likeliest label of calibrated probabilities, or ``uncertain``.

        A tie goes to the more negative label: an alert that looks again costs less than one missed.

        >>> Calibration().label((0.7, 0.2, 0.1), "en")
        <Label.NEGATIVE: 'negative'>
        >>> Calibration().label((0.4, 0.35, 0.25), "en")
        <Label.UNCERTAIN: 'uncertain'>
        """
        best = max(probabilities)
        label = _LABELS[probabilities.index(best)]
        needed = _entry(self.certain_from, language)
        if label == Label.POSITIVE:
            needed = max(needed, _entry(self.positive_from, language))
        return label if best >= needed else Label.UNCERTAIN


def _entry(table: Mapping[str, float], language: str) -> float:
    return table[language] if language in table else table[OTHERS]
