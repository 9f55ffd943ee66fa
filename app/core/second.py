"""A brand's second detector, by the name that the rules have for it."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.detector.by_name import RATE, called
from app.core.detector.plugged import PluggedDetector
from app.core.detector.rate_test import RateTest
from app.core.detector.spike import ORDINARY, VERSION, Verdict
from app.core.rules import Rules
from app.core.state import BrandState

SECOND = "second"  # its verdict on negatives, beside those of the channels

SecondDetector = RateTest | PluggedDetector


def second_of(state: BrandState, rules: Rules, first_step: int) -> SecondDetector:
    """Return the second detector of a brand; what it remembers is in the state from now on, and
    what another one remembered is not.
    """
    budget = rules.budget_each
    if rules.second_model == RATE:
        test = RateTest(first_step, budget, state.rate)
        state.rate, state.plugged = test.state, None
        return test
    plugged = PluggedDetector(rules.second_model, rules.second_parameters, budget, state.plugged)
    state.rate, state.plugged = None, plugged.state
    return plugged


def version_of(rules: Rules) -> str:
    """Return the detectors that judge, as an event's ``baseline`` begins; the rate test beside the
    first one is not named.

    >>> version_of(Rules())
    'spike-2'
    """
    model = called(rules.second_model)
    if rules.is_first_off:
        return model
    if rules.second_detector == "off" or rules.second_model == RATE:
        return VERSION
    return f"{VERSION},{model}"


def alone(verdicts: Mapping[str, Verdict]) -> dict[str, Verdict]:
    """Return the verdicts when the first detector is off: the second's stands in its place, and the
    volume has none.
    """
    return {"mentions": ORDINARY, "negatives": verdicts[SECOND], SECOND: ORDINARY}
