"""The station with devices that fail in every way: a hang, a loss, an exposure in the dark."""

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
from drivers.errors import DeviceError, DeviceLost, DeviceMissing, ReadTimeout
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
    """A camera that answers at once; `hangs` and `fails` name verbs that do not."""

    name: str
    hangs: set[str] = field(default_factory=set)
    fails: dict[str, DeviceError] = field(default_factory=dict)
    early: Duration = Duration(0)
    opened: int = 0
    sequence: int = 0

    async def _do(self, verb: str) -> None:
        if verb in self.hangs:
            await pause(CLOCK, FOR_EVER)
        if verb in self.fails:
            raise self.fails[verb]

    async def open(self) -> CameraInfo:
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
        await pause(CLOCK, ms(10))
        self.sequence += 1
        nothing = Duration(0)
        unit = Millimetres(1.0)
        return Frame(self.name, self.sequence, self.exposed_at, nothing, ms(4), nothing, None, None, unit)

    async def close(self) -> None:
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


def test_a_capture_has_a_frame_of_every_camera_and_leaves_the_light_off() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        capture = await bench.capture()
        assert [frame.camera for frame in capture.shots[0]] == ["left", "right"]
        assert not bench.lamp.lit

    play(story())


@pytest.mark.parametrize("verb", ["arm", "trigger", "read"])
def test_a_camera_that_hangs_fails_its_capture_within_a_second_of_the_deadline(verb: str) -> None:
    async def story() -> None:
        bench = Bench()
        bench.left.hangs.add(verb)
        await bench.station.open()
        begun = CLOCK.now()
        occurrence = await bench.failed()
        assert (occurrence.code, occurrence.device, occurrence.tray) == ("camera-lost", "left", TRAY)
        assert CLOCK.now() - begun <= seconds(2.1)
        assert not bench.lamp.lit

    play(story())


@pytest.mark.parametrize("verb", ["on", "off"])
def test_a_light_that_hangs_fails_its_capture_and_is_told_lost(verb: str) -> None:
    async def story() -> None:
        bench = Bench()
        bench.lamp.hangs.add(verb)
        await bench.station.open()
        begun = CLOCK.now()
        if verb == "off":  # this tray was seen in its light; the next one would be seen in two
            await bench.capture()
        assert (await bench.failed()).code == "light-lost"
        assert CLOCK.now() - begun <= seconds(2.5)
        assert ("light-lost", "ring", True) in bench.told

    play(story())


def test_a_frame_from_before_the_light_fails_its_capture() -> None:
    async def story() -> None:
        bench = Bench()
        bench.right.early = ms(3)
        await bench.station.open()
        occurrence = await bench.failed()
        assert (occurrence.code, occurrence.device) == ("frame-outside-light", "right")

    play(story())


def test_a_camera_that_gives_no_frame_in_time_is_not_lost() -> None:
    async def story() -> None:
        bench = Bench()
        bench.left.fails["read"] = ReadTimeout("no frame")
        await bench.station.open()
        assert (await bench.failed()).code == "camera-silent"
        assert bench.told == []
        bench.left.fails.clear()
        await bench.capture()

    play(story())


def test_a_lost_camera_fails_every_capture_until_it_is_back_and_is_told_twice() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails = {"trigger": DeviceLost("unplugged"), "open": DeviceMissing("unplugged")}
        assert (await bench.failed()).code == "camera-lost"
        await pause(CLOCK, seconds(3))
        assert (await bench.failed()).code == "camera-lost"
        assert bench.told == [("camera-lost", "left", True)]
        bench.left.fails.clear()
        await pause(CLOCK, seconds(1))
        await bench.capture()
        assert bench.told == [("camera-lost", "left", True), ("camera-lost", "left", False)]
        recovering.cancel()

    play(story())


def test_a_camera_that_hangs_in_close_does_not_keep_the_others_from_coming_back() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails["trigger"] = DeviceLost("gone")
        bench.left.hangs.add("close")
        await bench.failed()
        bench.left.fails.clear()
        await pause(CLOCK, seconds(6))
        bench.left.hangs.clear()
        await pause(CLOCK, seconds(6))
        await bench.capture()
        recovering.cancel()

    play(story())


def test_opening_names_every_device_that_is_missing() -> None:
    async def story() -> None:
        bench = Bench()
        bench.left.fails["open"] = DeviceMissing("left: no such camera; check its serial number")
        bench.right.fails["open"] = DeviceMissing("right: no such camera; check its serial number")
        with pytest.raises(DeviceMissing) as caught:
            await bench.station.open()
        assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["left", "right"]

    play(story())
