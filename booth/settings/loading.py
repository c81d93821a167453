"""From a YAML file to Settings, or to every problem in it at once."""

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from booth.settings import wiring
from booth.settings.model import Settings
from booth.settings.wiring import Miswired


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, where it stands and what to do."""

    file: Path
    line: int
    key: str
    says: str

    def __str__(self) -> str:
        return (
            f"{self.file}:{self.line}: {self.key}: {self.says}" if self.key else f"{self.file}:{self.line}: {self.says}"
        )


class SettingsInvalid(ValueError):
    """The settings cannot be used; `problems` has every mistake that was found, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def load(path: Path) -> Settings:
    """Read `path` whole. Raises SettingsInvalid with every problem at once."""
    text = _text(path)
    root = _compose(path, text)
    problems = _repeated(path, root)
    try:
        found = Settings.model_validate(yaml.safe_load(text), context={"folder": path.parent.resolve()})
    except ValidationError as error:
        raise SettingsInvalid(problems + [_problem(path, root, details) for details in error.errors()]) from error
    problems += _wiring(path, root, found)
    if problems:
        raise SettingsInvalid(problems)
    return found


def _wiring(path: Path, root: yaml.Node, found: Settings) -> list[Problem]:
    """Looked at last: it takes settings that make sense, and reads the profiles that they name."""
    try:
        wiring.check(found)
    except Miswired as error:
        line, _ = _locate(root, error.at.split("."))
        return [Problem(path, line, error.at, error.why)]
    return []


def digest(path: Path) -> str:
    """The sha256 of the settings file: what a record names."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsInvalid([Problem(path, 1, "", f"cannot be read ({error.strerror}); check the path")]) from error
    except UnicodeDecodeError as error:
        raise SettingsInvalid([Problem(path, 1, "", "is not UTF-8 text; save it as UTF-8")]) from error


def _compose(path: Path, text: str) -> yaml.Node:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        says = f"is not YAML: {error.problem}; check the indentation and the quotes around here"
        raise SettingsInvalid([Problem(path, line, "", says)]) from error
    except yaml.YAMLError as error:
        raise SettingsInvalid([Problem(path, 1, "", f"is not YAML: {error}")]) from error
    if not isinstance(root, yaml.MappingNode):
        raise SettingsInvalid([Problem(path, 1, "", "is empty or not a mapping; start from config/sim.yaml")])
    return root


def _repeated(path: Path, node: yaml.Node, prefix: str = "") -> list[Problem]:
    """YAML lets the last of two equal keys win without a word; here that is a mistake."""
    found: list[Problem] = []
    for key, value, name in _children(node):
        dotted = f"{prefix}{name}"
        if isinstance(node, yaml.MappingNode) and key is not None:
            twins = [k for k, _ in node.value if k.value == key.value]
            if twins[0] is not key:
                line = twins[0].start_mark.line + 1
                says = f"stands already on line {line}; remove one of the two"
                found.append(Problem(path, key.start_mark.line + 1, dotted, says))
        found += _repeated(path, value, f"{dotted}.")
    return found


def _children(node: yaml.Node) -> list[tuple[yaml.Node | None, yaml.Node, str]]:
    if isinstance(node, yaml.MappingNode):
        return [(key, value, str(key.value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(None, value, str(index)) for index, value in enumerate(node.value)]
    return []


def _problem(path: Path, root: yaml.Node, details: ErrorDetails) -> Problem:
    at = str(details.get("ctx", {}).get("at", ""))
    wanted = [*map(str, details["loc"]), *(at.split(".") if at else [])]
    line, found = _locate(root, wanted)
    if details["type"] in ("missing", "union_tag_not_found", "extra_forbidden") and wanted:
        if details["type"] == "union_tag_not_found":
            wanted = [*found, "driver"]
        found = [*found, wanted[-1]] if found[-1:] != wanted[-1:] else found
    return Problem(path, line, ".".join(found or wanted), _says(details, wanted))


def _locate(node: yaml.Node, wanted: list[str]) -> tuple[int, list[str]]:
    """The line of the deepest part of `wanted` that stands in the file, and the part that does.

    Names that are not in the file are passed over: pydantic puts the tag of a union into the path.
    """
    line, found = 1, []
    for name in wanted:
        for key, value, child in _children(node):
            if child == name:
                line, node = (key or value).start_mark.line + 1, value
                found.append(name)
                break
    return line, found


def _says(details: ErrorDetails, wanted: list[str]) -> str:
    kind, context = details["type"], details.get("ctx", {})
    match kind:
        case "extra_forbidden":
            return f"no such key{_suggestion(wanted)}; remove it or correct its name"
        case "missing":
            return "is missing; add it"
        case "union_tag_not_found":
            return "is missing; name the driver"
        case "union_tag_invalid":
            return f"no driver is called {context.get('tag')!r}; there are: {context.get('expected_tags')}"
        case "rule":
            return str(context["why"])
        case "string_pattern_mismatch":
            return f"{details['input']!r} is not a name; use small letters, digits, - and _, a letter first"
    return f"{_shown(details['input'])} will not do: {details['msg'][0].lower()}{details['msg'][1:]}; correct it"


def _shown(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a block" if isinstance(value, dict) else repr(value)


def _suggestion(wanted: list[str]) -> str:
    """Did they mean a sister key? Follows the path through the models."""
    known = _keys_beside(Settings, wanted)
    close = get_close_matches(wanted[-1], known, n=1)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f"; there are: {', '.join(sorted(known))}" if known else ""


def _keys_beside(model: type[BaseModel], wanted: list[str]) -> list[str]:
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for name in wanted[:-1]:
        node = _step(schema, node, name)
    return list(_resolved(schema, node).get("properties", {}))


def _step(schema: dict[str, Any], node: dict[str, Any], name: str) -> dict[str, Any]:
    node = _resolved(schema, node)
    mapping = node.get("discriminator", {}).get("mapping", {})
    if name in mapping:
        return {"$ref": mapping[name]}
    any_name = next(iter(node.get("patternProperties", {}).values()), None)
    below = node.get("properties", {}).get(name) or any_name or node.get("items") or {}
    return below if isinstance(below, dict) else {}


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    for option in node.get("anyOf", []):
        if "$ref" in option:
            node = option
    while "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[-1]]
    return node
