"""Whether every device is wired to something that is there, and whether the gate fails as it says."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from booth.settings import line_io
from booth.settings.lights import SWITCHED, GardasoftLight
from booth.settings.line_io import LcusModule, ModbusEncoder, ModbusModule, ModbusRtuModule
from booth.settings.model import Line, Module, Settings
from drivers.line_io import profile
from drivers.line_io.profile import Profile, ProfileInvalid
from drivers.units import as_ms

MODULES_OF: Mapping[str, tuple[str, ...]] = {
    "modbus": ("modbus-tcp", "modbus-rtu"),
    "relay": ("lcus",),
    "gardasoft": ("gardasoft-tcp", "gardasoft-serial"),
}
"""Which kind of module a device's driver talks to."""

LAMPS = ("red", "amber", "green", "blue")


class Miswired(ValueError):
    """A rule is broken; `at` is the key to look at, dotted, `why` what is wrong and what to do."""

    def __init__(self, at: str, why: str) -> None:
        super().__init__(f"{at}: {why}")
        self.at, self.why = at, why


@dataclass(frozen=True, slots=True)
class Terminal:
    """One channel that a device is wired to. `key`: where the settings say so. `module`: its name, or a GPIO chip."""

    key: str
    driver: str
    module: str
    kind: str
    channel: int


def check(settings: Settings) -> None:
    """Raises Miswired for the first rule that is broken. Reads the profiles of the boards, touches no device."""
    profiles = _profiles(settings)
    terminals = [*_terminals(settings)]
    for terminal in terminals:
        _refuse_what_is_not_there(terminal, settings.modules, profiles)
    _refuse_sharing(terminals)
    _refuse_two_owners(terminals, settings.modules)
    _refuse_slow_encoder(settings, profiles)
    _refuse_dimming(settings)
    if settings.line is not None:
        _refuse_gate(settings.line, settings.modules, profiles)


def _profiles(settings: Settings) -> dict[str, Profile]:
    found = {}
    for name, module in settings.modules.items():
        if isinstance(module, ModbusModule):
            found[name] = _profile(f"modules.{name}.profile", module)
    return found


def _profile(key: str, module: ModbusModule) -> Profile:
    try:
        found = profile.read(profile.find(str(module.profile), Path()))
    except ProfileInvalid as error:
        raise Miswired(key, "\n  ".join(("is no profile:", *error.problems))) from error
    over = "rtu" if isinstance(module, ModbusRtuModule) else "tcp"
    if found.transport != over:
        raise Miswired(key, f"a {found.board} speaks Modbus {found.transport}; set driver: modbus-{found.transport}")
    if module.host_idle_ms is not None and found.on_comms_loss == "hold":
        raise Miswired(f"{key.removesuffix('.profile')}.host_idle_ms", f"a {found.board} has no watchdog; remove it")
    return found


def _terminals(settings: Settings) -> Iterator[Terminal]:
    blocks: dict[str, Any] = {f"line.{name}": getattr(settings.line, name, None) for name in Line.model_fields}
    blocks |= {f"lights.{name}": light for name, light in settings.lights.items()}
    for key, block in blocks.items():
        if isinstance(block, line_io.GpioSensor | line_io.GpioOutput):
            yield Terminal(f"{key}.line", block.driver, block.chip, "line", block.line)
        for field in ("input", "output", "counter", "channel", *LAMPS):
            channel = getattr(block, field, None)
            if channel is not None and hasattr(block, "module"):
                kind = "output" if field in LAMPS else field
                yield Terminal(f"{key}.{field}", block.driver, block.module, kind, channel)


def _refuse_what_is_not_there(
    terminal: Terminal, modules: Mapping[str, Module], profiles: Mapping[str, Profile]
) -> None:
    if terminal.kind == "line":
        return
    key, kinds = terminal.key.rpartition(".")[0], MODULES_OF[terminal.driver]
    module = modules.get(terminal.module)
    if module is None or module.driver not in kinds:
        named = ", ".join(name for name, each in modules.items() if each.driver in kinds) or "none"
        says = f"no module with driver {' or '.join(kinds)} is called {terminal.module!r}; there are: {named}"
        raise Miswired(f"{key}.module", f"{says}; add it to `modules:`, or correct it")
    count = _count(terminal, module, profiles.get(terminal.module))
    if count is not None and terminal.channel >= count:
        has = f"has {count}, which count from 0" if count else "has none"
        raise Miswired(terminal.key, f"{terminal.channel}: {terminal.module} {has}; correct it")


def _count(terminal: Terminal, module: Module, board: Profile | None) -> int | None:
    """How many channels of its kind the module has; None: the controller says so itself."""
    if isinstance(module, LcusModule):
        return module.relays
    if board is None:
        return None
    block = {"input": board.inputs, "output": board.outputs, "counter": board.counters}[terminal.kind]
    return block.count if block is not None else 0


def _refuse_sharing(terminals: Iterable[Terminal]) -> None:
    """An input may be looked at twice; nothing else has two masters."""
    seen: dict[tuple[str, str, int], str] = {}
    for terminal in terminals:
        where = (terminal.module, terminal.kind, terminal.channel)
        if where in seen and terminal.kind != "input":
            owner = seen[where].rpartition(".")[0]
            raise Miswired(terminal.key, f"{terminal.channel} of {terminal.module} is that of {owner}; correct one")
        seen[where] = terminal.key


def _refuse_two_owners(terminals: Iterable[Terminal], modules: Mapping[str, Module]) -> None:
    """A watchdog in a board that the controller still talks to would not notice that the line keeper is gone."""
    owner: dict[str, str] = {}
    for terminal in terminals:
        process = terminal.key.partition(".")[0]
        if terminal.kind != "line" and owner.setdefault(terminal.module, process) != process:
            raise Miswired(
                terminal.key.rpartition(".")[0] + ".module",
                f"{terminal.module} has devices of the line, which belong to the line keeper, and lights, which belong "
                "to the controller: either could hide the other's death from it; use a module for each",
            )
    lines: dict[str, str] = {}
    for name, module in modules.items():
        path = getattr(module, "serial", None)
        if path is not None and lines.setdefault(path, name) != name:
            raise Miswired(f"modules.{name}.serial", f"{path} is that of {lines[path]}; give each a line of its own")


def _refuse_slow_encoder(settings: Settings, profiles: Mapping[str, Profile]) -> None:
    encoder = settings.line and settings.line.encoder
    if isinstance(encoder, ModbusEncoder) and (counters := profiles[encoder.module].counters) is not None:
        least = as_ms(counters.latency)
        if encoder.latency_ms <= least:
            says = f"the board alone may take {least:g} ms to tell a count, so its answer cannot be within"
            raise Miswired("line.encoder.latency_ms", f"{says} {encoder.latency_ms:g}; raise it")


def _refuse_dimming(settings: Settings) -> None:
    for number, shot in enumerate(settings.recipe.shots):
        for name, intensity in shot.lights.items():
            light = settings.lights.get(name)
            if light is None:
                continue
            if light.driver in SWITCHED and intensity != 1:
                says = f"{name} is switched and cannot be dimmed to {intensity:g}; set 1.0"
                raise Miswired(f"recipe.shots.{number}.lights", f"{says}, or use a light controller")
            if isinstance(light, GardasoftLight) and (why := light.drive.too_much(intensity)):
                raise Miswired(f"recipe.shots.{number}.lights", f"{name} at {intensity:g} is {why}")


# --- the gate


def _refuse_gate(line: Line, modules: Mapping[str, Module], profiles: Mapping[str, Profile]) -> None:
    gate = line.gate
    match gate.wiring, gate.fail_to:
        case "energise-to-pass", "divert":
            if (why := _why_it_holds(line, modules, profiles)) is not None:
                _need_heartbeat(line, f"{why}: it would go on letting trays pass after the line keeper has died")
        case "energise-to-divert", "stop":
            _need_heartbeat(line, "an energise-to-divert gate lets trays pass when nobody drives it")
        case wiring, fail_to:
            does = "diverts" if wiring == "energise-to-pass" else "lets an undecided tray pass"
            raise Miswired(
                "line.gate.wiring",
                f"{wiring} does not fail to {fail_to}: without power it {does}; wire it energise-to-pass with fail_to: "
                "divert, or energise-to-divert with fail_to: stop and a heartbeat relay",
            )


def _why_it_holds(line: Line, modules: Mapping[str, Module], profiles: Mapping[str, Profile]) -> str | None:
    """Why the gate's output stays as it is when nobody talks to its module; None if it falls in time."""
    gate = line.gate
    if isinstance(gate, line_io.SimulatedGate):
        return None
    if not isinstance(gate, line_io.ModbusGate):
        return f"{'a USB relay' if gate.driver == 'relay' else 'a GPIO line'} stays as it was put"
    module, board = modules[gate.module], profiles[gate.module]
    assert isinstance(module, ModbusModule)
    if module.host_idle_ms is None:
        told = f"; {board.host_idle} Then state its time as modules.{gate.module}.host_idle_ms" * bool(board.host_idle)
        return f"a {board.board} keeps its outputs when it hears nothing{told}"
    spare_ms = _gap_ms(line) - gate.actuation_ms
    if module.host_idle_ms > spare_ms:
        raise Miswired(
            f"modules.{gate.module}.host_idle_ms",
            f"{module.host_idle_ms:g} is more than the {spare_ms:.0f} ms after which the next tray may be at the gate, "
            "less its actuation; set the board to less, or raise line.min_pitch_mm",
        )
    return None


def _need_heartbeat(line: Line, why: str) -> None:
    beat = line.heartbeat
    if beat is None:
        raise Miswired("line.gate", f"{why}; add `line.heartbeat`, a watchdog relay in the belt's circuit")
    holds_ms = getattr(beat, "holds_ms", None)
    if holds_ms is not None and holds_ms > _gap_ms(line):
        raise Miswired(
            "line.heartbeat.holds_ms",
            f"{holds_ms:g} is more than the {_gap_ms(line):.0f} ms after which the next tray may be at the gate; set "
            "the relay to less, or raise line.min_pitch_mm",
        )


def _gap_ms(line: Line) -> float:
    """How long after one tray has left the gate the next one may be there."""
    return (line.min_pitch_mm - line.tray_length_mm - line.position_tolerance_mm) / line.belt_mm_per_s * 1000
