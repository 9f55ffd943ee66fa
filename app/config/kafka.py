"""How to reach Kafka, and what may not be done on the way: a password or a mention in the clear."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Literal

from pydantic import Field, FilePath, SecretStr, field_validator

from app.config.group import Group

MAX_PORT = 65_535


class KafkaSettings(Group):
    """The connection to Kafka, and the times of the consumer groups."""

    bootstrap_servers: str = Field(
        default="localhost:9092",
        description="Brokers to ask first, as host:port, several with commas between.",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="SASL_SSL (password over TLS), SSL (mutual TLS), or PLAINTEXT on this machine.",
    )
    plaintext_hosts: str = Field(
        default="",
        description=(
            "Hosts beside this machine that PLAINTEXT may go to, several with commas between: on a "
            "network that nobody else is on, such as a compose file's own."
        ),
    )
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = Field(
        default="SCRAM-SHA-512", description="How the password is proven under SASL_SSL."
    )
    sasl_username: str | None = Field(default=None, description="User name under SASL_SSL.")
    sasl_password: SecretStr | None = Field(default=None, description="Password under SASL_SSL.")
    ssl_cafile: FilePath | None = Field(
        default=None, description="Certificates to trust (PEM); the system's own when not set."
    )
    ssl_certfile: FilePath | None = Field(
        default=None, description="Client certificate (PEM), for mutual TLS."
    )
    ssl_keyfile: FilePath | None = Field(
        default=None, description="Key of the client certificate (PEM)."
    )
    ssl_key_password: SecretStr | None = Field(
        default=None, description="Password of the key file."
    )
    session_timeout_s: float = Field(
        default=15,
        ge=6,
        le=300,
        description="Without a heartbeat this long a member counts as gone.",
    )
    heartbeat_s: float = Field(
        default=3, ge=0.5, le=60, description="Time between a member's heartbeats to its group."
    )
    rebalance_timeout_s: float = Field(
        default=60,
        ge=10,
        le=900,
        description="Time a member has to finish a batch and rejoin its group.",
    )
    request_timeout_s: float = Field(
        default=40, ge=5, le=300, description="Time for the answer to one request."
    )
    retry_s: float = Field(
        default=120,
        ge=10,
        le=900,
        description="Time a send outside a transaction is tried again before the process ends.",
    )

    @field_validator("bootstrap_servers")
    @classmethod
    def _check_servers(cls, value: str) -> str:
        servers = [server.strip() for server in value.split(",")]
        for server in servers:
            host, _, port = server.rpartition(":")
            if not host or not port.isdecimal() or not 0 < int(port) <= MAX_PORT:
                raise ValueError("each broker must be host:port, such as localhost:9092")
        return ",".join(servers)

    def problems(self) -> Iterator[str]:
        yield from self._transport_problems()
        yield from self._credential_problems()
        if self.heartbeat_s * 3 > self.session_timeout_s:
            yield "heartbeat_s: must be at most a third of session_timeout_s; lower it"

    def _transport_problems(self) -> Iterator[str]:
        if self.security_protocol != "PLAINTEXT":
            return
        allowed = {host.strip().lower() for host in self.plaintext_hosts.split(",")}
        others = [host for host in self._hosts() if not is_loopback(host)]
        if unnamed := [host for host in others if host.lower() not in allowed]:
            yield (
                f"security_protocol: PLAINTEXT to {', '.join(unnamed)} would send mentions in the "
                "clear; set SASL_SSL, or name the host in plaintext_hosts to accept that"
            )

    def _credential_problems(self) -> Iterator[str]:
        has_user, has_password = self.sasl_username is not None, self.sasl_password is not None
        if self.security_protocol == "SASL_SSL":
            if not has_user:
                yield "sasl_username: missing under SASL_SSL; set it"
            if not has_password:
                yield "sasl_password: missing under SASL_SSL; set SQUALL_KAFKA__SASL_PASSWORD_FILE"
        elif has_user or has_password:
            # aiokafka would quietly ignore them, or send them in the clear.
            yield (
                f"security_protocol: {self.security_protocol} does not protect a user name and "
                "password; set SASL_SSL or remove them"
            )
        if (self.ssl_certfile is None) != (self.ssl_keyfile is None):
            yield "ssl_certfile: a certificate needs its key; set ssl_certfile and ssl_keyfile"

    def is_loopback(self) -> bool:
        """Return whether every bootstrap broker is on this machine."""
        return all(is_loopback(host) for host in self._hosts())

    def _hosts(self) -> list[str]:
        return [server.rpartition(":")[0] for server in self.bootstrap_servers.split(",")]


def is_loopback(host: str) -> bool:
    """Return whether ``host``, a name or an address, is this machine itself. Never asks DNS."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
