"""The AsyncAPI document, the page and the example consumers say what schemas and code say."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema

from app.cli.contracts import asyncapi, channels, schemas
from app.cli.contracts.page import lines
from app.core.crisis import EventType
from deploy.chart_topics import READ, WRITE

SCHEMAS = {schema.name: schema for schema in schemas.read()}
EVENTS = "crisis.events/v1"
CONSUMERS = schemas.FOLDER.parent / "docs/examples/consumers"


def test_each_schema_is_on_a_channel_and_each_channel_is_a_topic() -> None:
    assert sorted(name for one in channels.CHANNELS for name in one.records) == sorted(SCHEMAS)
    assert {one.topic for one in channels.CHANNELS} == set(channels.specs())
    assert {one.topic for one in channels.CHANNELS if one.readers} == set(READ)
    assert {one.topic for one in channels.CHANNELS if one.writers} == set(WRITE)
    inputs = {one.topic for one in channels.CHANNELS if set(one.writers) <= {"canary", "intake"}}
    assert inputs == {schema.topic for schema in SCHEMAS.values() if schema.is_input}


def test_each_record_of_ours_says_its_type() -> None:
    ours = {name for name, schema in SCHEMAS.items() if not schema.is_input}
    assert set(channels.CE_TYPES) == ours - channels.IN_HEADERS
    described = " ".join(schema.document["description"] for schema in SCHEMAS.values())
    for name, types in channels.CE_TYPES.items():
        one = name == EVENTS or all(f"`{kind}`" in described for kind in types)
        assert one, f"{name}: the description and the code differ"


def test_every_reference_of_the_document_leads_somewhere() -> None:
    document = asyncapi.document()
    references = re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))

    assert len(references) > 40
    for reference in references:
        if reference.startswith("./"):
            assert (schemas.FOLDER / reference).is_file(), reference
            continue
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
    referred = {reference for reference in references if reference.startswith("./")}
    assert len(referred) == len(SCHEMAS)


def test_the_documents_headers_are_those_that_are_written() -> None:
    written = {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject"}
    trait = asyncapi.document()["components"]["messageTraits"]["cloudEvents"]["headers"]
    assert set(trait["properties"]) == written | {"content-type"}
    jsonschema.Draft202012Validator.check_schema(trait)


def test_every_field_and_type_is_on_the_page() -> None:
    page = "\n".join(lines())
    for schema in SCHEMAS.values():
        for path, node in schemas.fields(schema.document):
            if path and not path.endswith("[]"):
                assert f"| `{path}` |" in page
                assert node["description"].replace("|", "\\|") in page, path
        for kind in channels.CE_TYPES.get(schema.name, ()):
            assert f"`{kind}`" in page
    assert "`ce_type`s and event types that it does not know" in page


def test_the_example_consumers_handle_the_same_known_steps() -> None:
    known = {one.value for one in EventType}
    found = []
    for name in (
        "python/crisis_events.py",
        "java/CrisisEvents.java",
        "typescript/crisis-events.ts",
    ):
        source = (CONSUMERS / name).read_text("utf-8")
        listed = source[source.index('"watch"') : source.index('"closed"') + len('"closed"')]
        found.append(re.findall(r'"(\w+)"', listed))

    assert found[0] == found[1] == found[2]
    assert set(found[0]) <= known
    assert len(found[0]) >= 10
