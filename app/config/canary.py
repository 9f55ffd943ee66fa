"""The canary's settings: how often it goes round."""

from __future__ import annotations

from pydantic import Field

from app.config.group import Group


class CanarySettings(Group):
    """The rounds of ``squall canary``; an alert follows within two intervals of a stop."""

    mention_interval_s: float = Field(
        default=60,
        ge=30,
        le=3_600,
        description="Time between the canary's mentions, each sent through scorer and detector.",
    )
    crisis_interval_s: float = Field(
        default=300,
        ge=10,
        le=86_400,
        description="Time between its crises, each opened, told by the notifier, and resolved.",
    )
