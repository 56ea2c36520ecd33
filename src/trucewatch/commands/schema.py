"""``trucewatch schema``: the JSON Schema of what ``trucewatch read --json`` writes."""

from __future__ import annotations

import json
from typing import Any

import click

from trucewatch.reading.model import FORMAT, Reading

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def reading_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a reading as it is written: every field is always there."""
    schema = Reading.model_json_schema(mode="serialization")
    for model in (schema, *schema["$defs"].values()):
        model["required"] = list(model["properties"])
    return {"$schema": DIALECT, "$id": f"urn:{FORMAT.replace('/', ':')}", **schema}


@click.command()
def schema() -> None:
    """Print the JSON Schema of a reading."""
    click.echo(json.dumps(reading_schema(), indent=1, ensure_ascii=False))
