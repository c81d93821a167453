"""What a camera host is told to run. Plain words, so that they pass between processes as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from drivers.clock import SystemClock
from drivers.links import connect
from drivers.protocols import Camera
from drivers.registry import Bench, Factory, load


@dataclass(frozen=True, slots=True)
class Job:
    """`driver` and `factory` are a row of the registry; `options` the settings block as JSON has it, less its `driver`.

    `world` is the socket of the simulated booth; None on a real line.
    """

    name: str
    driver: str
    factory: str
    options: Mapping[str, Any]
    world: str | None = None

    def words(self) -> dict[str, Any]:
        """As JSON has it; `Job(**words)` is the job again."""
        return asdict(self)

    def preload(self) -> Factory:
        """Import the driver, and with it its SDK. Raises DeviceMissing if a package is not installed."""
        return load({self.driver: self.factory}, self.driver)

    def make(self) -> Camera:
        """The driver, in this process. Raises DeviceMissing as `preload` does."""
        world = None if self.world is None else partial(connect, Path(self.world))
        camera: Camera = self.preload()(self.options, Bench(self.name, SystemClock(), world))
        return camera
