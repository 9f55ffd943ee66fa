"""The smaller groups: scorer, notifier, metrics and health."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import DirectoryPath, Field, FilePath, SecretStr, field_validator

from app.config.addresses import address, is_clear
from app.config.group import Group
from app.config.keywords import MOST, KeywordName, KeywordSettings
from app.config.routing import (
    KINDS,
    MOST_ROUTES,
    PAGERDUTY,
    Kind,
    ReceiverName,
    ReceiverSettings,
    RouteSettings,
    routing_problems,
)
from app.core.crisis import Severity
from app.core.language import CODES, language_of
from app.sinks.quiet import QuietHours
from app.sinks.routing import Routing
from app.sinks.signing import key_of


class ScorerSettings(Group):
    """The sentiment engine, its batches, and what of a text goes into the log."""

    engine: Literal["transformer", "hash"] = Field(
        default="transformer",
        description="transformer: the model. hash: a score made of the text's hash, for tests.",
    )
    model: DirectoryPath | str | None = Field(
        default=None,
        union_mode="left_to_right",
        description="Another model: its directory, a bundled one's name, or hub-id@revision of a"
        " fetched one. The bundled default when not set.",
    )
    precision: Literal["auto", "fp32", "bf16", "int8", "cuda-bf16", "cuda-fp16"] = Field(
        default="auto",
        description="Number form of the model; auto: what the machine can do and agrees.",
    )
    models: dict[str, DirectoryPath] = Field(
        default={},
        description="Directories of models for single languages by ISO 639-1 code; else `model`.",
    )
    batch_max: int = Field(default=256, ge=1, le=10_000, description="Mentions in one batch.")
    within_s: float = Field(default=0.2, ge=0.01, le=1, description="Time to fill a batch.")
    max_event_skew_s: float = Field(
        default=300,
        ge=0,
        le=86_400,
        description="How far a mention's time may lie after its arrival; a later one is set back.",
    )
    heartbeat_s: float = Field(
        default=2,
        ge=0.1,
        le=60,
        description="Time between heartbeats to each partition of the log.",
    )
    threads: int | None = Field(
        default=None, ge=1, le=256, description="Threads of the engine; one a core when not set."
    )
    engine_tries: int = Field(
        default=3, ge=1, le=10, description="Tries on a text before it goes to the dead letters."
    )
    engine_timeout_s: float = Field(
        default=60, ge=1, le=600, description="Time for one batch; past it the process ends."
    )
    excerpt: Literal["none", "full"] = Field(
        default="none", description="Whether log records and events carry the text: none or full."
    )
    excerpt_max: int = Field(default=280, ge=1, le=2000, description="Characters of an excerpt.")
    risk_keywords: dict[KeywordName, KeywordSettings] = Field(
        default={},
        max_length=MOST,
        description="Risk keywords by name, each with `words` (by language code, or `any`) and"
        " `brands` (all when not given): complaints with one are a trigger of their own.",
    )
    author_salt: SecretStr = Field(
        default=SecretStr(""),
        description="Mixed into author pseudonyms, so that nobody can guess them back.",
    )

    @field_validator("models", mode="before")
    @classmethod
    def _check_keys(cls, value: object) -> object:
        if isinstance(value, dict) and not all(isinstance(code, str) for code in value):
            raise ValueError('a language is no text; put it in quotes, such as "no"')
        return value

    def problems(self) -> Iterator[str]:
        if isinstance(self.model, str) and "/" in self.model and "@" not in self.model:
            yield "model: is no directory; give one, a name, or hub-id@revision"
        for code in self.models:
            if code not in CODES or language_of(code) != code:
                yield f"models.{code}: is no ISO 639-1 code in use; write one such as pl"


class NotifierSettings(Group):
    """Where open crises are told."""

    alertmanager_url: str | None = Field(
        default=None, description="Base address of Alertmanager, such as http://alertmanager:9093."
    )
    alertmanager_token: SecretStr | None = Field(
        default=None, description="Bearer token for Alertmanager."
    )
    alertmanager_cafile: FilePath | None = Field(
        default=None, description="Certificates to trust (PEM); the usual ones when not set."
    )
    pagerduty_routing_key: SecretStr | None = Field(
        default=None, description="Integration key of PagerDuty's Events API v2; none: not told."
    )
    pagerduty_url: str = Field(
        default=PAGERDUTY,
        description="Base address of PagerDuty's events, such as https://events.eu.pagerduty.com.",
    )
    webhook_url: str | None = Field(
        default=None, description="Address that is told every step of a crisis, signed."
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Key of the webhook's signature: whsec_ and base64, or 24 bytes of text.",
    )
    receivers: dict[ReceiverName, ReceiverSettings] = Field(
        default={},
        max_length=50,
        description="More receivers by name, each with `kind` (alertmanager, pagerduty or webhook),"
        " `url`, and `secret` or `secret_file`; with `view: partner` told a part alone, with"
        " `drills: true` told of drills too. The three settings above have the names alertmanager,"
        " pagerduty and webhook.",
    )
    routes: tuple[RouteSettings, ...] = Field(
        default=(),
        max_length=MOST_ROUTES,
        description="Who is told of what: in order, the first that matches `scenarios`, `severity`"
        " (or worse), `brands`, `products` and `roles`; with `goes_on` those behind it too.",
    )
    default_receivers: tuple[str, ...] | None = Field(
        default=None,
        description="Who is told where no route matches; alertmanager, pagerduty and webhook, those"
        " that are set, when not given.",
    )
    resend_s: float = Field(
        default=30,
        ge=5,
        le=60,
        description="An open crisis is sent again this often, or it would expire.",
    )
    timeout_s: float = Field(default=10, ge=0.5, le=60, description="Time for one request.")
    retry_s: float = Field(
        default=60,
        ge=1,
        le=600,
        description="Time a failed request is tried again before it is an error.",
    )
    source_url: str | None = Field(
        default=None, description="Page about Squall that alerts link to, such as a dashboard."
    )

    quiet_hours: str | None = Field(
        default=None,
        description="Daily hours in which only what is bad enough is told, such as 22:00-07:00.",
    )
    quiet_zone: str = Field(default="UTC", description="Time zone of the quiet hours.")
    quiet_below: Severity = Field(
        default=Severity.ERROR,
        description="In quiet hours alerts below this severity wait until the hours are over.",
    )

    @field_validator("alertmanager_url", "source_url", "pagerduty_url", "webhook_url")
    @classmethod
    def _check_url(cls, value: str | None) -> str | None:
        return address(value)

    @property
    def plain(self) -> tuple[Kind, ...]:
        """Return the receivers that are set without a name, by their kinds."""
        given = {
            "alertmanager": self.alertmanager_url,
            "pagerduty": self.pagerduty_routing_key,
            "webhook": self.webhook_url,
        }
        return tuple(kind for kind in KINDS if given[kind] is not None)

    def routing(self) -> Routing:
        """Return who is told of what; without any route all that are set."""
        default = self.plain if self.default_receivers is None else self.default_receivers
        return Routing(tuple(one.route() for one in self.routes), default)

    def problems(self) -> Iterator[str]:
        if self.quiet_hours is not None:
            try:
                QuietHours(self.quiet_hours, self.quiet_zone, self.quiet_below)
            except ValueError as error:
                yield f"quiet_hours: {error}"
        if self.alertmanager_token is not None and is_clear(self.alertmanager_url):
            yield "alertmanager_url: a token would go in the clear; use https or remove the token"
        if self.pagerduty_routing_key is not None and is_clear(self.pagerduty_url):
            yield "pagerduty_url: the routing key would go in the clear; use https"
        yield from self._webhook_problems()
        default = self.default_receivers
        yield from routing_problems(self.plain, self.receivers, self.routes, default)

    def _webhook_problems(self) -> Iterator[str]:
        if self.webhook_url is None:
            return
        if is_clear(self.webhook_url):
            yield "webhook_url: crises would go in the clear; use https"
        if self.webhook_secret is None:
            yield "webhook_secret: missing; set SQUALL_NOTIFIER__WEBHOOK_SECRET_FILE"
            return
        try:
            key_of(self.webhook_secret.get_secret_value())
        except ValueError as error:
            yield f"webhook_secret: {error}; make one with: openssl rand -base64 32"


class MetricsSettings(Group):
    """The Prometheus endpoint."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(
        default=9464,
        ge=0,
        le=65_535,
        description="Port of /metrics, 0 for none. `worker all` gives each role the next one.",
    )
    brand_label_max: int = Field(
        default=50,
        ge=0,
        le=1000,
        description='Brands with a label of their own; the rest is "other".',
    )


class HealthSettings(Group):
    """The endpoint for liveness and readiness."""

    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(
        default=8086,
        ge=0,
        le=65_535,
        description="Port of /livez and /readyz, 0 for none; counted up as above.",
    )
    stalled_after_s: float = Field(
        default=30, ge=1, le=600, description="An event loop that is silent this long is not alive."
    )
