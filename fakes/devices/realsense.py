"""A RealSense of the simulated booth: the real driver, over the vendor's SDK, over a device of the SDK that the world
gives pictures."""

import asyncio
from contextlib import suppress
from typing import Any

import numpy as np

from drivers.cameras.realsense import RealSenseCamera, read_wanted
from drivers.clock import LoopClock
from drivers.errors import DeviceError, DeviceMissing
from drivers.frames import CameraInfo, Frame
from drivers.links import Message
from drivers.protocols import Armed
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, after, ms, seconds
from fakes.devices.camera import described, pictures_of
from fakes.devices.client import Client
from fakes.emulators.eye import Pictures
from fakes.emulators.realsense_device import Shot, SoftwareRealSense

FPS, UNDERWAY_MS = 30, (30.0, 40.0)
"""As the settings have it: TRANSFER, and what a machine adds that has the time."""

TRANSFER = ms(30)  # a frame is with the host so long after its exposure has ended
GIVEN_UP_AFTER = seconds(1)  # the world says nothing of a frame that was dropped
CELSIUS = 35.0  # the chip's; the world does not tell


class WorldDevice:
    """A drivers.cameras.realsense.Source: a device whose sensors see the world while they stream.

    Order: connect, (find, release)*, disconnect; the outer two on the event loop. `watched` False: nobody will look at
    the frames that begin from now on. They come, counted and stamped, and are black: a picture costs the world 30 ms
    of a core, at every turn of every camera. None that begins while it is True is black.
    """

    live = True

    def __init__(self, client: Client, bench: Bench, fps: int) -> None:
        self._client, self._bench, self._fps = client, bench, fps
        self.watched = False
        self._black = Pictures(None, None)
        self._body: SoftwareRealSense | None = None
        self._running: asyncio.Task[None] | None = None
        self._number = self._sequence = 0

    async def connect(self) -> CameraInfo:
        """Raises DeviceMissing, DeviceBusy."""
        info = described((await self._client.open())["info"])
        self._body = SoftwareRealSense(info, self._bench.clock.now(), self._fps)
        self._black = _black(info)
        self._running = asyncio.create_task(self._run(self._body))
        return info

    async def disconnect(self) -> None:
        running, self._running, self._body = self._running, None, None
        if running is not None:
            running.cancel()
            with suppress(asyncio.CancelledError, DeviceError):
                await running
        if self._client.is_open:
            with suppress(DeviceError, TimeoutError):
                async with self._bench.clock.deadline(after(self._bench.clock.now(), GIVEN_UP_AFTER)):
                    await self._client.ask({"kind": "stop"})
        await self._client.close()

    def find(self) -> Any:
        if self._body is None:
            raise DeviceMissing(f"{self._client.name}: is not connected to the simulated booth")
        return self._body.device

    def gone(self) -> bool:
        try:
            self._client.check()
        except DeviceError:
            return True
        return self._running is None or self._running.done()

    def over(self) -> bool:
        return False

    def release(self) -> None:
        """It belongs to whoever connected it."""

    async def _run(self, body: SoftwareRealSense) -> None:
        """Until the link is lost: a frame at every turn at which somebody streams, and no turn's before the last one's
        has come."""
        clock, period = self._bench.clock, seconds(1 / self._fps)
        turn = clock.now()
        while True:
            self._client.check()
            if body.streams_at(self._number + 1):
                shot = await self._shot(body) if self.watched else self._unwatched(body)
                if shot is not None:
                    body.deliver(shot, CELSIUS, int(clock.utc().timestamp() * 1000))
            turn = max(after(turn, period), clock.now())
            await clock.sleep_until(turn)

    def _unwatched(self, body: SoftwareRealSense) -> Shot:
        """It arrives now, so it has begun before anybody can start to watch."""
        stereo, rgb = body.stereo.exposure(), body.rgb.exposure()
        self._number += 1
        start = Instant(self._bench.clock.now() - max(stereo, rgb) - TRANSFER)
        return Shot(self._number, start, stereo, rgb, self._black)

    async def _shot(self, body: SoftwareRealSense) -> Shot | None:
        """What the world has seen, stale or late as it may be; None: it was dropped."""
        exposure = max(body.stereo.exposure(), body.rgb.exposure())
        await self._client.ask({"kind": "trigger", "exposure": body.rgb.exposure()})
        try:
            async with self._bench.clock.deadline(after(self._bench.clock.now(), Duration(GIVEN_UP_AFTER + exposure))):
                message = await self._client.ask({"kind": "read"})
        except TimeoutError:
            self._number += 1
            return None
        return self._numbered(message, body)

    def _numbered(self, message: Message, body: SoftwareRealSense) -> Shot:
        """Counted as the world counts: a frame that came again, or was not counted, has its old number."""
        sequence = int(message.head["sequence"])
        self._number += sequence != self._sequence
        self._sequence = sequence
        colour, depth = pictures_of(message)
        return Shot(
            self._number,
            Instant(message.head["exposed_at"]),
            body.stereo.exposure(),
            Duration(message.head["exposure"]),
            Pictures(colour, depth),
        )


def _black(info: CameraInfo) -> Pictures:
    assert info.colour is not None
    assert info.depth is not None
    colour, depth = ((eye.height_px, eye.width_px) for eye in (info.colour, info.depth))
    return Pictures(np.zeros((*colour, 3), np.uint8), np.zeros(depth, np.uint16))


class EmulatedRealSense:
    """Implements drivers.protocols.Camera. The device is watched from a trigger until its frame has been read, and all
    the time if it `records`."""

    def __init__(self, camera: RealSenseCamera, device: WorldDevice, bench: Bench, records: bool) -> None:
        self._camera, self._device, self._bench, self._records = camera, device, bench, records

    async def open(self) -> CameraInfo:
        if isinstance(self._bench.clock, LoopClock):
            raise DeviceMissing(f"{self._bench.name}: the SDK has threads; in virtual time take driver: simulated")
        await self.close()
        await self._device.connect()
        try:
            return await self._camera.open()
        except BaseException:
            await self.close()
            raise

    async def arm(self, exposure: Duration) -> Armed:
        return await self._camera.arm(exposure)

    async def trigger(self) -> None:
        self._device.watched = True
        await self._camera.trigger()

    async def read(self, deadline: Instant) -> Frame:
        frame = await self._camera.read(deadline)
        self._device.watched = self._records
        return frame

    async def close(self) -> None:
        self._device.watched = self._records
        await self._camera.close()
        await self._device.disconnect()


def make(options: Options, bench: Bench) -> EmulatedRealSense:
    """`view`: left or right; `fps`; `underway_ms` and `record` as in read_wanted."""
    device = WorldDevice(Client(bench, f"camera:{options['view']}"), bench, int(options.get("fps", FPS)))
    known = {"whatever": True, "depth_readout_ms": 0, "colour_readout_ms": 0, "underway_ms": UNDERWAY_MS}
    wanted = read_wanted(
        {**known, **{key: value for key, value in options.items() if key in ("underway_ms", "record")}}
    )
    return EmulatedRealSense(
        RealSenseCamera(bench.name, device, wanted, bench.clock), device, bench, options.get("record") is not None
    )
