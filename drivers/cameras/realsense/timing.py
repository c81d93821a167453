"""When a frame was exposed: by the camera's clock for a camera, by the trigger for a recording. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from drivers.cameras.device_clock import Between, DeviceClock, Ticks, Underway
from drivers.cameras.realsense.selection import Chosen, Picture, Stream, Told
from drivers.units import Duration, Instant, after

MICROSECOND = 1_000  # ns
COARSEST = 100 * MICROSECOND  # no sensor of the family rounds exposures to more than this


@dataclass(frozen=True, slots=True)
class Trigger:
    """`exposures`: of each stream, as armed."""

    at: Instant
    exposure: Duration
    exposures: Mapping[Stream, Duration]


@dataclass(frozen=True, slots=True)
class Stamp:
    """As in drivers.frames.Frame."""

    exposed_at: Instant
    error: Duration
    readout: Duration


class Timing(Protocol):
    def hear(self, told: Told, exposure: Duration) -> None:
        """Every frame, as it arrives."""

    def exposed(self, told: Told, exposure: Duration) -> Between | None:
        """No row earlier, none later. None: not known yet."""

    def answers(self, exposed: Between, trigger: Trigger) -> bool:
        """Whether a frame lies wholly after the trigger."""

    def stamp(self, chosen: Chosen, trigger: Trigger) -> Stamp: ...


class LiveTiming:
    """`readouts`: from the first row's exposure to the last one's. It is not known which row a stamp is of, so the
    bounds are wider by that on either side; but nothing is exposed after it has arrived."""

    def __init__(self, underway: Underway, readouts: Mapping[Stream, Duration]) -> None:
        self.clock = DeviceClock(underway)
        self._readouts = readouts

    def hear(self, told: Told, exposure: Duration) -> None:
        self.clock.hear(_end(told, exposure), told.arrived_at)

    def exposed(self, told: Told, exposure: Duration) -> Between | None:
        ended = self.clock.when(_end(told, exposure))
        if ended is None:
            return None
        readout = self._readouts[told.stream]
        latest = Instant(min(ended.latest + readout, told.arrived_at))
        earliest = Instant(min(ended.earliest - exposure - readout, latest - exposure))
        return Between(earliest, latest)

    def answers(self, exposed: Between, trigger: Trigger) -> bool:
        return exposed.earliest >= trigger.at

    def stamp(self, chosen: Chosen, trigger: Trigger) -> Stamp:
        pictures = chosen.pictures.values()
        spare = max(each.exposed.latest for each in pictures) - chosen.begun - trigger.exposure
        unknown = max(self._unknown(each, trigger) for each in pictures)
        error = Duration(max(0, min(unknown, spare)) // 2)
        return Stamp(after(chosen.begun, error), error, Duration(spare - 2 * error))

    def _unknown(self, picture: Picture, trigger: Trigger) -> int:
        stream, exposed = picture.told.stream, picture.exposed
        return exposed.latest - exposed.earliest - trigger.exposures[stream] - self._readouts[stream]


class PlayedTiming:
    """A recording's own times mean nothing to this booth: its frames are exposed when they are asked for. At its own
    pace, `real_time`, it goes on between triggers; else it waits for the next one."""

    def __init__(self, real_time: bool) -> None:
        self._real_time = real_time

    def hear(self, told: Told, exposure: Duration) -> None:
        """There is nothing to learn."""

    def exposed(self, told: Told, exposure: Duration) -> Between | None:
        return Between(told.arrived_at, told.arrived_at)

    def answers(self, exposed: Between, trigger: Trigger) -> bool:
        return exposed.latest >= trigger.at or not self._real_time

    def stamp(self, chosen: Chosen, trigger: Trigger) -> Stamp:
        return Stamp(trigger.at, Duration(0), Duration(0))


def exposure_of(told: Told, armed: Duration) -> Duration:
    """For how long a frame was exposed, which follows what was armed by a few frames.

    Depth states microseconds. Colour states what its register holds (md_rgb_control in librealsense's src/metadata.h):
    hundreds of microseconds on the cameras that were reported, microseconds on the emulated one.
    """
    if told.states_us is None:
        return armed
    units = (MICROSECOND,) if told.stream is Stream.DEPTH else (MICROSECOND, 100 * MICROSECOND)
    read = (max(1, told.states_us * unit) for unit in units)
    return Duration(min(read, key=lambda each: max(each, armed) / max(1, min(each, armed))))


def in_force(exposure: Duration, armed: Duration) -> bool:
    """Whether a frame has the exposure that was armed, but for rounding."""
    return abs(exposure - armed) <= max(COARSEST, armed // 50)


def _end(told: Told, exposure: Duration) -> Ticks:
    return Ticks(told.mid + exposure // 2)
