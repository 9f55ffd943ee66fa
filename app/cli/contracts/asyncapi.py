"""``schemas/asyncapi.yaml``: all channels, messages and operations as one AsyncAPI 3.0 document.

Payloads are references to the schema files beside it, so nothing is said twice.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from app import __version__
from app.cli.contracts import channels
from app.cli.contracts.channels import Channel
from app.cli.contracts.schemas import Schema, read
from app.config import ROLES
from app.stream.topics import TopicSpec
from app.wire import cloudevents

_KAFKA: Final = "0.5.0"  # version of AsyncAPI's Kafka bindings
_ROLES: Final = {
    "scorer": "Scores mentions, and passes commands on.",
    "detector": "Folds the log into windows, and finds crises in them.",
    "notifier": "Tells Alertmanager of open crises, and keeps the figures of the model's quality.",
}

Node = dict[str, Any]


def text() -> str:
    """Return the document in YAML, without the line that says what made it."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=100)


def document() -> Node:
    """Return the document: the same channels, messages and operations by every call."""
    schemas = {schema.name: schema for schema in read()}
    specs = channels.specs()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Squall",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
            "tags": [{"name": role, "description": _ROLES[role]} for role in ROLES],
        },
        "defaultContentType": cloudevents.CONTENT_TYPE,
        "servers": {"kafka": _SERVER},
        "channels": {one.topic: _channel(one, specs[one.topic]) for one in channels.CHANNELS},
        "operations": dict(_operations()),
        "components": {
            "messages": dict(_messages(schemas)),
            "messageTraits": {"cloudEvents": {"headers": _HEADERS}},
            "parameters": {"prefix": _PREFIX},
        },
    }


def _channel(channel: Channel, spec: TopicSpec) -> Node:
    names = [_id(name) for name in channel.records] or [channel.topic]
    return {
        "address": f"{{prefix}}{channel.topic}",
        "title": channel.topic,
        "description": _description(channel, spec),
        "parameters": {"prefix": {"$ref": "#/components/parameters/prefix"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": _binding(spec)},
    }


def _description(channel: Channel, spec: TopicSpec) -> str:
    count = channels.partition_count(spec).replace("`partitions`", "as the setting partitions")
    parts = (
        channel.meaning,
        f"Key: {channel.key}.",
        f"Partition: {channel.partition}.",
        f"Partitions: {count}.",
        f"Kept: {channels.cleanup(spec)}.",
        channel.delivery,
    )
    return " ".join(parts)


def _binding(spec: TopicSpec) -> Node:
    numbers = ("retention.ms", "retention.bytes", "delete.retention.ms", "max.message.bytes")
    limits = {name: int(spec.configs[name]) for name in numbers if name in spec.configs}
    return {
        "topicConfiguration": {"cleanup.policy": [spec.configs["cleanup.policy"]], **limits},
        "bindingVersion": _KAFKA,
    }


def _messages(schemas: dict[str, Schema]) -> list[tuple[str, Node]]:
    found = []
    for channel in channels.CHANNELS:
        key = {"type": ["string", "null"], "description": f"UTF-8; {channel.key}."}
        bindings = {"bindings": {"kafka": {"key": key, "bindingVersion": _KAFKA}}}
        for name in channel.records:
            found.append((_id(name), {**_message(schemas[name]), **bindings}))
        if not channel.records:
            found.append((channel.topic, {**_OPAQUE, "description": channel.meaning, **bindings}))
    return found


def _message(schema: Schema) -> Node:
    reference = {"$ref": f"./{schema.topic}/{schema.file}"}
    message: Node = {
        "name": _id(schema.name),
        "title": schema.document["title"],
        "description": schema.document["description"],
    }
    if schema.name in channels.IN_HEADERS:
        return {**message, **_OPAQUE, "headers": reference}
    if types := channels.CE_TYPES.get(schema.name):
        message["traits"] = [{"$ref": "#/components/messageTraits/cloudEvents"}]
        kinds = {"ce_type": {"enum": list(types)}}
        message["headers"] = {"type": "object", "properties": kinds}
    return {**message, "contentType": cloudevents.CONTENT_TYPE, "payload": reference}


def _operations() -> list[tuple[str, Node]]:
    return [
        (f"{role}.{action}.{channel.topic}", _operation(role, action, channel))
        for role in ROLES
        for action, roles in (("receive", "readers"), ("send", "writers"))
        for channel in channels.CHANNELS
        if role in getattr(channel, roles)
    ]


def _operation(role: str, action: str, channel: Channel) -> Node:
    names = [_id(name) for name in channel.records] or [channel.topic]
    path = f"#/channels/{channel.topic}"
    return {
        "action": action,
        "summary": f"The {role} {'reads' if action == 'receive' else 'writes'} {channel.topic}.",
        "tags": [{"name": role}],
        "channel": {"$ref": path},
        "messages": [{"$ref": f"{path}/messages/{name}"} for name in names],
    }


def _id(name: str) -> str:
    """Return a schema's name as the name of a message: ``mentions.scored.heartbeat.v1``."""
    return name.replace("/", ".")


_DESCRIPTION: Final = (
    "Mentions of brands come in on a Kafka topic, crises go out on others. A consumer reads with"
    " isolation.level=read_committed, passes over fields and event types that it does not know, and"
    " drops repeats by ce_id. Operations are Squall's own: what a role sends, you may receive. The"
    " same for people is in docs/contracts.md."
)
_SERVER: Final[Node] = {
    "host": "{bootstrap}",
    "protocol": "kafka-secure",
    "description": "Your Kafka, 3.0 or newer; SASL and TLS are settings of each client.",
    "variables": {"bootstrap": {"default": "localhost:9092", "description": "host:port"}},
}
_PREFIX: Final[Node] = {
    "description": "The setting topic_prefix, such as acme. (with its dot); empty by default.",
    "default": "",
}
_OPAQUE: Final[Node] = {
    "contentType": "application/octet-stream",
    "payload": {"description": "Bytes that no schema describes; null in places."},
}
_HEADERS: Final[Node] = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": cloudevents.SPEC_VERSION},
        "ce_id": {"type": "string", "description": "The same for every copy of a record."},
        "ce_type": {"type": "string", "description": "What it is, with its major version."},
        "ce_source": {"type": "string", "description": "The part of Squall that wrote it."},
        "ce_time": {
            "type": "string",
            "format": "date-time",
            "description": "Event time in UTC, not the time of sending.",
        },
        "ce_subject": {"type": "string", "description": "The brand, where there is one."},
        "content-type": {"const": cloudevents.CONTENT_TYPE},
    },
}
