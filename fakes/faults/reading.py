"""From a YAML file to a FaultPlan, or to every mistake in it at once."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from fakes.faults.planned import FaultPlan, PlannedFault
from fakes.faults.table import TABLE

KEYS = tuple(field.name for field in fields(PlannedFault) if field.name != "amount")


class FaultPlanInvalid(ValueError):
    """The fault plan cannot be used; `problems` has every mistake that was found, each with file and line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def read(path: Path) -> FaultPlan:
    """Raises FaultPlanInvalid.

    The file is a mapping of `seed` (a whole number) and `faults`, a list of mappings with the keys of PlannedFault;
    an amount stands under the key of its row, as `late_ms: 400`.
    """
    return _Reader(path).plan(_root(path))


def _root(path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise FaultPlanInvalid([f"{path}:1: cannot be read ({error.strerror}); check the path"]) from error
    except UnicodeDecodeError as error:
        raise FaultPlanInvalid([f"{path}:1: is not UTF-8 text; save it as UTF-8"]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or error
        line = mark.line + 1 if mark else 1
        raise FaultPlanInvalid([f"{path}:{line}: is not YAML: {why}; check the indentation around here"]) from error


class _Reader:
    """Collects mistakes as it goes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mistakes: list[tuple[int, str]] = []

    def plan(self, root: yaml.Node | None) -> FaultPlan:
        if not isinstance(root, yaml.MappingNode):
            raise FaultPlanInvalid([f"{self._path}:1: is not a mapping; it has `seed:` and `faults:`"])
        top = self._mapping(root, ("seed", "faults"), "a fault plan")
        seed = self._seed(top.get("seed"))
        faults = self._faults(root, top.get("faults"))
        if self._mistakes:
            raise FaultPlanInvalid([f"{self._path}:{line}: {says}" for line, says in sorted(self._mistakes)])
        return FaultPlan(seed, faults)

    def _wrong(self, node: yaml.Node, says: str) -> None:
        self._mistakes.append((node.start_mark.line + 1, says))

    def _mapping(self, node: yaml.MappingNode, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in found:
                self._wrong(key, f"{key.value}: stands there twice; remove one of the two")
            elif key.value not in known:
                self._wrong(key, f"{key.value}: no such key of {what}; there are: {', '.join(known)}")
            found[str(key.value)] = value
        return {key: value for key, value in found.items() if key in known}

    def _seed(self, node: yaml.Node | None) -> int:
        seed = _plain(node) if node else 0
        if node and (type(seed) is not int or seed < 0):
            self._wrong(node, f"seed: {seed!r} is not a whole number of 0 or more; correct it")
            return 0
        return int(seed)

    def _faults(self, root: yaml.Node, node: yaml.Node | None) -> tuple[PlannedFault, ...]:
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node or root, "faults: is not a list of faults; write one as `- name: frame-dropped`")
            return ()
        read = [self._fault(each) for each in node.value]
        return tuple(fault for fault in read if fault)

    def _fault(self, node: yaml.Node) -> PlannedFault | None:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, "is not a fault; write one as `- name: frame-dropped`")
            return None
        name = next((_plain(value) for key, value in node.value if key.value == "name"), None)
        row = TABLE.get(name) if isinstance(name, str) else None
        if row is None:
            said = "it has no name" if name is None else f"no fault is called {name!r}"
            self._wrong(node, f"{said}; there are: {', '.join(TABLE)}")
            return None
        amount = (row.amount.key,) if row.amount else ()
        words = {key: _plain(value) for key, value in self._mapping(node, (*KEYS, *amount), row.name).items()}
        if row.amount and row.amount.key in words:
            words["amount"] = words.pop(row.amount.key)
        fault = PlannedFault(**words)
        for says in fault.problems():
            self._wrong(node, says)
        return fault


def _plain(node: yaml.Node) -> Any:
    """The node as Python's values, in any nesting."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()
