"""The JSON Schema of a settings file."""

from typing import Any

from booth.settings.model import Settings


def document() -> dict[str, Any]:
    """JSON Schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of an inspection booth",
        **{key: part for key, part in Settings.model_json_schema().items() if key != "title"},
    }
