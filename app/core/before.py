"""What a brand's channels knew before a crisis: a crisis that opens is not what is usual.

A rise is minutes to hours old when its crisis opens, and has taught the channels by then: their
level, dispersion and tail have grown, and the next rise would be held against them. So they are
copied at the first peak over the tail's threshold (``calibration``), and set back to that when a
crisis opens; then they learn nothing for up to half a day. Peaks that open none, such as a lasting
rise of the volume, teach in full.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.core.detector.calibration import FIRST_DAY
from app.core.detector.spike import SpikeDetector
from app.core.state import Before, BrandState

CRISIS_WEIGHT = 0.1  # what a block teaches while a crisis burns for long
SAME_RISE_STEPS = 120  # an hour without a peak parts two rises
LONGEST_STEPS = 1_440  # what lasts for half a day is on its way to be the new usual


def note_peak(state: BrandState) -> None:
    """Keep what the channels know, if this peak, not yet noted, is the first of a rise."""
    step, before = state.rings.next_step, state.before
    if before is not None and step - before.newest <= SAME_RISE_STEPS:
        before.newest = step
        return
    if any(one.calibration.blocks < FIRST_DAY for one in state.channels.values()):
        return  # guesses, not worth going back to
    state.before = Before(
        step=step,
        newest=step,
        channels={name: one.known() for name, one in state.channels.items()},
        share_negatives=state.share_negatives,
        share_scored=state.share_scored,
        share_missed=state.share_missed,
        share_false=state.share_false,
        share_weighed=state.share_weighed,
        felt=state.felt,
    )


def settle(state: BrandState, detectors: Mapping[str, SpikeDetector], *, is_burning: bool) -> float:
    """Set the detectors back when a crisis burns, and return what a block teaches now, 0..1:
    nothing in the first half day of a crisis.
    """
    before, step = state.before, state.rings.next_step
    weight = CRISIS_WEIGHT if is_burning else 1.0
    if before is None:
        return weight
    is_over = step - before.newest > SAME_RISE_STEPS
    if step - before.step > LONGEST_STEPS if is_burning else is_over:
        state.before = None
        return weight
    if not is_burning:
        return weight
    for channel, known in before.channels.items():
        detectors[channel].go_back(known)
    state.share_negatives, state.share_scored = before.share_negatives, before.share_scored
    state.share_missed, state.share_false = before.share_missed, before.share_false
    state.share_weighed, state.felt = before.share_weighed, before.felt
    before.newest = step
    return 0.0
