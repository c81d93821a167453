"""Which driver a settings key names: an explicit table, loaded on demand.

A factory is called as `factory(options, bench)`: `options` is the settings block as a plain mapping, less
its `driver` key; `bench` is what the booth lends to every device.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from drivers.clock import Clock
from drivers.errors import DeviceMissing
from drivers.links import Dial


@dataclass(frozen=True, slots=True)
class Bench:
    """What the booth lends to every device.

    `name` is the settings key the device stands under. `world` reaches the simulated booth; None on a
    real line, where a simulated driver therefore cannot be opened. `modules` are those of the settings by name, each
    shared by the devices that are wired to it.
    """

    name: str
    clock: Clock
    world: Dial | None = None
    modules: Mapping[str, Any] = field(default_factory=dict)


Options = Mapping[str, Any]
Factory = Callable[[Options, Bench], Any]

CAMERAS = {
    "simulated": "fakes.devices.camera:make",
    "recorded": "drivers.cameras.recorded:make",
    "realsense": "drivers.cameras.realsense:make",
    "realsense-playback": "drivers.cameras.realsense:make_playback",
    "emulated-realsense": "fakes.devices.realsense:make",
    "basler": "drivers.cameras.basler:make",
    "emulated-basler": "fakes.devices.basler:make",
    "uvc": "drivers.cameras.uvc:make",
}
MODULES = {
    "modbus-tcp": "drivers.line_io.board:on_network",
    "modbus-rtu": "drivers.line_io.board:on_serial_line",
    "lcus": "drivers.line_io.lcus:make",
    "gardasoft-tcp": "drivers.lights.gardasoft:on_network",
    "gardasoft-serial": "drivers.lights.gardasoft:on_serial_line",
}
LIGHTS = {
    "simulated": "fakes.devices.light:make",
    "none": "drivers.lights.none:make",
    "modbus": "drivers.lights.switched:make",
    "relay": "drivers.lights.switched:make",
    "gpio": "drivers.lights.switched:make",
    "gardasoft": "drivers.lights.gardasoft_light:make",
}
TRAY_SENSORS = {
    "simulated": "fakes.devices.tray_sensor:make",
    "modbus": "drivers.line_io.inputs:sensor",
    "gpio": "drivers.line_io.gpio:sensor",
}
GATES = {
    "simulated": "fakes.devices.gate:make",
    "modbus": "drivers.line_io.wired:gate",
    "relay": "drivers.line_io.wired:gate",
    "gpio": "drivers.line_io.wired:gate",
}
TRAY_STOPS = {
    "simulated": "fakes.devices.tray_stop:make",
    "modbus": "drivers.line_io.wired:tray_stop",
    "relay": "drivers.line_io.wired:tray_stop",
    "gpio": "drivers.line_io.wired:tray_stop",
}
BELT_PERMITS = {
    "simulated": "fakes.devices.belt_permit:make",
    "modbus": "drivers.line_io.wired:belt_permit",
    "relay": "drivers.line_io.wired:belt_permit",
    "gpio": "drivers.line_io.wired:belt_permit",
}
CONTACTS = {
    "modbus": "drivers.line_io.wired:contact",
    "relay": "drivers.line_io.wired:contact",
    "gpio": "drivers.line_io.wired:contact",
}
"""An output alone: off when it is opened, off when it is closed. For the hands of a technician."""
ENCODERS = {
    "simulated": "fakes.devices.encoder:make",
    "modbus": "drivers.line_io.inputs:encoder",
}
SCANNERS = {
    "simulated": "fakes.devices.scanner:make",
    "serial": "drivers.scanners.line_ended:on_serial_line",
    "tcp": "drivers.scanners.line_ended:on_network",
}
HEARTBEATS = {
    "simulated": "fakes.devices.heartbeat:make",
    "modbus": "drivers.line_io.wired:heartbeat",
    "relay": "drivers.line_io.wired:heartbeat",
    "gpio": "drivers.line_io.wired:heartbeat",
}
STACK_LIGHTS = {
    "simulated": "fakes.devices.stack_light:make",
    "modbus": "drivers.line_io.wired:stack_light",
    "relay": "drivers.line_io.wired:stack_light",
}


def load(table: Mapping[str, str], key: str) -> Factory:
    """The factory that `key` names in `table`. Raises DeviceMissing for a key or a module that is not there."""
    if key not in table:
        raise DeviceMissing(f"no driver is called {key!r}; there are: {', '.join(sorted(table))}")
    module, _, name = table[key].partition(":")
    try:
        factory: Factory = getattr(import_module(module), name)
    except ImportError as error:
        raise DeviceMissing(f"driver {key!r} needs a package that is not installed: {error}") from error
    return factory


class Modules(Mapping[str, Any]):
    """The modules of the settings: what several devices of one process share. One is made, and its driver loaded, when
    it is first asked for, which raises what `load` raises."""

    def __init__(self, blocks: Mapping[str, Options], clock: Clock) -> None:
        self._blocks, self._clock = blocks, clock
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            options = dict(self._blocks[name])
            factory = load(MODULES, options.pop("driver"))
            self._made[name] = factory(options, Bench(f"modules.{name}", self._clock))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)
