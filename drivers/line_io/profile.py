"""What a Modbus board is like, from a YAML file: a new board is a file and not code.

    board: Waveshare Modbus RTU IO 8CH   # what the messages call it
    transport: rtu                       # tcp, or rtu on a serial line
    port: 502                            # tcp only
    serial: {baud: 9600, parity: none, stop_bits: 1}      # rtu only
    unit: 1                              # the address on the line; a TCP module may ignore it
    counts_from: 0                       # 1: the addresses below are as printed in a manual that counts from 1
    inputs: {space: discrete, first: 0, count: 8, voltage_reads: 1, latency_ms: 10}       # or space: coils
    outputs: {first: 0, count: 8, energised_by: 1}
    counters: {first: 0, count: 12, low_word_first: true, latency_ms: 2, of_inputs: true}
    flash: {first: 0x200, step_ms: 100, longest: 32767}
    on_comms_loss: hold                  # or off: see host_idle
    host_idle: how the board is told to drop its outputs when it hears nothing
    require:
      - {registers: {space: holding, first: 0x1000, count: 8}, equal: 0, else: what to do about it}

`latency_ms` bounds how old a value may be when the board answers with it: its scan and its filter. Counters are
holding registers, two for each, that count rising voltage; `of_inputs`: counter n is that of input n. counters,
flash, inputs, outputs and require may be missing; `host_idle` goes with on_comms_loss: off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from drivers.ports import Serial
from drivers.units import Duration, ms

SHIPPED = Path(__file__).parent / "profiles"
Space = Literal["coils", "discrete", "holding", "input"]
HIGHEST = 0xFFFF


@dataclass(frozen=True, slots=True)
class Inputs:
    space: Space
    first: int
    count: int
    voltage_reads: bool
    latency: Duration


@dataclass(frozen=True, slots=True)
class Outputs:
    first: int
    count: int
    energised_by: bool


@dataclass(frozen=True, slots=True)
class Counters:
    first: int
    count: int
    low_word_first: bool
    latency: Duration
    of_inputs: bool


@dataclass(frozen=True, slots=True)
class Flash:
    """A coil of its own for each output: what is written to it is for how many steps the output is energised."""

    first: int
    step: Duration
    longest: int


@dataclass(frozen=True, slots=True)
class Requirement:
    """Registers that must hold `equal`; `otherwise` says what to do when one does not."""

    space: Space
    first: int
    count: int
    equal: int
    otherwise: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Addresses as they are on the wire, which counts from 0."""

    board: str
    transport: Literal["tcp", "rtu"]
    port: int
    serial: Serial
    unit: int
    inputs: Inputs | None
    outputs: Outputs | None
    counters: Counters | None
    flash: Flash | None
    on_comms_loss: Literal["hold", "off"]
    host_idle: str
    require: tuple[Requirement, ...]


class ProfileInvalid(ValueError):
    """The profile cannot be used; `problems` has every mistake that was found, each with file and line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


def shipped() -> tuple[str, ...]:
    """The names of the boards that come with the booth."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def find(name: str, folder: Path) -> Path:
    """The file of a profile: that of a shipped board, or one of the site's own, which has a name that ends in .yaml;
    a relative one is meant from `folder`. Raises ProfileInvalid."""
    if name.endswith((".yaml", ".yml")):
        return Path(folder, name).resolve()
    if name not in shipped():
        known = ", ".join(shipped())
        raise ProfileInvalid([f"no board is called {name!r}; there are: {known}; or name a file that ends in .yaml"])
    return SHIPPED / f"{name}.yaml"


def read(path: Path) -> Profile:
    """Raises ProfileInvalid with every mistake at once."""
    reader = _Reader(path)
    root = reader.root()
    found = reader.profile(root)
    if reader.mistakes:
        raise ProfileInvalid([f"{path}:{line}: {says}" for line, says in sorted(reader.mistakes)])
    return found


Take = Callable[[Any], Any]
"""A value of the file as it is used. Raises ValueError that says what it should have been."""


def _whole(least: int, most: int) -> Take:
    def take(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return value

    return take


def _one_of(*words: Any) -> Take:
    def take(value: Any) -> Any:
        for word in words:
            if type(value) is type(word) and value == word:
                return value
        raise ValueError(f"is not one of {', '.join(map(str, words))}")

    return take


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("is not a text")
    return value


def _span(value: Any) -> Duration:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 10_000:
        raise ValueError("is not a number of milliseconds from 0 to 10000")
    return ms(value)


def _comms_loss(value: Any) -> str:
    # YAML 1.1 reads a bare `off` as false.
    return str(_one_of("hold", "off")("off" if value is False else value))


ADDRESS, COUNT, BIT = _whole(0, HIGHEST), _whole(1, 2000), _one_of(0, 1)
TOP: Mapping[str, Take] = {
    "board": _text, "transport": _one_of("tcp", "rtu"), "port": _whole(1, 65535), "unit": _whole(0, 255),
    "counts_from": BIT, "on_comms_loss": _comms_loss, "host_idle": _text,
}  # fmt: skip
BLOCKS: Mapping[str, Mapping[str, Take]] = {
    "serial": {"baud": _whole(300, 4_000_000), "parity": _one_of("none", "even", "odd"), "stop_bits": _one_of(1, 2)},
    "inputs": {"space": _one_of("discrete", "coils"), "first": ADDRESS, "count": COUNT, "voltage_reads": BIT,
               "latency_ms": _span},
    "outputs": {"first": ADDRESS, "count": COUNT, "energised_by": BIT},
    "counters": {"first": ADDRESS, "count": _whole(1, 60), "low_word_first": _one_of(True, False),
                 "latency_ms": _span, "of_inputs": _one_of(True, False)},
    "flash": {"first": ADDRESS, "step_ms": _span, "longest": _whole(1, HIGHEST)},
    "registers": {"space": _one_of("holding", "input"), "first": ADDRESS, "count": _whole(1, 125)},
}  # fmt: skip
REQUIREMENT: Mapping[str, Take] = {"equal": _whole(0, HIGHEST), "else": _text}
NEEDED = ("board", "transport", "unit", "counts_from", "on_comms_loss")


class _Reader:
    """Collects mistakes as it goes; what is wrong is left out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shift = 0
        self.mistakes: list[tuple[int, str]] = []

    def root(self) -> yaml.MappingNode:
        """Raises ProfileInvalid for a file that is no mapping."""
        try:
            node = yaml.compose(self._path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except OSError as error:
            raise ProfileInvalid([f"{self._path}:1: cannot be read ({error.strerror}); check the path"]) from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            mark = getattr(error, "problem_mark", None)
            line = mark.line + 1 if mark else 1
            says = f"is not YAML: {getattr(error, 'problem', error)}; check the indentation around here"
            raise ProfileInvalid([f"{self._path}:{line}: {says}"]) from error
        if not isinstance(node, yaml.MappingNode):
            raise ProfileInvalid([f"{self._path}:1: is not a mapping; copy a profile that comes with the booth"])
        return node

    def profile(self, root: yaml.MappingNode) -> Profile:
        known = {**TOP, **{name: None for name in BLOCKS if name != "registers"}, "require": None}
        nodes = self._mapping(root, tuple(known))
        for name in NEEDED:
            if name not in nodes:
                self._wrong(root, f"{name}: is missing; add it")
        plain = {name: self._value(name, nodes[name], TOP[name]) for name in TOP if name in nodes}
        shift = self._shift = plain.get("counts_from") or 0
        blocks = {name: self._block(name, nodes[name]) for name in BLOCKS if name in nodes}
        self._host_idle(root, plain)
        serial = blocks.get("serial") or {}
        return Profile(
            board=plain.get("board") or "",
            transport=plain.get("transport") or "tcp",
            port=plain.get("port") or 502,
            serial=Serial("", **{"baud": 9600, **serial}),
            unit=plain.get("unit") or 0,
            inputs=_made(Inputs, blocks.get("inputs"), shift),
            outputs=_made(Outputs, blocks.get("outputs"), shift),
            counters=_made(Counters, blocks.get("counters"), shift),
            flash=_made(Flash, blocks.get("flash"), shift),
            on_comms_loss=plain.get("on_comms_loss") or "hold",
            host_idle=plain.get("host_idle") or "",
            require=self._requirements(nodes.get("require"), shift),
        )

    def _host_idle(self, root: yaml.Node, plain: Mapping[str, Any]) -> None:
        if plain.get("on_comms_loss") == "off" and not plain.get("host_idle"):
            says = "host_idle: is missing; a board that drops its outputs says here how it is told to"
            self._wrong(root, says)

    def _requirements(self, node: yaml.Node | None, shift: int) -> tuple[Requirement, ...]:
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(node, "require: is not a list; put a - before each")
            return ()
        found = [self._requirement(each, shift) for each in node.value]
        return tuple(each for each in found if each is not None)

    def _requirement(self, node: yaml.Node, shift: int) -> Requirement | None:
        parts = self._mapping(node, ("registers", *REQUIREMENT), "require.")
        for name in ("registers", *REQUIREMENT):
            if name not in parts:
                self._wrong(node, f"require.{name}: is missing; add it")
                return None
        where = self._block("registers", parts["registers"])
        equal, otherwise = (self._value(f"require.{name}", parts[name], REQUIREMENT[name]) for name in REQUIREMENT)
        if where is None or equal is None or otherwise is None:
            return None
        return Requirement(where["space"], where["first"] - shift, where["count"], equal, otherwise)

    def _block(self, name: str, node: yaml.Node) -> dict[str, Any] | None:
        """None for one with a mistake in it."""
        takes, before = BLOCKS[name], len(self.mistakes)
        parts = self._mapping(node, tuple(takes), f"{name}.")
        for key in takes.keys() - parts.keys() if isinstance(node, yaml.MappingNode) else ():
            self._wrong(node, f"{name}.{key}: is missing; add it")
        values = {key: self._value(f"{name}.{key}", value, takes[key]) for key, value in parts.items()}
        if "first" in parts and values["first"] == 0 and self._shift:
            self._wrong(parts["first"], f"{name}.first: 0 is no address where counts_from is 1; correct one of them")
        return values if len(self.mistakes) == before else None

    def _mapping(self, node: yaml.Node, known: tuple[str, ...], prefix: str = "") -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self._wrong(node, f"{prefix.removesuffix('.')}: is not a block of keys")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.value in found:
                self._wrong(key, f"{prefix}{key.value}: stands there twice; remove one of the two")
            elif key.value not in known:
                self._wrong(key, f"{prefix}{key.value}: no such key; there are: {', '.join(known)}")
            found[str(key.value)] = value
        return {key: value for key, value in found.items() if key in known}

    def _value(self, name: str, node: yaml.Node, take: Take) -> Any:
        value = yaml.constructor.SafeConstructor().construct_document(node)
        try:
            return take(value)
        except ValueError as error:
            self._wrong(node, f"{name}: {value!r} {error}; correct it")
            return None

    def _wrong(self, node: yaml.Node, says: str) -> None:
        self.mistakes.append((node.start_mark.line + 1, says))


def _made(kind: type[Any], block: Mapping[str, Any] | None, shift: int) -> Any:
    """A block of the file as its dataclass; None without one, or with a mistake in it."""
    if block is None:
        return None
    spans = {"latency_ms": "latency", "step_ms": "step"}
    values = {spans.get(key, key): value for key, value in block.items()}
    if "voltage_reads" in values:
        values["voltage_reads"] = bool(values["voltage_reads"])
    if "energised_by" in values:
        values["energised_by"] = bool(values["energised_by"])
    return kind(**{**values, "first": values["first"] - shift})
