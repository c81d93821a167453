"""The verbs of a UVC camera."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from drivers.blocking import Blocking
from drivers.cameras.uvc.device import Opened, UvcDevice
from drivers.cameras.uvc.stamps import Buffered, began, exposed
from drivers.cameras.uvc.wanted import Wanted
from drivers.clock import Clock
from drivers.errors import DeviceError, DeviceLost, NotArmed, NotOpen, ReadTimeout, StaleFrame
from drivers.frames import CameraInfo, Frame
from drivers.protocols import Armed
from drivers.units import Duration, Instant, Millimetres, after, seconds

OPENS_WITHIN = seconds(4.5)
ANSWERS_WITHIN = seconds(0.9)
STALLS_AFTER = seconds(1)
"""A frame comes every 33 ms. OpenCV waits ten seconds for one, and cannot be told otherwise under V4L2."""

QUEUED = 4  # buffers of OpenCV's queue; without stamps nobody can tell how old those are
SETTLED_AFTER = 3  # frame periods: a new exposure takes effect that late

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Armed:
    """`since`: from when on frames have this exposure."""

    exposure: Duration
    since: Instant


class UvcCamera:
    """Implements drivers.protocols.Camera. Free-running: a trigger means the first frame that can be shown to begin
    after it. The camera does not count its frames, so none is ever missed.

    `open` also raises OutOfRange for what this camera cannot be set to. `opens` and the device are used on one thread.
    """

    def __init__(self, name: str, opens: Callable[[], Opened], wanted: Wanted, clock: Clock) -> None:
        self._name, self._opens, self._wanted, self._clock = name, opens, wanted, clock
        self._thread: Blocking | None = None
        self._device: UvcDevice | None = None
        self._armed: _Armed | None = None
        self._triggered_at: Instant | None = None
        self._grabbing: asyncio.Task[Buffered] | None = None
        self._to_drain = self._sequence = 0
        self._last_stamp: Instant | None = None
        self._gone: str | None = None

    async def open(self) -> CameraInfo:
        await self.close()
        self._thread = Blocking(self._name, self._clock)
        try:
            return await self._ask("open()", self._start, OPENS_WITHIN)
        except BaseException:
            await self.close()
            raise

    async def arm(self, exposure: Duration) -> Armed:
        device = self._opened()
        took = await self._ask("arm()", lambda: device.expose(exposure))
        if self._armed is None or self._armed.exposure != took:
            self._armed = _Armed(took, after(self._clock.now(), Duration(SETTLED_AFTER * self._wanted.period)))
        self._triggered_at = None
        return Armed(took, self._wanted.readout)

    async def trigger(self) -> None:
        device = self._opened()
        await self._ask("trigger()", device.check)
        if self._armed is None:
            raise NotArmed(f"{self._name}: is not armed; call arm() first")
        self._triggered_at, self._to_drain = self._clock.now(), QUEUED

    async def read(self, deadline: Instant) -> Frame:
        device = self._opened()
        if self._triggered_at is None or self._armed is None:
            await self._ask("looking for it", device.check)
            raise NotArmed(f"{self._name}: has no frame to read; call trigger() first")
        buffer = await self._fresh(device, max(self._triggered_at, self._armed.since), self._armed.exposure, deadline)
        frame = await self._frame(device, buffer, self._armed.exposure)
        self._triggered_at = None
        return frame

    async def close(self) -> None:
        thread, device = self._thread, self._device
        self._thread = self._device = self._armed = self._triggered_at = self._grabbing = None
        self._last_stamp = self._gone = None
        if thread is not None:
            if device is not None:
                with suppress(DeviceError):
                    await thread.call("release()", device.release, ANSWERS_WITHIN)
            thread.end()

    def _start(self) -> CameraInfo:
        """On the thread."""
        device = UvcDevice(self._name, self._opens(), self._wanted, self._clock)
        try:
            info = device.fix()
            device.prove()
        except BaseException:
            device.release()
            raise
        self._device, self._sequence = device, 0
        return info

    async def _fresh(self, device: UvcDevice, since: Instant, exposure: Duration, deadline: Instant) -> Buffered:
        """The first buffer that was exposed wholly after `since`: the queue holds what came since the last tray."""
        while True:
            buffer = await self._grabbed(device, deadline)
            if buffer.stamp is None and self._to_drain > 0:
                self._to_drain -= 1
            elif began(buffer, exposure, self._wanted).earliest >= since:
                return buffer

    async def _grabbed(self, device: UvcDevice, deadline: Instant) -> Buffered:
        """One that does not come in time is left to the next read: the thread cannot be called back."""
        if self._grabbing is None:
            self._grabbing = asyncio.create_task(self._grab(device))
            self._grabbing.add_done_callback(_heard)
        try:
            async with self._clock.deadline(deadline):
                buffer: Buffered = await asyncio.shield(self._grabbing)
        except DeviceError:
            raise
        except TimeoutError as error:
            raise ReadTimeout(f"{self._name}: no frame in time; trigger again, or raise the deadline") from error
        self._grabbing = None
        self._sequence += 1
        return buffer

    async def _grab(self, device: UvcDevice) -> Buffered:
        """A stall is a loss. When OpenCV comes back from it nobody waits any more, and the device is released."""
        release = partial(_release, device)
        buffer: Buffered | None = await self._ask("waiting for a frame", device.grab, STALLS_AFTER, release)
        if buffer is None:
            self._gone = f"{self._name}: gives no frames any more; look at its cable and at the power of its USB hub"
            raise DeviceLost(self._gone)
        return buffer

    async def _frame(self, device: UvcDevice, buffer: Buffered, exposure: Duration) -> Frame:
        stale, self._last_stamp = buffer.stamp is not None and buffer.stamp == self._last_stamp, buffer.stamp
        if stale:
            raise StaleFrame(f"{self._name}: a frame came again that had come before; trigger again")
        colour = await self._ask("reading a picture", device.picture)
        when = exposed(buffer, exposure, self._wanted)
        return Frame(
            camera=self._name,
            sequence=self._sequence,
            exposed_at=when.at,
            exposed_at_error=when.error,
            exposure=exposure,
            readout=when.readout,
            colour=colour,
            depth=None,
            depth_unit=Millimetres(1.0),
        )

    def _opened(self) -> UvcDevice:
        if self._device is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        if self._gone is not None:
            raise DeviceLost(self._gone)
        return self._device

    async def _ask(
        self,
        what: str,
        work: Callable[[], T],
        within: Duration = ANSWERS_WITHIN,
        undo: Callable[[T], object] = lambda _: None,
    ) -> T:
        if self._thread is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        try:
            return await self._thread.call(what, work, within, undo)
        except DeviceLost as error:
            self._gone = str(error)
            raise


def _release(device: UvcDevice, _: Buffered | None) -> None:
    device.release()


def _heard(grabbing: "asyncio.Task[Buffered]") -> None:
    """Its error is told to whoever reads; if nobody does any more, it is no news."""
    if not grabbing.cancelled():
        grabbing.exception()
