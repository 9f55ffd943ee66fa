"""``docs/contracts.md``: each topic with its key and how long it is kept, each field by what its
schema says of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from app.cli.contracts import channels
from app.cli.contracts.channels import Channel
from app.cli.contracts.schemas import Node, Schema, fields, read


def lines() -> Iterator[str]:
    """Yield the page in Markdown."""
    schemas = {schema.name: schema for schema in read()}
    specs = channels.specs()
    yield from _TEXT.splitlines()
    yield from ("", "## Topics", "", "| topic | key | partitions | kept |", "|---|---|---|---|")
    for channel in channels.CHANNELS:
        spec = specs[channel.topic]
        count, kept = channels.partition_count(spec), channels.cleanup(spec)
        yield f"| `{channel.topic}` | {channel.key} | {count} | {kept} |"
    for channel in channels.CHANNELS:
        yield from _channel(channel, [schemas[name] for name in channel.records])


def _channel(channel: Channel, schemas: list[Schema]) -> Iterator[str]:
    yield from ("", f"## {channel.topic}", "", channel.meaning, "")
    yield f"- Key: {channel.key}."
    yield f"- Partition: {channel.partition}."
    yield f"- Delivery: {channel.delivery}"
    if channel.writers:
        yield f"- Written by: {', '.join(channel.writers)}."
    if channel.readers:
        yield f"- Read by: {', '.join(channel.readers)}."
    for schema in schemas:
        yield from _record(schema)


def _record(schema: Schema) -> Iterator[str]:
    path = f"{schema.topic}/{schema.file}"
    yield from ("", f"### {schema.document['title']}, version {schema.version}", "")
    yield f"Schema: [`{path}`](../schemas/{path})."
    yield from (schema.document["description"], "")
    if types := channels.CE_TYPES.get(schema.name):
        yield f"`ce_type`: {', '.join(f'`{one}`' for one in types)}."
        yield ""
    yield from ("| field | type | required | meaning |", "|---|---|---|---|")
    required = _required(schema.document)
    for path, node in fields(schema.document):
        if not path or path.endswith("[]"):
            continue
        is_required = "yes" if path in required else ""
        yield f"| `{path}` | {kind(node)} | {is_required} | {_cell(_meaning(node))} |"


def _required(document: Node) -> set[str]:
    return {
        f"{path}.{name}" if path else name
        for path, node in fields(document)
        for name in node.get("required", ())
    }


def kind(node: Node) -> str:
    """Return a field's type in a word, with what it holds: ``list of string``, ``a``, ``b``."""
    if "enum" in node:
        return " ".join(f"`{_json(value)}`" for value in node["enum"])
    types = node.get("type", "any")
    names = [types] if isinstance(types, str) else list(types)
    items = node.get("items", {})
    of = f" of {items['type']}s" if isinstance(items.get("type"), str) else ""
    return " or ".join(f"list{of}" if name == "array" else name for name in names)


def _json(value: Any) -> str:
    return "null" if value is None else str(value)


def _meaning(node: Node) -> str:
    return str(node.get("description", ""))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


_TEXT: Final = """\
# Topics and their records

What producers and consumers may rely on. The same for machines: the JSON schemas in
[`schemas`](../schemas), with valid and invalid examples beside each, and one AsyncAPI 3 document,
[`schemas/asyncapi.yaml`](../schemas/asyncapi.yaml). Consumers to begin with, in Python, Java and
TypeScript: [`examples/consumers`](examples/consumers/README.md).

Topic names carry `topic_prefix`, which is empty by default. `partitions` is the setting.

## Versions

A schema's file name has its major version, and so has `ce_type`. Within a major version

- optional fields may come, and event types and actions may come;
- no field goes, none changes its type, its limits or its meaning, none becomes required;
- no value of a list goes, and none comes but an event type or an action.

So a reader must pass over fields, `ce_type`s and event types that it does not know: they are no
errors. A change that needs more gets a new major version beside the old one. Squall itself passes
over unknown fields in mentions and commands, and counts them.

A field within another that is marked as required is so where the other one is given.

`make check` holds every change against [`compatibility.json`](../schemas/compatibility.json): the
schemas as they were promised, and a checksum of each valid example. A breaking change fails, with
the topic, the field and what to do in place of it. An addition is accepted by
`python -m app.cli.contracts`, which adds it to that file, and refuses what would break. An example
once accepted stays as it is. Before the first release nothing is promised yet: there
`schemas/compatibility.json` may be deleted and made anew.

## Headers

Records that Squall writes are CloudEvents 1.0 in Kafka's binary mode: the value is the JSON alone,
and the attributes are headers: `ce_specversion` (`1.0`), `ce_id` (the same for every copy of a
record), `ce_type` (what it is, with its major version), `ce_source` (which part of Squall wrote
it), `ce_time` (RFC 3339, UTC; event time, not the time of sending), `ce_subject` (the brand, where
there is one) and `content-type` (`application/json`). What is of a drill has `ce_drill`, the
drill's id, an extension attribute: whoever acts on events looks at it, or at `drill` in the value.
Dead letters have headers of their own. Of commands no header is read; of mentions only `ce_type`
(another version of Squall's own is refused) and those that make one of a drill: `ce_type`
`squall.mention.drill.v1`, `drill`, its id, and `drill_until`, when it ends by itself (RFC 3339)."""
