"""Frames as they come, on threads of the SDK; the one that a trigger waits for, on the event loop."""

import asyncio
import threading
from collections import Counter as Tally
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pyrealsense2 as rs

from drivers.cameras.device_clock import Ticks, unwrapped
from drivers.cameras.realsense.opened import STREAMS
from drivers.cameras.realsense.pixels import Development
from drivers.cameras.realsense.selection import Choice, Chosen, Counter, News, Picture, Stream, Told
from drivers.cameras.realsense.timing import Timing, Trigger, exposure_of, in_force
from drivers.cameras.realsense.wanted import Wanted
from drivers.clock import Clock
from drivers.errors import BadFrame, DeviceError, ReadTimeout, StaleFrame
from drivers.units import Duration, Instant, as_ms

HOLDS = 8
"""Frames that wait to be looked at. The SDK has 16 of each stream: whoever holds more starves it, without a word."""

TURN_S = 0.05
KEYS = rs.frame_metadata_value


class Handoff:
    """From the SDK's threads to ours. Live, the oldest gives way to the youngest; of a recording (`patient`) the SDK
    waits until there is room."""

    def __init__(self, patient: bool) -> None:
        self._patient, self._frames, self._open = patient, deque[tuple[Any, Instant]](), True
        self._changed = threading.Condition()
        self.overrun = 0

    def put(self, frame: Any, at: Instant) -> None:
        with self._changed:
            while self._patient and self._open and len(self._frames) >= HOLDS:
                self._changed.wait()
            if len(self._frames) >= HOLDS:
                self._frames.popleft()
                self.overrun += 1
            if self._open:
                self._frames.append((frame, at))
            self._changed.notify_all()

    def get(self) -> tuple[Any, Instant] | None:
        """None after TURN_S without a frame, and once it is closed."""
        with self._changed:
            if not self._frames and self._open:
                self._changed.wait(TURN_S)
            taken = self._frames.popleft() if self._frames else None
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        with self._changed:
            self._open = False
            self._frames.clear()
            self._changed.notify_all()


@dataclass(slots=True)
class _Wish:
    """A trigger whose frame has not come yet."""

    trigger: Trigger
    choice: Choice
    development: Development
    missed: Tally[Stream]
    done: "asyncio.Future[Caught]"
    stale: int = 0
    otherwise: Duration | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Caught:
    """`missed`: frames that were counted since the trigger and never came."""

    chosen: Chosen
    trigger: Trigger
    missed: int


class Catcher:
    """`give` is called by the SDK, with every frame; the other verbs on the event loop. One trigger at a time.

    `idle` is called on the catcher's thread when nothing has come for TURN_S: what it returns ends the wait.
    """

    def __init__(
        self, camera: str, wanted: Wanted, streams: frozenset[Stream], timing: Timing, clock: Clock,
        idle: Callable[[], DeviceError | None], patient: bool = False,
    ) -> None:  # fmt: skip
        self._camera, self._wanted, self._streams, self._timing, self._clock = camera, wanted, streams, timing, clock
        self._idle, self._patient = idle, patient
        self._handoff = Handoff(patient)
        self._counters = {stream: Counter() for stream in streams}
        self._ticks: Ticks | None = None
        self._exposures: Mapping[Stream, Duration] = {}
        self._wish: _Wish | None = None
        self._changing = threading.Lock()  # of the wish
        self._wished = threading.Event()
        self._closed = False
        self.last_arrival = clock.now()
        self.tally: Tally[str] = Tally()
        threading.Thread(target=self._work, name=f"{camera}: frames", daemon=True).start()

    def give(self, frame: Any) -> None:
        self._handoff.put(frame, self._clock.now())

    def expect(self, exposures: Mapping[Stream, Duration]) -> None:
        """Frames are exposed for so long from now on, or soon."""
        self._exposures = dict(exposures)

    def want(self, trigger: Trigger) -> "asyncio.Future[Caught]":
        """Forgets the trigger before. Raises, when awaited, StaleFrame and BadFrame, and what `idle` returned."""
        pairs = self._wanted.filters.frames
        choice = Choice(self._streams, self._wanted.period, pairs)
        done: asyncio.Future[Caught] = asyncio.get_running_loop().create_future()
        done.add_done_callback(lambda over: over.cancelled() or over.exception())  # nobody may ever ask
        with self._changing:
            self._wish = _Wish(trigger, choice, Development(self._wanted.filters), Tally(), done)
        self._wished.set()
        return done

    def why_nothing(self) -> DeviceError:
        """Of a trigger whose deadline has come."""
        wish = self._wish
        if wish is not None and wish.stale:
            return StaleFrame(f"{self._camera}: only frames that were there before came; trigger again")
        if wish is not None and wish.otherwise is not None:
            return ReadTimeout(
                f"{self._camera}: frames come, exposed for {as_ms(wish.otherwise):g} ms and not as armed; "
                "is another program setting its exposure?"
            )
        return ReadTimeout(f"{self._camera}: no frame in time; trigger again, or raise the deadline")

    def close(self) -> None:
        """Returns at once; the SDK is not kept waiting any more."""
        self._closed, self._wish = True, None
        self._wished.set()
        self._handoff.close()

    def _work(self) -> None:
        while not self._closed:
            if self._patient and self._wish is None:
                self._wished.wait(TURN_S)
                self._wished.clear()
                continue
            arrived = self._handoff.get()
            if arrived is None:
                self._end_if(self._idle())
            else:
                self._look(*arrived)
            del arrived  # a frame that is held while we wait is one of the SDK's sixteen

    def _look(self, frame: Any, at: Instant) -> None:
        self.last_arrival = at
        told = self._told(frame, at)
        if told is None:
            return
        armed = self._exposures.get(told.stream, Duration(0))
        exposure = exposure_of(told, armed)
        news, missing = self._counters[told.stream].judge(told)
        self.tally[news.value] += 1
        self.tally["missing"] += missing
        wish = self._wish
        if wish is not None:
            wish.missed[told.stream] += missing
        if news is News.FRESH:
            self._ticks = told.mid
            self._timing.hear(told, exposure)
            if wish is not None:
                self._consider(wish, frame, told, exposure)
        elif wish is not None:
            self._refuse(wish, told, news)

    def _refuse(self, wish: _Wish, told: Told, news: News) -> None:
        wish.stale += 1
        if news is News.STUCK:
            self._end_if(StaleFrame(f"{self._camera}: {told.stream.value} has a new frame under the old count"))

    def _consider(self, wish: _Wish, frame: Any, told: Told, exposure: Duration) -> None:
        exposed = self._timing.exposed(told, exposure)
        if exposed is None or not self._timing.answers(exposed, wish.trigger):
            return
        if not self._patient and not in_force(exposure, wish.trigger.exposures[told.stream]):
            wish.otherwise = exposure
            return
        develop = wish.development.depth if told.stream is Stream.DEPTH else wish.development.colour
        chosen = wish.choice.offer(Picture(told, develop(frame), exposed))
        if chosen is not None:
            self._end(wish, Caught(chosen, wish.trigger, max(wish.missed.values(), default=0)))

    def _told(self, frame: Any, at: Instant) -> Told | None:
        stream = STREAMS.get(frame.get_profile().stream_type())
        if stream is None:
            return None
        if not frame.supports_frame_metadata(KEYS.sensor_timestamp):
            self._end_if(BadFrame(
                f"{self._camera}: its frames do not say when they were exposed; the kernel drops their metadata: take "
                "one that knows this camera, or build the SDK with FORCE_RSUSB_BACKEND"
            ))  # fmt: skip
            return None
        mid = unwrapped(frame.get_frame_metadata(KEYS.sensor_timestamp), self._ticks)
        states = KEYS.actual_exposure
        stated = frame.get_frame_metadata(states) if frame.supports_frame_metadata(states) else None
        return Told(stream, _counted(frame), mid, stated, at)

    def _end_if(self, problem: DeviceError | None) -> None:
        wish = self._wish
        if problem is not None and wish is not None:
            self._end(wish, problem)

    def _end(self, wish: _Wish, result: Caught | DeviceError) -> None:
        def tell() -> None:
            if wish.done.done():
                return
            if isinstance(result, Caught):
                wish.done.set_result(result)
            else:
                wish.done.set_exception(result)

        with self._changing:
            self._wish = None if self._wish is wish else self._wish
        with suppress(RuntimeError):  # the loop has ended
            wish.done.get_loop().call_soon_threadsafe(tell)


def _counted(frame: Any) -> int:
    if frame.supports_frame_metadata(KEYS.frame_counter):
        return int(frame.get_frame_metadata(KEYS.frame_counter))
    return int(frame.frame_number)
