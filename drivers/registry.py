"""Which driver a settings key names: an explicit table, loaded on demand.

A factory is called as `factory(options, bench)`: `options` is the settings block as a plain mapping, less
its `driver` key; `bench` is what the booth lends to every device.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from drivers.clock import Clock
from drivers.errors import DeviceMissing
from drivers.links import Dial


@dataclass(frozen=True, slots=True)
class Bench:
    """What the booth lends to every device.

    `name` is the settings key the device stands under. `world` reaches the simulated booth; None on a
    real line, where a simulated driver therefore cannot be opened.
    """

    name: str
    clock: Clock
    world: Dial | None = None


Options = Mapping[str, Any]
Factory = Callable[[Options, Bench], Any]

CAMERAS = {
    "simulated": "fakes.devices.camera:make",
    "recorded": "drivers.cameras.recorded:make",
    "realsense": "drivers.cameras.realsense:make",
    "realsense-playback": "drivers.cameras.realsense:make_playback",
    "emulated-realsense": "fakes.devices.realsense:make",
}
LIGHTS = {
    "simulated": "fakes.devices.light:make",
    "none": "drivers.lights.none:make",
}
TRAY_SENSORS = {"simulated": "fakes.devices.tray_sensor:make"}
GATES = {"simulated": "fakes.devices.gate:make"}
TRAY_STOPS = {"simulated": "fakes.devices.tray_stop:make"}
BELT_PERMITS = {"simulated": "fakes.devices.belt_permit:make"}
ENCODERS = {"simulated": "fakes.devices.encoder:make"}
HEARTBEATS = {"simulated": "fakes.devices.heartbeat:make"}
STACK_LIGHTS = {"simulated": "fakes.devices.stack_light:make"}


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
