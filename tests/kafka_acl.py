"""Grants rights on a Kafka with an authorizer and takes them back; aiokafka's admin client has no
call for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Schema, String

Resource = Literal["topic", "group", "cluster", "transactional-id"]
Operation = Literal["read", "write", "create", "alter", "describe", "describe-configs"]

RESOURCES: dict[Resource, int] = {"topic": 2, "group": 3, "cluster": 4, "transactional-id": 5}
OPERATIONS: dict[Operation, int] = {
    "read": 3,
    "write": 4,
    "create": 5,
    "alter": 7,
    "describe": 8,
    "describe-configs": 10,
}
LITERAL, PREFIXED = 3, 4
ALLOW = 3

AUTHORIZER = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    # Our own listener and the controller's: whoever has no name there may do all.
    "super.users": "User:ANONYMOUS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The right of ``user`` to do ``operation`` with what has this name, or starts with it."""

    user: str
    operation: Operation
    resource: Resource
    name: str
    is_prefix: bool = False


def sasl_properties(port: int, users: dict[str, str]) -> dict[str, str]:
    """Return broker properties that open a SASL/PLAIN listener on loopback for these users."""
    known = " ".join(f'user_{name}="{password}"' for name, password in users.items())
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    listener = f"SASL_PLAINTEXT://127.0.0.1:{port}"
    return {
        **AUTHORIZER,
        "listeners": listener,
        "advertised.listeners": listener,
        "listener.security.protocol.map": "SASL_PLAINTEXT:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": f"{module} required {known};",
    }


async def grant(admin: AIOKafkaAdminClient, *grants: Grant) -> None:
    """Give these rights. Raises RuntimeError if Kafka refuses."""
    response = await admin._send_request(CreateAcls(list(grants)))
    for code, message in response.results:
        if code:
            refused = f"ACL refused with error {code}: {message}"
            raise RuntimeError(refused)


class CreateAclsResponse_v1(Response):  # type: ignore[misc]
    API_KEY = 30
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", Array(("error_code", Int16), ("error_message", String("utf-8")))),
    )


class CreateAclsRequest_v1(RequestStruct):  # type: ignore[misc]
    API_KEY = 30
    API_VERSION = 1
    RESPONSE_TYPE = CreateAclsResponse_v1
    SCHEMA = Schema(
        (
            "creations",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                ("resource_pattern_type", Int8),
                ("principal", String("utf-8")),
                ("host", String("utf-8")),
                ("operation", Int8),
                ("permission_type", Int8),
            ),
        ),
    )


class CreateAcls(Request[CreateAclsRequest_v1]):  # type: ignore[misc]
    API_KEY = 30

    def __init__(self, grants: list[Grant]) -> None:
        self._rows = _rows(grants)

    def build(self, request_struct_class: type[CreateAclsRequest_v1]) -> CreateAclsRequest_v1:
        return request_struct_class(self._rows)


async def revoke(admin: AIOKafkaAdminClient, *grants: Grant) -> None:
    """Take exactly these rights back. Raises RuntimeError if Kafka refuses, or had no such one."""
    response = await admin._send_request(DeleteAcls(list(grants)))
    for (code, message, taken), grant_ in zip(response.results, grants, strict=True):
        if code or len(taken) != 1:
            refused = f"{grant_}: error {code}: {message}, {len(taken)} taken back"
            raise RuntimeError(refused)


class DeleteAclsResponse_v1(Response):  # type: ignore[misc]
    API_KEY = 31
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                (
                    "matching",
                    Array(
                        ("error_code", Int16),
                        ("error_message", String("utf-8")),
                        ("resource_type", Int8),
                        ("resource_name", String("utf-8")),
                        ("resource_pattern_type", Int8),
                        ("principal", String("utf-8")),
                        ("host", String("utf-8")),
                        ("operation", Int8),
                        ("permission_type", Int8),
                    ),
                ),
            ),
        ),
    )


class DeleteAclsRequest_v1(RequestStruct):  # type: ignore[misc]
    API_KEY = 31
    API_VERSION = 1
    RESPONSE_TYPE = DeleteAclsResponse_v1
    SCHEMA = CreateAclsRequest_v1.SCHEMA  # a filter has the fields of what it takes back


class DeleteAcls(Request[DeleteAclsRequest_v1]):  # type: ignore[misc]
    API_KEY = 31

    def __init__(self, grants: list[Grant]) -> None:
        self._rows = _rows(grants)

    def build(self, request_struct_class: type[DeleteAclsRequest_v1]) -> DeleteAclsRequest_v1:
        return request_struct_class(self._rows)


def _rows(grants: list[Grant]) -> list[tuple[Any, ...]]:
    return [
        (
            RESOURCES[g.resource],
            g.name,
            PREFIXED if g.is_prefix else LITERAL,
            f"User:{g.user}",
            "*",
            OPERATIONS[g.operation],
            ALLOW,
        )
        for g in grants
    ]
