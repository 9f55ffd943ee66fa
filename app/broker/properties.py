"""The ``server.properties`` of a development broker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where one node listens, on loopback only."""

    broker: int
    controller: int


def server_properties(
    node: int, ports: Sequence[Ports], data: Path, extra: Mapping[str, str]
) -> dict[str, str]:
    """Return the properties of node ``node`` (from 1), broker and controller in one; ``extra``
    has the last word.
    """
    own = ports[node - 1]
    voters = ",".join(f"{i}@127.0.0.1:{p.controller}" for i, p in enumerate(ports, start=1))
    ours = {
        "process.roles": "broker,controller",
        "node.id": str(node),
        "controller.quorum.voters": voters,
        "controller.listener.names": "CONTROLLER",
        # Loopback by address, never "localhost": a resolver that says ::1 first would find nobody
        # there.
        "listeners": f"PLAINTEXT://127.0.0.1:{own.broker},CONTROLLER://127.0.0.1:{own.controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{own.broker}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": str(data),
        **_replication(len(ports)),
        **_MANNERS,
    }
    added = {key: f"{ours[key]},{extra[key]}" for key in _LISTENERS if key in extra}
    return {**ours, **extra, **added}


def render(properties: Mapping[str, str]) -> str:
    """Return the properties as a file: one ``key=value`` a line."""
    return "".join(f"{key}={value}\n" for key, value in properties.items())


def _replication(nodes: int) -> dict[str, str]:
    """Three nodes: three copies, two of which must be in step. One node: one copy."""
    copies, in_step = (3, 2) if nodes >= 3 else (1, 1)
    return {
        "default.replication.factor": str(copies),
        "min.insync.replicas": str(in_step),
        "offsets.topic.replication.factor": str(copies),
        "transaction.state.log.replication.factor": str(copies),
        "transaction.state.log.min.isr": str(in_step),
        "share.coordinator.state.topic.replication.factor": str(copies),
        "share.coordinator.state.topic.min.isr": str(in_step),
    }


_LISTENERS = ("listeners", "advertised.listeners", "listener.security.protocol.map")

_MANNERS = {
    # As production should be: a mistyped topic name is an error, not a new topic.
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # With nobody to hand leadership to, a controlled shutdown only waits.
    "controlled.shutdown.enable": "false",
    # A broker that went without a word is not taken back before its session has ended: 9 s by
    # default, for each restart.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # The default of 50 partitions each costs seconds of recovery after every kill -9.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "1",
    # 128 MB by default, which a small heap does not have.
    "log.cleaner.dedupe.buffer.size": "2097152",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
    # Static members of a killed worker must be able to keep their seat for as long as our
    # settings allow.
    "group.max.session.timeout.ms": "300000",
    "group.min.session.timeout.ms": "1000",
}
