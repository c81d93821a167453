"""The verbs of a RealSense, over whatever its source finds."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from drivers.blocking import Blocking
from drivers.cameras.realsense.catcher import Catcher, Caught
from drivers.cameras.realsense.opened import Opened, refusal
from drivers.cameras.realsense.selection import Stream
from drivers.cameras.realsense.sources import Source
from drivers.cameras.realsense.timing import LiveTiming, PlayedTiming, Trigger
from drivers.cameras.realsense.wanted import Wanted
from drivers.clock import Clock
from drivers.errors import DeviceError, DeviceLost, EndOfRecording, NotArmed, NotOpen, OutOfRange
from drivers.frames import CameraInfo, Frame
from drivers.protocols import Armed
from drivers.units import Duration, Instant, after, as_ms, as_seconds, between, seconds

OPENS_WITHIN = seconds(4.5)
ANSWERS_WITHIN = seconds(1)
STOPS_WITHIN = seconds(2)
QUIET_AT_MOST = seconds(5)
"""A camera that streams and sends nothing for so long is lost: the SDK does not always say so."""

FEELS_EVERY = seconds(10)
LONGEST_PLAYED = seconds(10)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Running:
    """A device that streams."""

    opened: Opened
    catcher: Catcher
    timing: LiveTiming | PlayedTiming

    def stop(self) -> None:
        self.catcher.close()
        self.opened.stop()


class RealSenseCamera:
    """Implements drivers.protocols.Camera. It runs free: a trigger means the first frame whose whole exposure, with the
    error of its time stamp, lies after it. `real_time` and `session`, its name, are of a recording only.

    `open` also raises OutOfRange for streams and options that the camera does not have.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        wanted: Wanted,
        clock: Clock,
        real_time: bool = True,
        session: str | None = None,
    ) -> None:
        self._name, self._source, self._wanted, self._clock = name, source, wanted, clock
        self._real_time, self._session = real_time, session
        self._sdk: Blocking | None = None
        self._running: _Running | None = None
        self._exposures: Mapping[Stream, Duration] | None = None
        self._awaited: asyncio.Future[Caught] | None = None
        self._broken: DeviceLost | None = None
        self._celsius: dict[str, float] = {}
        self._felt_at: Instant | None = None

    async def open(self) -> CameraInfo:
        await self.close()
        self._sdk = Blocking(self._name, self._clock)
        try:
            self._running = await self._ask("open()", self._start, OPENS_WITHIN)
        except BaseException:
            await self.close()
            raise
        return self._running.opened.info

    async def arm(self, exposure: Duration) -> Armed:
        running = self._checked()
        self._awaited = None
        if self._source.live:
            self._exposures = await self._ask("set_option()", partial(running.opened.expose, exposure), ANSWERS_WITHIN)
            await self._feel(running)
        else:
            self._exposures = self._played(exposure)
        running.catcher.expect(self._exposures)
        return Armed(self._lead(), self._longest_wait(running.opened.wanted))

    async def trigger(self) -> None:
        running = self._checked()
        if self._exposures is None:
            raise NotArmed(f"{self._name}: is not armed; call arm() first")
        self._awaited = running.catcher.want(Trigger(self._clock.now(), self._lead(), self._exposures))

    async def read(self, deadline: Instant) -> Frame:
        running = self._checked()
        if self._awaited is None:
            raise NotArmed(f"{self._name}: has no frame to read; call trigger() first")
        try:
            async with self._clock.deadline(deadline):
                caught = await asyncio.shield(self._awaited)
                await self._exposed(caught)
        except TimeoutError as error:
            running.opened.forget_exposure()
            raise running.catcher.why_nothing() from error
        except DeviceError:
            self._awaited = None
            raise
        self._awaited = None
        return self._frame(running, caught)

    async def close(self) -> None:
        sdk, running, self._sdk, self._running = self._sdk, [self._running], None, None
        self._exposures = self._awaited = self._felt_at = self._broken = None
        if sdk is None:
            return

        def stop() -> None:
            # The last reference goes here: a recorder finishes its file, and lets go of it, only then.
            if (last := running.pop()) is not None:
                last.stop()
            self._source.release()

        try:
            with suppress(DeviceError, RuntimeError):
                await sdk.call("stop()", stop, STOPS_WITHIN)
        finally:
            sdk.end()

    def _start(self) -> _Running:
        """On the SDK's thread."""
        opened = Opened(self._name, self._source.find(), self._wanted, played=not self._source.live)
        timing = self._timing(opened)
        catcher = Catcher(
            self._name, opened.wanted, frozenset(opened.profiles), timing, self._clock, self._idle,
            patient=not self._source.live and not self._real_time,
        )  # fmt: skip
        catcher.expect(opened.exposures())
        running = _Running(opened, catcher, timing)
        try:
            opened.start(catcher.give)
        except BaseException:
            running.stop()
            raise
        return running

    def _timing(self, opened: Opened) -> LiveTiming | PlayedTiming:
        if self._source.live:
            return LiveTiming(opened.wanted.ways(), opened.readouts)
        return PlayedTiming(self._real_time)

    async def _ask(self, what: str, work: Callable[[], T], within: Duration) -> T:
        """Do it on the SDK's thread. Raises what `refusal` makes of the SDK's errors; a lost device stays lost."""
        assert self._sdk is not None
        try:
            return await self._sdk.call(what, work, within, _undo)
        except (DeviceError, RuntimeError) as error:
            meant = error if isinstance(error, DeviceError) else refusal(self._name, error)
            self._broken = meant if isinstance(meant, DeviceLost) else None
            raise meant from error

    def _checked(self) -> _Running:
        """Raises NotOpen, DeviceLost."""
        if self._running is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        if (lost := self._broken or self._lost(self._running.catcher)) is not None:
            raise lost
        return self._running

    def _lost(self, catcher: Catcher) -> DeviceLost | None:
        if self._source.gone():
            return DeviceLost(f"{self._name}: was unplugged; plug it in, then close and open it again")
        if self._source.live and between(catcher.last_arrival, self._clock.now()) > QUIET_AT_MOST:
            return DeviceLost(
                f"{self._name}: has sent nothing for {as_seconds(QUIET_AT_MOST):g} s; close and open it again"
            )
        return None

    def _idle(self) -> DeviceError | None:
        """On the catcher's thread."""
        running = self._running
        if running is None:
            return None
        if self._source.over():
            return EndOfRecording(f"{self._name}: the recording has been played to its end")
        return self._lost(running.catcher)

    async def _feel(self, running: _Running) -> None:
        """The temperature, now and then: asking takes its time on the wire that the frames come by."""
        now = self._clock.now()
        if self._felt_at is None or between(self._felt_at, now) >= FEELS_EVERY:
            self._felt_at = now
            self._celsius = await self._ask("get_option()", running.opened.celsius, ANSWERS_WITHIN)

    def _played(self, exposure: Duration) -> dict[Stream, Duration]:
        if not 0 < exposure <= LONGEST_PLAYED:
            raise OutOfRange(
                f"{self._name}: an exposure of {as_ms(exposure):g} ms is not more than 0 and at most "
                f"{as_ms(LONGEST_PLAYED):g} ms; correct exposure_ms"
            )
        return dict.fromkeys(Stream, exposure)

    def _lead(self) -> Duration:
        assert self._exposures is not None
        return self._exposures.get(Stream.COLOUR) or self._exposures[Stream.DEPTH]

    def _longest_wait(self, wanted: Wanted) -> Duration:
        """From the exposure's end: a frame that can be shown to begin after the trigger, and its way here."""
        if not self._source.live:
            return Duration(0)
        way = wanted.ways()
        return Duration(way.unknown + way.most + wanted.filters.frames * wanted.period)

    async def _exposed(self, caught: Caught) -> None:
        """A recording has its frame at once, and gives it when a camera could have it."""
        if not self._source.live:
            await self._clock.sleep_until(after(caught.trigger.at, caught.trigger.exposure))

    def _frame(self, running: _Running, caught: Caught) -> Frame:
        pictures, info = caught.chosen.pictures, running.opened.info
        stamp = running.timing.stamp(caught.chosen, caught.trigger)
        depth, colour = pictures.get(Stream.DEPTH), pictures.get(Stream.COLOUR)
        lead = depth or colour
        assert lead is not None
        return Frame(
            camera=self._name,
            sequence=lead.told.counter,
            exposed_at=stamp.exposed_at,
            exposed_at_error=stamp.error,
            exposure=caught.trigger.exposure,
            readout=stamp.readout,
            colour=None if colour is None else colour.pixels,
            depth=None if depth is None else depth.pixels,
            depth_unit=info.depth_unit,
            origin=self._origin(running, caught),
            missed=caught.missed,
        )

    def _origin(self, running: _Running, caught: Caught) -> dict[str, Any]:
        info = running.opened.info
        told = {stream.value: _told(picture.told) for stream, picture in caught.chosen.pictures.items()}
        origin: dict[str, Any] = {"serial": info.serial, **told, **self._celsius}
        if isinstance(running.timing, LiveTiming):
            origin["drift_ppm"] = round(running.timing.clock.drift[0] * 1e6, 1)
        if self._session is not None:
            origin["session"] = self._session
        if info.simulated:
            origin["simulated"] = True
        return origin


def _told(told: Any) -> dict[str, int | None]:
    """By the camera's own count and clock."""
    return {"counter": told.counter, "mid_us": told.mid // 1000, "exposure_states": told.states_us}


def _undo(result: Any) -> None:
    """A device that opened after nobody waited for it any more would stay taken."""
    if isinstance(result, _Running):
        result.stop()
