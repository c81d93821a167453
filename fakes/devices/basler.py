"""A Basler of the simulated booth: the real driver, over pylon, over a camera of its emulation that the world gives
pictures. Colour only."""

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from typing import Any

from drivers.cameras.basler import BaslerCamera, attached, read_wanted
from drivers.clock import LoopClock
from drivers.errors import DeviceError, DeviceMissing
from drivers.frames import CameraInfo, Colour, Frame
from drivers.protocols import Armed
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, after, seconds
from fakes.devices.camera import described, pictures_of
from fakes.devices.client import Client
from fakes.emulators.pylon_camera import SERIALS, PylonCamera, emulate
from fakes.line.places import CAMERAS

GIVEN_UP_AFTER = seconds(1)  # the world says nothing of a frame that was dropped
NO_LENS = {"lens_mm": 1.0, "pixel_um": 1.0}  # the world tells what its camera sees


class EmulatedBasler:
    """Implements drivers.protocols.Camera. Says of itself what the world does, less the depth."""

    def __init__(self, client: Client, bench: Bench, serial: str) -> None:
        self._client, self._bench, self._serial = client, bench, serial
        claim = f"{serial} of process {os.getpid()}"  # there is one in every process
        self._camera = BaslerCamera(bench.name, claim, self._opens, read_wanted(NO_LENS), bench.clock)
        self._body: PylonCamera | None = None

    async def open(self) -> CameraInfo:
        if isinstance(self._bench.clock, LoopClock):
            raise DeviceMissing(f"{self._bench.name}: pylon has threads; in virtual time take driver: simulated")
        await self.close()
        try:
            return await self._connect()
        except BaseException:
            await self.close()
            raise

    async def arm(self, exposure: Duration) -> Armed:
        self._client.check()
        return await self._camera.arm(exposure)

    async def trigger(self) -> None:
        self._client.check()
        await self._camera.trigger()

    async def read(self, deadline: Instant) -> Frame:
        self._client.check()
        return await self._camera.read(deadline)

    async def close(self) -> None:
        await self._camera.close()
        body, self._body = self._body, None
        if body is not None:
            body.close()
        if self._client.is_open:
            with suppress(DeviceError, TimeoutError):
                async with self._bench.clock.deadline(after(self._bench.clock.now(), GIVEN_UP_AFTER)):
                    await self._client.ask({"kind": "stop"})
        await self._client.close()

    async def _connect(self) -> CameraInfo:
        info = described((await self._client.open())["info"])
        if info.colour is None:
            raise DeviceMissing(f"{self._bench.name}: the world's camera has no colour; take another driver")
        emulate(len(CAMERAS))
        start = asyncio.get_running_loop().create_task
        self._body = PylonCamera(info.colour, self._bench.clock, self._photograph, start)
        await self._camera.open()
        return replace(info, depth=None)

    def _opens(self) -> Any:
        """On the SDK's thread."""
        opened = attached(self._bench.name, self._serial)
        assert self._body is not None
        self._body.plug(opened)
        return opened

    async def _photograph(self, exposure: Duration, gain: float) -> Colour | None:
        try:
            await self._client.ask({"kind": "trigger", "exposure": round(exposure * gain)})
            async with self._bench.clock.deadline(after(self._bench.clock.now(), Duration(exposure + GIVEN_UP_AFTER))):
                return pictures_of(await self._client.ask({"kind": "read"}))[0]
        except TimeoutError:
            return None
        except DeviceError:
            if self._body is not None:
                self._body.unplug()
            return None


def make(options: Options, bench: Bench) -> EmulatedBasler:
    """`view`: left or right."""
    view = str(options["view"])
    return EmulatedBasler(Client(bench, f"camera:{view}"), bench, SERIALS[CAMERAS.index(view)])
