"""A Kafka as the documentation asks for: SASL_SSL with SCRAM-SHA-512, its own CA, and ACLs.

The broker's plain listener, on loopback, is the test's own: whoever comes that way may do all.
Workers come over TLS with a name and a password, and may do what they were granted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization

from app.broker import DevBroker, ports
from app.config import ROLES, Role, Topics
from app.config.names import group_id, transactional_id
from app.config.rights import (
    TopicRights,
    canary_rights,
    digest_rights,
    intake_rights,
    topic_rights,
)
from app.stream.topics import declared
from tests.kafka_acl import AUTHORIZER, Grant

PASSWORD = "correct-horse-of-%s"
PRINCIPALS: dict[str, str] = {
    role: f"squall-{role}" for role in (*ROLES, "canary", "intake", "digest")
}


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """``bootstrap`` is the test's own way in, ``address`` that of workers."""

    broker: DevBroker
    address: str
    cafile: Path

    @property
    def bootstrap(self) -> str:
        return self.broker.bootstrap

    def variables(self, role: str) -> dict[str, str]:
        """Return the settings that make a worker come as its role's principal."""
        return {
            "SQUALL_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "SQUALL_KAFKA__SASL_USERNAME": PRINCIPALS[role],
            "SQUALL_KAFKA__SASL_PASSWORD": PASSWORD % role,
            "SQUALL_KAFKA__SSL_CAFILE": str(self.cafile),
        }


@contextmanager
def secured_kafka(folder: Path) -> Iterator[SecuredKafka]:
    """Start the broker with a CA of its own; certificates go into the folder."""
    port, cafile = ports.choose(1)[0], folder / "ca.pem"
    users = {user: PASSWORD % role for role, user in PRINCIPALS.items()}
    properties = _properties(port, _keystore(folder, cafile))
    with DevBroker(extra_properties=properties, scram_users=users) as broker:
        yield SecuredKafka(broker, f"127.0.0.1:{port}", cafile)


def documented(role: Role, prefix: str) -> list[Grant]:
    """Return the rights that docs/operate.md lists for the role's principal."""
    user, topics = PRINCIPALS[role], Topics(prefix)
    ids = transactional_id(prefix, 0).removesuffix("0")
    return [
        *_on_topics(user, topics, topic_rights(role, topics)),
        Grant(user=user, operation="read", resource="group", name=group_id(prefix, role)),
        *(
            Grant(
                user=user, operation="write", resource="transactional-id", name=ids, is_prefix=True
            )
            for _ in range(role == "detector")
        ),
    ]


def documented_of_the_canary(prefix: str) -> list[Grant]:
    """Return the rights that docs/operate.md lists for the canary's principal."""
    user, topics = PRINCIPALS["canary"], Topics(prefix)
    groups: tuple[Role, Role] = ("scorer", "notifier")
    return [
        *_on_topics(user, topics, canary_rights(topics)),
        *(
            Grant(user=user, operation="describe", resource="group", name=group_id(prefix, role))
            for role in groups
        ),
    ]


def documented_of_the_intake(prefix: str) -> list[Grant]:
    """Return the rights that docs/operate.md lists for the intake's principal."""
    topics = Topics(prefix)
    return _on_topics(PRINCIPALS["intake"], topics, intake_rights(topics))


def documented_of_the_digest(prefix: str) -> list[Grant]:
    """Return the rights that docs/operate.md lists for the principal of digests."""
    topics = Topics(prefix)
    return _on_topics(PRINCIPALS["digest"], topics, digest_rights(topics))


def _on_topics(user: str, topics: Topics, rights: TopicRights) -> list[Grant]:
    every = [spec.name for spec in declared(topics, 1, 1)]
    return [
        *(Grant(user=user, operation="describe", resource="topic", name=one) for one in every),
        *(Grant(user=user, operation="read", resource="topic", name=one) for one in rights.read),
        *(Grant(user=user, operation="write", resource="topic", name=one) for one in rights.write),
    ]


def _keystore(folder: Path, cafile: Path) -> Path:
    """Return the file with the broker's key and certificate, as Kafka wants them: PKCS 8."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(cafile)
    key = serialization.load_pem_private_key(certificate.private_key_pem.bytes(), password=None)
    unencrypted = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = folder / "broker.pem"
    file.write_bytes(unencrypted + b"".join(one.bytes() for one in certificate.cert_chain_pems))
    return file


def _properties(port: int, keystore: Path) -> dict[str, str]:
    listener = f"SASL_SSL://127.0.0.1:{port}"
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    return {
        **AUTHORIZER,
        "listeners": listener,
        "advertised.listeners": listener,
        "listener.security.protocol.map": "SASL_SSL:SASL_SSL",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{module} required;",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keystore),
    }
