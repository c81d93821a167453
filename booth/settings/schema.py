"""The JSON Schema of a settings file."""

import ast
import inspect
from typing import Any

from booth.settings import belt, cameras, lights, line_io, model, plc

ROOMS = (belt, line_io, lights, cameras, plc, model)
"""The modules that say what a key means."""


def document() -> dict[str, Any]:
    """JSON Schema, draft 2020-12; each key with the text that stands below it in the model."""
    schema = model.Settings.model_json_schema()
    for name, texts in _texts().items():
        node = schema if name == "Settings" else schema["$defs"].get(name, {})
        for key, text in texts.items():
            if key in node.get("properties", {}):
                node["properties"][key]["description"] = text
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of an inspection booth",
        **{key: part for key, part in schema.items() if key != "title"},
    }


def _texts() -> dict[str, dict[str, str]]:
    """Class: key: the string literal that follows the key's line, there or in a class that it is made from.

    pydantic can collect these itself, but then it does so whenever the model is imported, and the line keeper has to
    be ready in half a second.
    """
    nodes = (node for room in ROOMS for node in ast.parse(inspect.getsource(room)).body)
    found: dict[str, dict[str, str]] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            above = [found.get(each.id, {}) for each in node.bases if isinstance(each, ast.Name)]
            found[node.name] = {key: text for texts in above for key, text in texts.items()} | dict(_documented(node))
    return found


def _documented(node: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for field, following in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                found.append((field.target.id, " ".join(text.value.split())))
    return found
