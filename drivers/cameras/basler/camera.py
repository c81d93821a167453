"""The verbs of a Basler."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from drivers.blocking import Blocking
from drivers.cameras.basler.finding import Claim, Opens
from drivers.cameras.basler.grabbing import Grabbed, Grabber
from drivers.cameras.basler.stamps import Called, LatchedClock, Taken, began, believed, middle
from drivers.cameras.basler.wanted import SOFTWARE, Wanted
from drivers.cameras.device_clock import Between
from drivers.clock import Clock
from drivers.errors import BadFrame, DeviceError, DeviceLost, NotArmed, NotOpen, ReadTimeout, StaleFrame
from drivers.frames import CameraInfo, Frame
from drivers.protocols import Armed
from drivers.units import Duration, Instant, Millimetres, seconds

OPENS_WITHIN = seconds(4.5)
ANSWERS_WITHIN = seconds(0.9)
STOPS_WITHIN = seconds(2)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Trigger:
    """What is to be read: the frame of this call, taken so."""

    called: Called
    taken: Taken


class BaslerCamera:
    """Implements drivers.protocols.Camera. `claim`, a serial number, is claimed before `opens` is called, on the SDK's
    thread.

    With a line as its trigger source, `trigger` means: the next exposure, whoever causes it. `open` also raises
    OutOfRange for what this camera cannot be set to.
    """

    def __init__(self, name: str, claim: str, opens: Opens, wanted: Wanted, clock: Clock) -> None:
        self._name, self._claims, self._opens, self._wanted, self._clock = name, claim, opens, wanted, clock
        self._sdk: Blocking | None = None
        self._claim: Claim | None = None
        self._grabber: Grabber | None = None
        self._device_clock = LatchedClock()
        self._taken: Taken | None = None
        self._trigger: _Trigger | None = None
        self._wish: object | None = None
        self._lost: DeviceLost | None = None
        self._missed = 0

    async def open(self) -> CameraInfo:
        await self.close()
        self._claim = Claim(self._name, self._claims)
        self._sdk = Blocking(self._name, self._clock)
        try:
            return await self._ask("open()", self._start, OPENS_WITHIN)
        except BaseException:
            await self.close()
            raise

    async def arm(self, exposure: Duration) -> Armed:
        grabber = self._opened()

        def expose() -> Taken:
            taken = grabber.expose(exposure)
            self._read_clock(grabber)
            return taken

        taken = await self._ask("arm()", expose)
        self._taken, self._trigger = taken, None
        return Armed(taken.exposure, taken.readout)

    async def trigger(self) -> None:
        grabber = self._opened()
        if self._taken is None:
            raise NotArmed(f"{self._name}: is not armed; call arm() first")
        self._trigger = _Trigger(await self._ask("trigger()", grabber.trigger), self._taken)

    async def read(self, deadline: Instant) -> Frame:
        grabber, trigger = self._opened(), self._trigger
        if trigger is None:
            raise NotArmed(f"{self._name}: has no frame to read; call trigger() first")
        wish = self._wish = object()
        work = partial(self._take, grabber, trigger, deadline, lambda: self._wish is wish)
        try:
            left = Duration(max(0, deadline - self._clock.now()))
            frame = await self._ask("RetrieveResult()", work, Duration(left + ANSWERS_WITHIN))
        except (BadFrame, StaleFrame):
            self._trigger = None
            raise
        finally:
            self._wish = None
        if frame is None:
            raise ReadTimeout(f"{self._name}: {self._silence()}")
        self._trigger = None
        return frame

    async def close(self) -> None:
        sdk, grabber, claim = self._sdk, self._grabber, self._claim
        self._sdk = self._grabber = self._claim = self._taken = self._trigger = self._wish = self._lost = None
        if sdk is not None:
            if grabber is not None:
                with suppress(DeviceError):
                    await sdk.call("stop()", grabber.release, STOPS_WITHIN)
            sdk.end()
        if claim is not None:
            claim.release()

    def _start(self) -> CameraInfo:
        """On the SDK's thread."""
        camera: Any = self._opens()
        grabber = Grabber(self._name, camera, self._wanted, self._clock)
        try:
            info = grabber.set_up()
        except BaseException:
            grabber.release()
            raise
        self._grabber, self._device_clock = grabber, LatchedClock()
        self._missed = 0
        return info

    def _take(self, grabber: Grabber, trigger: _Trigger, deadline: Instant, wanted: Callable[[], bool]) -> Frame | None:
        """On the SDK's thread: the frame of that trigger; those of earlier ones are thrown away."""
        while (grabbed := grabber.grab(deadline, wanted)) is not None:
            self._missed += grabbed.missed
            span = self._began(grabbed, trigger)
            if span.latest < span.earliest:
                continue
            frame = self._frame(grabber, grabbed, trigger.taken, span)
            self._missed = 0
            self._read_clock(grabber)
            return frame
        return None

    def _began(self, grabbed: Grabbed, trigger: _Trigger) -> Between:
        by_software = self._wanted.source == SOFTWARE
        bound = began(trigger.called, by_software, self._wanted.delay, trigger.taken, grabbed.arrived)
        told = None if grabbed.ticks is None else self._device_clock.when(grabbed.ticks)
        return believed(bound, told, by_software)

    def _frame(self, grabber: Grabber, grabbed: Grabbed, taken: Taken, span: Between) -> Frame:
        if grabbed.stale:
            raise StaleFrame(f"{self._name}: a frame came again that had come before; trigger again")
        if grabbed.colour is None:
            raise BadFrame(f"{self._name}: pylon says: {grabbed.why} Trigger again; look at cable, switch, packet size")
        exposed_at, error = middle(span)
        return Frame(
            camera=self._name,
            sequence=grabbed.sequence,
            exposed_at=exposed_at,
            exposed_at_error=error,
            exposure=taken.exposure,
            readout=taken.rolls_for,
            colour=grabbed.colour,
            depth=None,
            depth_unit=Millimetres(1.0),
            origin={"simulated": True} if grabber.emulated else {},
            missed=self._missed,
        )

    def _read_clock(self, grabber: Grabber) -> None:
        latch = grabber.latch()
        if latch is not None:
            self._device_clock.hear(latch)

    def _silence(self) -> str:
        if self._wanted.source == SOFTWARE:
            return "no frame came for the trigger; trigger again, or raise the deadline"
        return f"no frame in time: nothing pulled {self._wanted.source}, or the deadline is too short; look at the wire"

    def _opened(self) -> Grabber:
        if self._grabber is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        if self._lost is not None:
            raise DeviceLost(str(self._lost)) from self._lost
        return self._grabber

    async def _ask(self, what: str, work: Callable[[], T], within: Duration = ANSWERS_WITHIN) -> T:
        if self._sdk is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        try:
            return await self._sdk.call(what, work, within)
        except DeviceLost as lost:
            # Plugged in again it answers under the old handle, and has forgotten how it was set.
            self._lost = lost
            raise
