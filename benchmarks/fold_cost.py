"""What a mention costs, beside two of River's own detectors in the same run.

River's are fed one number a mention (the brand's count so far in its step). What compares with them
is the detector alone: both channels judge the windows of every step that the fold judges for them,
and learn at every border of five minutes. The fold does more: identity, windows, triggers,
lifecycle and stored state.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from time import process_time
from typing import Any

from river import anomaly

from app.core.detector.spike import SpikeDetector
from app.core.event import ClosedWindow
from app.core.fingerprint import author_pseudonym, text_fingerprint
from app.core.mention import Label
from app.core.partition import PartitionFold
from app.core.record import Heartbeat, Origin, ScoredMention
from app.core.rules import STEP_MS, Rules
from app.core.window import BLOCK_STEPS, RAW, Rings, zero
from app.wire import state

MONDAY_MS = 1_704_067_200_000
VOLUMES = (150, 1_000, 10_000)  # mentions a day
MENTIONS = 10_000


def run() -> dict[str, Any]:
    """Return microseconds of CPU a mention and bytes of state a brand, by mentions a day."""
    rows = {str(volume): _fold(volume) | _alone(volume) for volume in VOLUMES}
    counts = [float(Random(1).randint(0, 6)) for _ in range(MENTIONS)]
    rivals = {
        "HalfSpaceTrees": _rival(anomaly.HalfSpaceTrees(seed=1), counts),
        "GaussianScorer": _rival(anomaly.GaussianScorer(), counts),
    }
    return {"fold": rows, "river_us_an_update": rivals}


def _fold(volume: int) -> dict[str, float]:
    records = _records(volume, min(MENTIONS, volume * 14))
    fold = PartitionFold(Rules())
    start_s = process_time()
    windows = 0
    for offset, record in enumerate(records):
        windows += sum(isinstance(one, ClosedWindow) for one in fold.apply(offset, record))
    spent_us = (process_time() - start_s) * 1e6
    value = state.encode_brand(fold.brands["larkmoor"].state).value or b""
    return {
        "us_a_mention": round(spent_us / len(records), 1),
        "us_a_judged_step": round(spent_us / max(windows, 1), 1),
        "state_bytes": len(value),
    }


def _alone(volume: int) -> dict[str, float]:
    """Return what the two channels' detectors take of the time, their windows given."""
    records = _records(volume, min(MENTIONS, volume * 14))
    mentions = [record for record in records if isinstance(record, ScoredMention)]
    steps = Counter(one.event_time_ms // STEP_MS for one in mentions)
    negatives = Counter(
        one.event_time_ms // STEP_MS for one in mentions if one.label is Label.NEGATIVE
    )
    spent_s = sum(_spent_s(channel) for channel in (steps, negatives))
    return {"detector_us_a_mention": round(spent_s * 1e6 / len(mentions), 1)}


def _spent_s(channel: Counter[int]) -> float:
    """Return the CPU seconds of judging and learning a channel of counts a step."""
    first = min(channel) // BLOCK_STEPS * BLOCK_STEPS
    rings, detector, spent_s = Rings.starting_at(first), SpikeDetector(first), 0.0
    while rings.next_step <= max(channel):
        count, counts = channel[rings.next_step], zero()
        counts[RAW] = count
        rings.push(counts)
        end, is_border = rings.next_step, rings.next_step % BLOCK_STEPS == 0
        if not (count or is_border):
            continue
        windows, block = [one[RAW] for one in rings.sums], rings.blocks[-1][RAW]
        start_s = process_time()
        if count:
            detector.note(detector.judge(end, windows, block))
        if is_border:
            detector.learn(end, windows, 1.0)
        spent_s += process_time() - start_s
    return spent_s


def _records(volume: int, count: int) -> list[ScoredMention | Heartbeat]:
    draw, now_ms = Random(volume), float(MONDAY_MS)
    records: list[ScoredMention | Heartbeat] = [
        Heartbeat(topic="m", partition=0, partitions=1, time_ms=None, is_caught_up=False, at_ms=0)
    ]
    for number in range(count):
        now_ms += draw.expovariate(volume / 86_400_000)
        records.append(
            ScoredMention(
                brand="larkmoor",
                mention_id=str(number),
                origin=Origin(topic="m", partition=0, offset=number),
                event_time_ms=int(now_ms),
                label=Label.NEGATIVE if draw.random() < 0.15 else Label.NEUTRAL,
                probabilities=(0.2, 0.6, 0.2),
                model="none@0",
                fingerprint=text_fingerprint(f"text {number}"),
                author=author_pseudonym("social", str(draw.randrange(5_000))),
                source="social",
            )
        )
    return records


def _rival(detector: Any, counts: list[float]) -> float:
    start_s = process_time()
    is_supervised = isinstance(detector, anomaly.GaussianScorer)
    for count in counts:
        if is_supervised:
            detector.score_one(None, count)
            detector.learn_one(None, count)
        else:
            detector.score_one({"count": count / 6})
            detector.learn_one({"count": count / 6})
    return round((process_time() - start_s) * 1e6 / len(counts), 1)
