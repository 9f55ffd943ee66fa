"""``Settings``: everything that can be set, as one frozen value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import msgspec
from pydantic import Field, PrivateAttr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.config.canary import CanarySettings
from app.config.detector import DetectorSettings
from app.config.groups import HealthSettings, MetricsSettings, NotifierSettings, ScorerSettings
from app.config.intake import IntakeSettings
from app.config.kafka import KafkaSettings
from app.config.names import ROLES, Role, Topics, group_id, transactional_id
from app.config.playbooks import PlaybookSettings
from app.core.rules import Rules


class Settings(BaseSettings):
    """All settings. ``Settings(...)`` takes its arguments alone; see ``load_settings``."""

    model_config = SettingsConfigDict(
        env_prefix="SQUALL_",
        env_nested_delimiter="__",
        env_ignore_empty=True,  # charts set "" for "not given"; for a path that would mean "."
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    topic_prefix: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._-]*$",
        max_length=100,
        description="Put in front of every topic name as it stands, such as `acme.`.",
    )
    partitions: int = Field(
        default=4,
        ge=1,
        le=512,
        description="Partitions of mentions and of the log, set when topics are made.",
    )
    replication_factor: int = Field(
        default=1, ge=1, le=9, description="Copies of each record on brokers; 3 for production."
    )
    watchlist: Path | None = Field(
        default=None,
        description="Watch list of brands (YAML); without it mentions must name their brand.",
    )
    slot: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]+$",
        max_length=200,
        description="Lasting name of this worker in its groups; host name and role when not set.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Lowest level of log lines."
    )
    kafka: KafkaSettings = KafkaSettings()
    scorer: ScorerSettings = ScorerSettings()
    detector: DetectorSettings = DetectorSettings()
    playbooks: PlaybookSettings = PlaybookSettings()
    notifier: NotifierSettings = NotifierSettings()
    canary: CanarySettings = CanarySettings()
    intake: IntakeSettings = IntakeSettings()
    metrics: MetricsSettings = MetricsSettings()
    health: HealthSettings = HealthSettings()

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the arguments alone: ``load_settings`` merges the layers and notes the sources."""
        return (init_settings,)

    @property
    def topics(self) -> Topics:
        return Topics(self.topic_prefix)

    def group(self, role: Role) -> str:
        """Return the consumer group of a role."""
        return group_id(self.topic_prefix, role)

    def transactional_id(self, partition: int) -> str:
        """Return the transactional id of a log partition."""
        return transactional_id(self.topic_prefix, partition)

    def rules(self) -> Rules:
        """Return the rules of the fold."""
        playbooks = self.playbooks.playbooks()
        return msgspec.structs.replace(self.detector.rules(), playbooks=playbooks)

    def role_environment(self, role: Role) -> dict[str, str]:
        """Return the variables that give a role, started beside the others, ports of its own.

        The scorer has the ports as set, the detector the next, the notifier the one after.
        0 stays 0.
        """
        step = ROLES.index(role)
        ports = {"SQUALL_METRICS__PORT": self.metrics.port, "SQUALL_HEALTH__PORT": self.health.port}
        return {name: str(port + step if port else 0) for name, port in ports.items()}

    def effective(self) -> dict[str, Any]:
        """Return every setting as JSON values by group, secrets as asterisks."""
        return self.model_dump(mode="json")

    def sources(self) -> Mapping[str, str]:
        """Return where each value that is no default came from, by dotted key."""
        return dict(self._sources)

    def problems(self) -> Iterator[str]:
        if self.detector.transaction_s + self.detector.within_s >= self.kafka.rebalance_timeout_s:
            yield (
                "detector.transaction_s: must be below kafka.rebalance_timeout_s, or each slow "
                "transaction ends in a rebalance; lower it"
            )
        yield from self.playbooks.unknown_keywords(self.scorer.risk_keywords)

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if found := list(self.problems()):
            raise ValueError("\n".join(found))
        return self
