"""The station: its cameras and lights, and a capture under them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from booth.faults import Occurrence
from booth.inspection.pairing import Lit, apart, gap, outside_light
from booth.settings.model import Shot
from booth.tray import TrayId
from drivers.clock import Clock, pause
from drivers.errors import (
    BadFrame,
    DeviceError,
    DeviceLost,
    DeviceMissing,
    EndOfRecording,
    GivenUp,
    OutOfRange,
    ReadTimeout,
    StaleFrame,
)
from drivers.frames import CameraInfo, Frame
from drivers.protocols import Camera, Light
from drivers.units import Duration, Instant, after, ms, seconds

REOPEN_AFTER = seconds(0.5)
OPEN_WITHIN = seconds(5)
ANSWERS_WITHIN = seconds(1)
"""A device that takes longer for anything but a frame is lost: SDKs hang, and a hang must cost one tray."""

CLOSES_WITHIN = seconds(2)
"""Then it is left as it is: neither the other devices nor the end of the booth wait for one that hangs."""

STAMPS_ARE_WITHIN = ms(0.5)
"""A frame's time stamp has an error. One triggered at the very instant at which the light has settled could not be
shown to lie after it."""

FAULT_OF: tuple[tuple[type[DeviceError], str], ...] = (
    (ReadTimeout, "camera-silent"),
    (StaleFrame, "frame-stale"),
    (BadFrame, "frame-bad"),
    (EndOfRecording, "recording-ended"),
)
"""What a camera's error means for the tray in view; anything else is a lost camera."""

T = TypeVar("T")
Tell = Callable[[Occurrence], None]


class CaptureFailed(Exception):
    """The tray could not be looked at; `occurrence` says why."""

    def __init__(self, occurrence: Occurrence) -> None:
        super().__init__(occurrence.text())
        self.occurrence = occurrence


@dataclass(frozen=True, slots=True)
class Capture:
    """All frames of one tray's shots: one tuple per shot, in the order of the cameras."""

    shots: tuple[tuple[Frame, ...], ...]

    @property
    def last_exposed_at(self) -> Instant:
        return max(frame.exposed_at for frames in self.shots for frame in frames)


class Station:
    """Cameras and lights, opened together, recovered one by one.

    A lost device fails every capture until `recover`, which runs beside the captures, has it back.
    """

    def __init__(
        self, cameras: Mapping[str, Camera], lights: Mapping[str, Light], clock: Clock, raised: Tell, cleared: Tell
    ) -> None:
        self._cameras, self._lights, self._clock = dict(cameras), dict(lights), clock
        self._raised, self._cleared = raised, cleared
        self._lost: dict[str, Occurrence] = {}
        self._newly_lost: asyncio.Queue[str] = asyncio.Queue()
        self._one_at_a_time = asyncio.Lock()

    @property
    def degraded(self) -> bool:
        return bool(self._lost)

    async def open(self) -> dict[str, CameraInfo]:
        """Open every device. Raises DeviceMissing that names every device that did not open, not only the first."""
        infos: dict[str, CameraInfo] = {}
        broken: list[DeviceError] = []
        devices: list[tuple[str, Camera | Light]] = [*self._lights.items(), *self._cameras.items()]
        for name, device in devices:
            try:
                info = await device.open()
            except DeviceError as error:
                broken.append(error)
            else:
                if info is not None:
                    infos[name] = info
        if broken:
            await self.close()
            kind = type(broken[0]) if len(broken) == 1 else DeviceMissing
            raise kind("\n".join(map(str, broken))) from broken[0]
        return infos

    async def capture(self, tray: TrayId, shots: Sequence[Shot], pairing: Duration, deadline: Instant) -> Capture:
        """Look at the tray under every shot's light. Lights are off afterwards, whatever happens.

        Raises CaptureFailed; never waits past `deadline` for a frame.
        """
        async with self._one_at_a_time:
            try:
                return Capture(tuple([await self._take(shot, pairing, deadline) for shot in shots]))
            except CaptureFailed as failed:
                raise CaptureFailed(replace(failed.occurrence, tray=tray)) from failed

    async def recover(self) -> None:
        """Bring lost devices back, each by itself: close, wait, open. Its fault is cleared when it answers, and stands
        for good, beside one more, when it is given up."""
        async with asyncio.TaskGroup() as recoveries:
            while True:
                name = await self._newly_lost.get()
                recoveries.create_task(self._bring_back(name))

    async def close(self) -> None:
        """Lights first: dark before anything that may hang."""
        for light in self._lights.values():
            await self._let_go(light)
        async with asyncio.TaskGroup() as closing:
            for camera in self._cameras.values():
                closing.create_task(self._let_go(camera))

    async def _take(self, shot: Shot, pairing: Duration, deadline: Instant) -> tuple[Frame, ...]:
        self._refuse_if_lost()
        exposure = ms(shot.exposure_ms)
        try:
            await self._each_camera(lambda camera: camera.arm(exposure), deadline)
            settled_at = await self._light_up(shot)
            await self._clock.sleep_until(after(settled_at, STAMPS_ARE_WITHIN))
            await self._each_camera(lambda camera: camera.trigger(), deadline)
            frames = await self._each_camera(lambda camera: camera.read(deadline), deadline)
        finally:
            changed_at = await self._darken(shot)
        found = tuple(frames)
        lit = Lit(settled_at, changed_at)
        problems = [problem for frame in found for problem in (gap(frame), outside_light(frame, lit))]
        for problem in [*problems, apart(found, pairing)]:
            if problem:
                raise CaptureFailed(problem)
        return found

    def _refuse_if_lost(self) -> None:
        for occurrence in self._lost.values():
            raise CaptureFailed(occurrence)

    async def _light_up(self, shot: Shot) -> Instant:
        settled = [self._clock.now()]
        for name, intensity in shot.lights.items():
            try:
                settled.append(await self._answer(self._lights[name].on(intensity)))
            except DeviceError as error:
                raise self._gone("light-lost", name, error) from error
        return max(settled)

    async def _darken(self, shot: Shot) -> Instant:
        """The instant at which the first light began to change; every light is tried."""
        changed = [self._clock.now()]
        for name in shot.lights:
            try:
                changed.append(await self._answer(self._lights[name].off()))
            except DeviceError as error:
                self._gone("light-lost", name, error)
        return min(changed)

    async def _answer(self, verb: Awaitable[T], after_deadline: Instant | None = None) -> T:
        """What a device says. Raises DeviceLost for one that hangs."""
        begin = max(self._clock.now(), after_deadline or self._clock.now())
        try:
            async with self._clock.deadline(after(begin, ANSWERS_WITHIN)):
                return await verb
        except DeviceError:
            raise
        except TimeoutError as error:
            raise DeviceLost("it hangs: it has not answered for a second") from error

    async def _each_camera(self, verb: Callable[[Camera], Awaitable[T]], deadline: Instant) -> list[T]:
        """Do `verb` with every camera at the same time. Raises CaptureFailed for the first that fails."""

        async def one(name: str, camera: Camera) -> T:
            try:
                return await self._answer(verb(camera), deadline)
            except DeviceError as error:
                raise self._failed(name, error) from error

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(name, camera)) for name, camera in self._cameras.items()]
        except* CaptureFailed as failures:
            raise failures.exceptions[0] from None
        return [task.result() for task in tasks]

    def _failed(self, name: str, error: DeviceError) -> CaptureFailed:
        if isinstance(error, OutOfRange):
            return CaptureFailed(Occurrence("quality-poor", device=name, detail=str(error)))
        for kind, code in FAULT_OF:
            if isinstance(error, kind):
                return CaptureFailed(Occurrence(code, device=name, detail=str(error)))
        return self._gone("camera-lost", name, error)

    def _gone(self, code: str, name: str, error: DeviceError) -> CaptureFailed:
        occurrence = Occurrence(code, device=name, detail=str(error))
        if name not in self._lost:
            self._lost[name] = occurrence
            self._raised(occurrence)
            self._newly_lost.put_nowait(name)
        return CaptureFailed(occurrence)

    async def _bring_back(self, name: str) -> None:
        device: Camera | Light = self._cameras[name] if name in self._cameras else self._lights[name]
        await self._let_go(device)
        await pause(self._clock, REOPEN_AFTER)
        try:
            while not await self._reopened(name, device):
                await pause(self._clock, REOPEN_AFTER)
        except GivenUp as error:
            self._lost[name] = Occurrence("camera-given-up", device=name, detail=str(error))
            self._raised(self._lost[name])
        else:
            self._cleared(self._lost.pop(name))

    async def _reopened(self, name: str, device: Camera | Light) -> bool:
        """If not, the trays that it costs are told what it said last. What did not open holds nothing to be closed.
        Raises GivenUp."""
        try:
            async with self._clock.deadline(after(self._clock.now(), OPEN_WITHIN)):
                await device.open()
        except GivenUp:
            raise
        except DeviceError as error:
            self._lost[name] = replace(self._lost[name], detail=str(error))
        except TimeoutError:
            await self._let_go(device)
        else:
            return True
        return False

    async def _let_go(self, device: Camera | Light) -> None:
        with suppress(TimeoutError):
            async with self._clock.deadline(after(self._clock.now(), CLOSES_WITHIN)):
                await device.close()
