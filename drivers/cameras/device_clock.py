"""Which instant on the booth clock a reading of a camera's own clock is: a pure mapping that knows its error.

A frame says by the camera's crystal when it was exposed, and the host sees when it arrives. Of many arrivals the
quickest tell where the camera's clock stands, but for the time that even these were underway: no arrival can tell
that. It is given as `Underway`, and is wide until light timing has measured it.
"""

from collections import deque
from dataclasses import dataclass
from typing import NewType

from drivers.units import Duration, Instant, ms, seconds

Ticks = NewType("Ticks", int)
"""Nanoseconds by the camera's clock; its zero means nothing."""

BLOCK = seconds(1)
REMEMBERS = 10  # blocks; the quickest arrival of each
TRUSTED_AFTER = 6  # arrivals: the first of all may be one that was held up
LATE_AT_MOST = seconds(1)  # several in a row that seem later than this are of a clock that has started anew
LAGS_AT_MOST = ms(100)  # so much longer the quickest frame of a second may seem to be underway, on a busy machine
STEEPEST = 100e-6  # a crystal of 50 ppm, against a booth clock that is being slewed as much
WANDER = 10e-6  # with temperature, from what it was on average
ANCHORED_AFTER = seconds(60)

COUNTER_US = 1 << 32
"""A D400 counts microseconds in 32 bits: every 71 minutes it begins again (uvc_header::timestamp in librealsense's
src/platform/uvc-device.h)."""


def unwrapped(us: int, near: Ticks | None) -> Ticks:
    """The ticks that a 32 bit count of microseconds stands for, if they are near `near`."""
    if near is None:
        return Ticks(us % COUNTER_US * 1000)
    ahead = (us - near // 1000) % COUNTER_US
    return Ticks((near // 1000 + ahead - (COUNTER_US if ahead >= COUNTER_US // 2 else 0)) * 1000)


@dataclass(frozen=True, slots=True)
class Underway:
    """From the end of a frame's exposure to its arrival, unless something holds it up: at least, and at most."""

    least: Duration
    most: Duration

    @property
    def unknown(self) -> Duration:
        return Duration(self.most - self.least)


@dataclass(frozen=True, slots=True)
class Between:
    """The instant lies between these two, ends included."""

    earliest: Instant
    latest: Instant


@dataclass(frozen=True, slots=True)
class _Arrival:
    ticks: Ticks
    at: Instant

    @property
    def offset(self) -> int:
        return self.at - self.ticks


class DeviceClock:
    """Told of every arrival; says when any reading was.

    Holds while at least one arrival of every REMEMBERS seconds, and of the first TRUSTED_AFTER, was underway no longer
    than `underway.most`, however late the others are; and while not TRUSTED_AFTER in a row are late by LATE_AT_MOST.
    A clock that has started anew is noticed, and learned anew.
    """

    def __init__(self, underway: Underway) -> None:
        self._underway = underway
        self._quickest: deque[_Arrival] = deque(maxlen=REMEMBERS)
        self._suspects: list[_Arrival] = []
        self._anchor: _Arrival | None = None
        self._drift = (-STEEPEST, STEEPEST)
        self._block_began = Instant(0)
        self._heard = self.restarts = 0

    @property
    def drift(self) -> tuple[float, float]:
        """How much faster the booth clock runs, as a share, and the bound of that."""
        slowest, fastest = self._drift
        return (slowest + fastest) / 2, (fastest - slowest) / 2

    def hear(self, ticks: Ticks, arrived_at: Instant) -> None:
        """A frame whose exposure ended at `ticks` has arrived. In the order of arrival."""
        arrival = _Arrival(ticks, arrived_at)
        soonest, quickest = self._arrives(ticks) if self._quickest else (arrived_at, arrived_at)
        if arrived_at < soonest - self._underway.unknown:  # before it can have been exposed
            self._start_anew()
        elif arrived_at > quickest + LATE_AT_MOST:
            self._suspects.append(arrival)
            if len(self._suspects) < TRUSTED_AFTER:
                return
            late = list(self._suspects)
            self._start_anew()
            for each in late:
                self.hear(each.ticks, each.at)
            return
        self._suspects.clear()
        self._learn(arrival)

    def _learn(self, arrival: _Arrival) -> None:
        self._heard += 1
        if not self._quickest or arrival.at - self._block_began >= BLOCK:
            self._close_block()
            self._block_began = arrival.at
            self._quickest.append(arrival)
        elif arrival.offset < self._quickest[-1].offset:
            self._quickest[-1] = arrival

    def when(self, ticks: Ticks) -> Between | None:
        """None: too few arrivals have been heard to say, or the last one does not fit."""
        if self._heard < TRUSTED_AFTER or self._suspects:
            return None
        soonest, quickest = self._arrives(ticks)
        return Between(Instant(soonest - self._underway.most), Instant(quickest - self._underway.least))

    def _arrives(self, ticks: Ticks) -> tuple[int, int]:
        """Before and after the arrival of a frame that ends at `ticks`, were it as quick as the quickest."""
        drift, bound = self.drift
        soonest, quickest = [], []
        for each in self._quickest:
            apart = ticks - each.ticks
            at = each.at + apart + round(apart * drift)
            soonest.append(at - round(abs(apart) * bound + BLOCK * STEEPEST))
            quickest.append(at + round(abs(apart) * bound))
        return min(soonest), min(quickest)

    def _close_block(self) -> None:
        """Weigh the block that is over against those before it."""
        if not self._quickest:
            return
        last, quickest = self._quickest[-1], min(self._quickest, key=lambda each: each.offset)
        if last.offset - quickest.offset > self._underway.unknown + LAGS_AT_MOST:
            self._start_anew()
            self._heard = TRUSTED_AFTER
            self._quickest.append(last)
        elif len(self._quickest) == REMEMBERS:
            self._weigh_drift(quickest)

    def _weigh_drift(self, last: _Arrival) -> None:
        """What the quickest arrivals of two spans far apart allow."""
        self._anchor = self._anchor or last
        span = last.ticks - self._anchor.ticks
        if span < ANCHORED_AFTER:
            return
        drift = (last.at - self._anchor.at) / span - 1
        bound = (self._underway.unknown + 2 * STEEPEST * REMEMBERS * BLOCK) / span + WANDER
        slowest, fastest = max(self._drift[0], drift - bound), min(self._drift[1], drift + bound)
        if slowest <= fastest:
            self._drift = (slowest, fastest)
        else:  # it has wandered: begin again from what is sure
            self._anchor, self._drift = last, (-STEEPEST, STEEPEST)

    def _start_anew(self) -> None:
        self._quickest.clear()
        self._suspects.clear()
        self._anchor, self._drift = None, (-STEEPEST, STEEPEST)
        self._heard = 0
        self.restarts += 1
