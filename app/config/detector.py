"""Settings of the detector, and the fold's ``Rules`` made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from app.config.calendar import MOST, CalendarSettings
from app.config.group import Group
from app.core.rules import DAY_MS, HOUR_MS, Rules

_SECOND_MS: Final = 1000
_MINUTE_MS: Final = 60_000
_KIB: Final = 1024
_USUAL: Final = Rules()  # the one place of the defaults; here they only change their unit


class DetectorSettings(Group):
    """Batches, transactions, and the rules by which a rise becomes a crisis."""

    batch_max: int = Field(
        default=256, ge=1, le=10_000, description="Log records in one transaction."
    )
    within_s: float = Field(default=0.1, ge=0.01, le=1, description="Time to fill a batch.")
    transaction_s: float = Field(
        default=15, ge=1, le=60, description="Time for one transaction; past it the process ends."
    )

    allowed_lateness_s: float = Field(
        default=_USUAL.allowed_lateness_ms / _SECOND_MS,
        ge=0,
        le=3600,
        description="How far behind the newest mention of its source one may come and still count.",
    )
    idle_after_s: float = Field(
        default=_USUAL.source_idle_ms / _SECOND_MS,
        ge=1,
        le=3600,
        description="A source partition with nothing new this long no longer holds time back.",
    )
    pending_kib: int = Field(
        default=_USUAL.pending_bytes // _KIB,
        ge=4,
        le=_USUAL.pending_bytes // _KIB,  # the stored record is bounded by it
        description="KiB of waiting mentions a brand may hold; past it a step is judged early.",
    )
    evict_after_days: float = Field(
        default=_USUAL.evict_after_ms / DAY_MS,
        ge=1,
        le=3650,
        description="A brand without a mention this long is forgotten.",
    )
    false_alarms_per_week: float = Field(
        default=_USUAL.false_alarms_per_week,
        gt=0,
        le=100,
        description="False alarms a brand may raise in a week; this budget sets the alert line.",
    )
    first_detector: Literal["deciding", "off"] = Field(
        default="deciding",
        description="off: the second one decides alone, and loud brands are no longer watched; what"
        " is usual is learnt as ever.",
    )
    second_detector: Literal["off", "beside", "deciding"] = Field(
        default="beside",
        description="beside: its score is told. deciding: either detector opens, and each gets half"
        " of the budget.",
    )
    second_model: str = Field(
        default=_USUAL.second_model,
        max_length=80,
        description="Which it is: the rate test, or a detector of River such as"
        " `river.anomaly.GaussianScorer`. It must pass a trial.",
    )
    second_model_parameters: dict[Annotated[str, Field(min_length=1, max_length=64)], Any] = Field(
        default={},
        max_length=16,
        description="What River's detector is made with, such as `{n_trees: 5, height: 6}`; the"
        " seed is 1 when not given.",
    )
    warm_blocks: int = Field(
        default=_USUAL.warm_blocks,
        ge=1,
        le=100_000,
        description="Blocks of five minutes with mentions until a brand's usual level is learnt.",
    )
    warm_after_days: float = Field(
        default=_USUAL.warm_after_ms / DAY_MS,
        gt=0,
        le=365,
        description="Days until a brand's usual level counts as learnt in any case.",
    )
    absolute_negatives: int = Field(
        default=_USUAL.absolute_negatives,
        ge=1,
        le=1_000_000,
        description="Negatives in an hour, half of it or more, that open before a brand is learnt.",
    )
    minimum_authors: int = Field(
        default=_USUAL.minimum_authors,
        ge=1,
        le=16,
        description="Distinct authors of negatives a crisis needs.",
    )
    minimum_negatives: int = Field(
        default=_USUAL.minimum_negatives,
        ge=1,
        le=10_000,
        description="Distinct negatives a crisis needs.",
    )
    keyword_authors: int = Field(
        default=_USUAL.keyword_authors,
        ge=1,
        le=16,
        description="Distinct authors of complaints with one risk keyword in an hour that are a"
        " sign, learnt or not.",
    )
    open_steps: int = Field(
        default=_USUAL.open_steps,
        ge=1,
        le=100,
        description="Steps of 30 s with a sign that open a crisis.",
    )
    open_within_minutes: float = Field(
        default=_USUAL.open_within_ms / _MINUTE_MS,
        ge=0.5,
        le=1440,
        description="Time within which these steps must fall.",
    )
    watch_minutes: float = Field(
        default=_USUAL.watch_ms / _MINUTE_MS,
        ge=0.5,
        le=10_080,
        description="A watch without a further sign this long is dismissed.",
    )
    recover_minutes: float = Field(
        default=_USUAL.recover_ms / _MINUTE_MS,
        ge=0.5,
        le=10_080,
        description="Negatives back in their usual band this long: the crisis is recovering.",
    )
    resolve_minutes: float = Field(
        default=_USUAL.resolve_ms / _MINUTE_MS,
        ge=0.5,
        le=10_080,
        description="Recovering this long without a relapse: the crisis is resolved.",
    )
    relapse_hours: float = Field(
        default=_USUAL.relapse_ms / HOUR_MS,
        ge=0,
        le=720,
        description="A new rise within this time reopens the same crisis.",
    )

    update_minutes: float = Field(
        default=_USUAL.update_ms / _MINUTE_MS,
        ge=1,
        le=10_080,
        description="An open crisis is told of again this often, with what has changed.",
    )
    escalate_minutes: float = Field(
        default=_USUAL.escalate_ms / _MINUTE_MS,
        ge=1,
        le=10_080,
        description="A crisis nobody took this long is handed to the next role.",
    )
    escalation: tuple[str, ...] = Field(
        default=_USUAL.escalation,
        max_length=10,
        description="Roles to ask, in order; the first when a crisis opens.",
    )
    calmer_minutes: float = Field(
        default=_USUAL.calmer_ms / _MINUTE_MS,
        ge=0.5,
        le=10_080,
        description="A lower severity counts when it has lasted this long.",
    )

    silence_max_days: float = Field(
        default=_USUAL.silence_max_ms / DAY_MS,
        gt=0,
        le=3650,
        description="A silence lasts this long at most.",
    )
    calendar: dict[Annotated[str, Field(min_length=1, max_length=64)], CalendarSettings] = Field(
        default={},
        max_length=MOST,
        description="Campaigns and seasons by name, each with `starts` and `ends` (times"
        " with an offset) and `brands` (all when not given): loud is no surprise then.",
    )

    def problems(self) -> Iterator[str]:
        if self.first_detector == "off" and self.second_detector != "deciding":
            yield (
                "first_detector: is off and second_detector does not decide, so nothing would; set"
                " second_detector to deciding, or first_detector back"
            )
        is_usual = self.second_model == _USUAL.second_model and not self.second_model_parameters
        if not is_usual and (fault := self._fault()):
            yield f"second_model: {fault}"

    def _fault(self) -> str | None:
        from app.core.detector.trial import fault_of  # noqa: PLC0415 - only where one is named

        try:
            parameters = self._second_parameters
        except (TypeError, ValueError):
            return "second_model_parameters are no JSON: give numbers, texts or lists"
        return fault_of(self.second_model, parameters)

    @property
    def _second_parameters(self) -> str:
        return json.dumps(
            self.second_model_parameters, sort_keys=True, separators=(",", ":"), allow_nan=False
        )

    def rules(self) -> Rules:
        """Return these settings as the fold's rules, times in whole milliseconds."""
        return Rules(
            allowed_lateness_ms=round(self.allowed_lateness_s * _SECOND_MS),
            source_idle_ms=round(self.idle_after_s * _SECOND_MS),
            pending_bytes=self.pending_kib * _KIB,
            evict_after_ms=round(self.evict_after_days * DAY_MS),
            false_alarms_per_week=self.false_alarms_per_week,
            first_detector=self.first_detector,
            second_detector=self.second_detector,
            second_model=self.second_model,
            second_parameters=self._second_parameters,
            warm_blocks=self.warm_blocks,
            warm_after_ms=round(self.warm_after_days * DAY_MS),
            absolute_negatives=self.absolute_negatives,
            minimum_authors=self.minimum_authors,
            minimum_negatives=self.minimum_negatives,
            keyword_authors=self.keyword_authors,
            open_steps=self.open_steps,
            open_within_ms=round(self.open_within_minutes * _MINUTE_MS),
            watch_ms=round(self.watch_minutes * _MINUTE_MS),
            recover_ms=round(self.recover_minutes * _MINUTE_MS),
            resolve_ms=round(self.resolve_minutes * _MINUTE_MS),
            relapse_ms=round(self.relapse_hours * HOUR_MS),
            silence_max_ms=round(self.silence_max_days * DAY_MS),
            update_ms=round(self.update_minutes * _MINUTE_MS),
            escalate_ms=round(self.escalate_minutes * _MINUTE_MS),
            escalation=self.escalation,
            calmer_ms=round(self.calmer_minutes * _MINUTE_MS),
            calendar=tuple(one.entry(name) for name, one in sorted(self.calendar.items())),
        )
