"""Which frames of a stream that never stops answer a trigger. Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from numpy.typing import NDArray

from drivers.cameras.device_clock import Between, Ticks
from drivers.units import Duration, Instant

ANEW_AFTER = 5


class Stream(Enum):
    DEPTH = "depth"
    COLOUR = "colour"


@dataclass(frozen=True, slots=True)
class Told:
    """What a frame says of itself. `mid`: the middle of its exposure by the camera's clock; `states`: the exposure that
    its metadata name, in µs, if any."""

    stream: Stream
    counter: int
    mid: Ticks
    states_us: int | None
    arrived_at: Instant


class News(Enum):
    FRESH = "fresh"
    OLD = "old"  # seen before, or overtaken by a younger one
    STUCK = "stuck"  # taken later than the last one, and not counted


class Counter:
    """Follows one stream's frame counter."""

    def __init__(self) -> None:
        self._last: Told | None = None
        self._old_counter = self._in_a_row = 0

    def judge(self, told: Told) -> tuple[News, int]:
        """And how many frames are missing before it."""
        last = self._last
        if last is None or self._began_anew(told, last):
            self._last = told
            return News.FRESH, 0
        if told.counter > last.counter and told.mid > last.mid:
            self._last = told
            return News.FRESH, told.counter - last.counter - 1
        return (News.STUCK if told.mid > last.mid and told.counter == last.counter else News.OLD), 0

    def _began_anew(self, told: Told, last: Told) -> bool:
        """Several frames that are behind but count on: the camera has started again."""
        behind = told.counter < last.counter and told.counter == self._old_counter + 1
        self._in_a_row = self._in_a_row + 1 if behind else 0
        self._old_counter = told.counter
        return self._in_a_row >= ANEW_AFTER


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """`exposed`: no row before, none after."""

    told: Told
    pixels: NDArray[Any]
    exposed: Between


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The pictures of one trigger. `begun`: the first of them, if several were averaged."""

    pictures: dict[Stream, Picture]
    begun: Instant


class Choice:
    """Pairs depth and colour by the camera's clock: their exposures' middles no further apart than half a period."""

    def __init__(self, streams: frozenset[Stream], period: Duration, pairs: int) -> None:
        self._streams, self._apart, self._left = streams, period // 2, pairs
        self._waiting: dict[Stream, Picture] = {}
        self._begun: Instant | None = None

    def offer(self, picture: Picture) -> Chosen | None:
        """In the order of arrival. What the trigger gets, once it is complete."""
        for stream, other in list(self._waiting.items()):
            if abs(other.told.mid - picture.told.mid) > self._apart:
                del self._waiting[stream]
        self._waiting[picture.told.stream] = picture
        if self._waiting.keys() != self._streams:
            return None
        pair, self._waiting = self._waiting, {}
        begun = min(each.exposed.earliest for each in pair.values())
        self._begun = begun if self._begun is None else self._begun
        self._left -= 1
        return None if self._left else Chosen(pair, self._begun)
