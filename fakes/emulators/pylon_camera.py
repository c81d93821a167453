"""A camera of pylon's own emulation, whose pictures are made as its triggers come.

Triggers, exposures, buffers, failures and removal are the vendor's; only the picture is not. What is not so stands in
docs/explanation/emulators.md.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import cv2
import numpy as np

from drivers.clock import Clock, pause
from drivers.errors import DeviceMissing
from drivers.frames import Colour, Intrinsics
from drivers.units import Duration, Instant, after, ms
from fakes.emulators.picture_pipes import PicturePipes

SERIALS = ("0815-0000", "0815-0001", "0815-0002", "0815-0003")
"""As pylon numbers its emulated cameras."""

ASKED_WITHIN = ms(1_000)  # after the exposure; a trigger that the camera did not take asks for no picture
STOPPED_WITHIN = ms(50)

Photograph = Callable[[Duration, float], Awaitable[Colour | None]]
"""Expose from now on for so long, with so many times the light; None: the frame is lost on its way to the host."""

Start = Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]


def emulate(cameras: int) -> None:
    """Let pylon offer so many cameras of SERIALS to this process. The vendor's switch for it is an environment
    variable, which pylon reads whenever it looks for devices: call this before anybody opens one."""
    os.environ["PYLON_CAMEMU"] = str(cameras)


class PylonCamera:
    """Made where a loop runs, which has to turn while anybody uses the camera.

    pylon keeps no state of an emulated camera beyond the object that opened it, so whoever opens one has to `plug` it
    in here before grabbing.
    """

    def __init__(self, eye: Intrinsics, clock: Clock, photograph: Photograph, start: Start) -> None:
        self._eye, self._clock, self._photograph, self._start = eye, clock, photograph, start
        self._loop = asyncio.get_running_loop()
        self._pipes = PicturePipes()
        self._camera: Any = None
        self._task: asyncio.Task[None] | None = None
        self._exposed_at: Instant | None = None  # the end of the exposure under way
        self._writing = self._gone = False

    def plug(self, camera: Any) -> None:
        """`camera`: a pylon.InstantCamera that is open and does not grab yet. From any thread. Raises DeviceMissing
        while the camera is unplugged."""
        if self._gone:
            raise DeviceMissing("the emulated camera is unplugged; plug it in")
        from pypylon import genicam

        camera.TestImageSelector.Value = "Off"
        camera.ImageFilename.Value = str(self._pipes.folder)
        camera.ImageFileMode.Value = "On"
        camera.Width.Value, camera.Height.Value = self._eye.width_px, self._eye.height_px
        self._camera = camera
        # Never deregistered: pylon ends with a segmentation fault if the device has been destroyed before.
        genicam.Register(camera.TriggerSoftware.Node, self._executed)
        genicam.Register(camera.AcquisitionStop.Node, self._stopped)

    def unplug(self) -> None:
        """Pull the cable: pylon tells whoever has opened the camera that it was physically removed."""
        self._gone = True
        if self._camera is not None:
            self._camera.FirePnPCallback.Execute()
            self._begin(self._fall_silent(), None)

    def plug_in_again(self) -> None:
        """It can be opened again; whoever had it open has lost it."""
        self._gone, self._camera = False, None

    def close(self) -> None:
        """After whoever opened it has closed it."""
        if self._task is not None:
            self._task.cancel()
        self._pipes.remove()

    def _executed(self, _node: Any) -> None:
        """In the thread of whoever triggers. Also called when the trigger's settings change, and by a handle from
        before the camera was plugged in again: what this raised would come out of the SDK."""
        if self._gone or self._camera is None or self._camera.IsCameraDeviceRemoved():
            self._tell(self._refuse)
        elif self._camera.IsGrabbing():
            exposure = Duration(round(self._camera.ExposureTime.Value * 1000))
            self._tell(self._triggered, exposure, 10 ** (self._camera.Gain.Value / 20))

    def _stopped(self, _node: Any) -> None:
        """In the thread of whoever stops. Also called as grabbing starts."""
        self._tell(self._refuse)

    def _tell(self, what: Callable[..., None], *about: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(what, *about)

    def _triggered(self, exposure: Duration, gain: float) -> None:
        # A trigger that comes while a frame is under way is ignored, as cameras do.
        now = self._clock.now()
        if self._writing or (self._exposed_at and (now < self._exposed_at or self._pipes.asked())):
            return
        self._begin(self._take(exposure, gain), after(now, exposure))

    def _refuse(self) -> None:
        """Whoever waits for a picture gets none: pylon does not stop while it reads one."""
        if not self._writing:
            self._begin(self._turn_away(after(self._clock.now(), STOPPED_WITHIN)), None)

    def _begin(self, work: Coroutine[Any, Any, None], exposed_at: Instant | None) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task, self._exposed_at = self._start(work), exposed_at

    async def _take(self, exposure: Duration, gain: float) -> None:
        exposed_at = after(self._clock.now(), exposure)
        colour = await self._photograph(exposure, gain)
        if self._gone:
            return
        if colour is None:
            colour = np.zeros((self._eye.height_px, self._eye.width_px, 3), np.uint8)
            self._fail_next_buffer()
        picture = await asyncio.to_thread(_png, colour)
        await self._serve(picture, after(max(exposed_at, self._clock.now()), ASKED_WITHIN))
        self._exposed_at = None

    def _fail_next_buffer(self) -> None:
        self._camera.ForceFailedBufferCount.Value = 1
        self._camera.ForceFailedBuffer.Execute()

    async def _serve(self, picture: bytes, until: Instant) -> None:
        while self._clock.now() < until:
            if self._pipes.asked() and await self._write(picture):
                return
            await pause(self._clock, ms(1))

    async def _write(self, picture: bytes) -> bool:
        self._writing = True
        try:
            return await asyncio.shield(asyncio.to_thread(self._pipes.give, picture))
        finally:
            self._writing = False

    async def _fall_silent(self) -> None:
        """pylon hears of the removal on another thread: a picture that cannot be read must not be the first sign."""
        await pause(self._clock, STOPPED_WITHIN)
        await self._turn_away(after(self._clock.now(), STOPPED_WITHIN))

    async def _turn_away(self, until: Instant) -> None:
        while self._clock.now() < until:
            if self._pipes.asked():
                self._pipes.give(b"")
            await pause(self._clock, ms(1))


def _png(colour: Colour) -> bytes:
    """Not compressed: it is read at once, and thrown away."""
    done, picture = cv2.imencode(".png", colour, [cv2.IMWRITE_PNG_COMPRESSION, 0])
    assert done
    return picture.tobytes()
