"""Scripted cameras and a lamp under a station, in virtual time."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from booth.faults import Occurrence
from booth.inspection.station import Capture, CaptureFailed, Station
from booth.settings.model import Shot
from booth.tray import TrayId
from drivers.clock import LoopClock, pause
from drivers.errors import DeviceError
from drivers.frames import CameraInfo, Frame
from drivers.protocols import Armed
from drivers.units import Duration, Instant, Millimetres, after, ms, seconds
from fakes.loop import VirtualLoop

CLOCK = LoopClock()
TRAY = TrayId("000001-000001")
SHOT = Shot(lights={"ring": 1.0}, exposure_ms=4)
FOR_EVER = seconds(1e6)


@dataclass
class Eye:
    """A camera that answers at once; `hangs` and `fails` name verbs that do not. `tried`: to open it again."""

    name: str
    hangs: set[str] = field(default_factory=set)
    fails: dict[str, DeviceError] = field(default_factory=dict)
    early: Duration = Duration(0)  # negative: late
    opened: int = 0
    tried: int = 0
    closed: int = 0
    sequence: int = 0
    missed: int = 0

    async def _do(self, verb: str) -> None:
        if verb in self.hangs:
            await pause(CLOCK, FOR_EVER)
        if verb in self.fails:
            raise self.fails[verb]

    async def open(self) -> CameraInfo:
        self.tried += self.opened > 0
        await self._do("open")
        self.opened += 1
        return CameraInfo("scripted", self.name, simulated=True)

    async def arm(self, exposure: Duration) -> Armed:
        await self._do("arm")
        return Armed(exposure, ms(10))

    async def trigger(self) -> None:
        await self._do("trigger")
        self.exposed_at = Instant(CLOCK.now() - self.early)

    async def read(self, deadline: Instant) -> Frame:
        await self._do("read")
        self.asked_until = deadline
        await pause(CLOCK, ms(30))
        self.sequence += 1
        nothing = Duration(0)
        unit = Millimetres(1.0)
        at, missed = self.exposed_at, self.missed
        return Frame(self.name, self.sequence, at, nothing, ms(4), nothing, None, None, unit, missed=missed)

    async def close(self) -> None:
        self.closed += 1
        await self._do("close")


@dataclass
class Lamp:
    hangs: set[str] = field(default_factory=set)
    lit: bool = False

    async def open(self) -> None:
        self.lit = False

    async def on(self, intensity: float) -> Instant:
        if "on" in self.hangs:
            await pause(CLOCK, FOR_EVER)
        self.lit = True
        return after(CLOCK.now(), ms(5))

    async def off(self) -> Instant:
        if "off" in self.hangs:
            await pause(CLOCK, FOR_EVER)
        self.lit = False
        return CLOCK.now()

    async def close(self) -> None:
        self.lit = False


@dataclass
class Bench:
    left: Eye = field(default_factory=lambda: Eye("left"))
    right: Eye = field(default_factory=lambda: Eye("right"))
    lamp: Lamp = field(default_factory=Lamp)
    told: list[tuple[str, str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        def tell(raised: bool) -> Any:
            return lambda occurrence: self.told.append((occurrence.code, occurrence.device, raised))

        eyes = {"left": self.left, "right": self.right}
        self.station = Station(eyes, {"ring": self.lamp}, CLOCK, tell(True), tell(False))

    async def capture(self) -> Capture:
        return await self.station.capture(TRAY, (SHOT,), ms(5), after(CLOCK.now(), seconds(1)))

    async def failed(self) -> Occurrence:
        with pytest.raises(CaptureFailed) as caught:
            await self.capture()
        return caught.value.occurrence


def play(story: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story)
