"""From settings to devices, through the table of drivers."""

from typing import Any

from booth.assembly.processes import world_socket
from booth.settings import Settings
from booth.settings.cameras import SdkCamera
from booth.settings.nouns import Frozen
from drivers.clock import Clock
from drivers.isolated.camera import Isolated
from drivers.isolated.job import Job
from drivers.isolated.process import Say
from drivers.links import Dial
from drivers.protocols import Camera, Light
from drivers.registry import CAMERAS, LIGHTS, Bench, Modules, load


def cameras(settings: Settings, clock: Clock, world: Dial | None, host_says: Say | None = None) -> dict[str, Camera]:
    """`host_says` takes what the processes write that cameras with `process: own` get; without it they get none, as in
    virtual time. Raises DeviceMissing for a driver whose package is not installed."""
    return {
        name: _apart(name, block, settings, clock, host_says)
        if host_says is not None and isinstance(block, SdkCamera) and block.process == "own"
        else _made(CAMERAS, block, Bench(name, clock, world))
        for name, block in settings.cameras.items()
    }


def _apart(name: str, block: Frozen, settings: Settings, clock: Clock, host_says: Say) -> Camera:
    options = block.model_dump(mode="json")
    driver = options.pop("driver")
    world = str(world_socket(settings)) if settings.simulated else None
    return Isolated(Job(name, driver, CAMERAS[driver], options, world), clock, host_says)


def lights(settings: Settings, clock: Clock, world: Dial | None) -> dict[str, Light]:
    """Raises DeviceMissing for a driver whose package is not installed."""
    modules = Modules({name: block.model_dump() for name, block in settings.modules.items()}, clock)
    return {name: _made(LIGHTS, block, Bench(name, clock, world, modules)) for name, block in settings.lights.items()}


def _made(table: dict[str, str], block: Frozen, bench: Bench) -> Any:
    options = block.model_dump()
    return load(table, options.pop("driver"))(options, bench)
