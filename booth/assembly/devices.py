"""From settings to devices, through the table of drivers."""

from typing import Any

from booth.settings import Settings
from booth.settings.nouns import Frozen
from drivers.clock import Clock
from drivers.links import Dial
from drivers.protocols import Camera, Light
from drivers.registry import CAMERAS, LIGHTS, Bench, load


def cameras(settings: Settings, clock: Clock, world: Dial | None) -> dict[str, Camera]:
    """Raises DeviceMissing for a driver whose package is not installed."""
    return {name: _made(CAMERAS, block, Bench(name, clock, world)) for name, block in settings.cameras.items()}


def lights(settings: Settings, clock: Clock, world: Dial | None) -> dict[str, Light]:
    """Raises DeviceMissing for a driver whose package is not installed."""
    return {name: _made(LIGHTS, block, Bench(name, clock, world)) for name, block in settings.lights.items()}


def _made(table: dict[str, str], block: Frozen, bench: Bench) -> Any:
    options = block.model_dump()
    return load(table, options.pop("driver"))(options, bench)
