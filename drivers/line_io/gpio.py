"""Lines of a GPIO chip, through gpiod: inputs whose edges the kernel stamps on the booth clock, and outputs.

Nothing drops an output when this process dies or is stopped: the line stays as it was put.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from drivers.errors import DeviceBusy, DeviceLost, DeviceMissing, NotOpen
from drivers.line_io.pulses import Between
from drivers.protocols import Edge
from drivers.registry import Bench, Options
from drivers.units import Instant, ms

STAMP_ERROR = ms(1)
"""The kernel stamps in its interrupt, or for a chip on I2C in the thread that asks it."""

EDGES_KEPT = 4096
MOST_UNSEEN = 16
"""More changes than this that were not told are an input that rings; the rest is not made up."""

Bias = Literal["as-is", "pull-up", "pull-down", "disabled"]


@dataclass(frozen=True, slots=True)
class Pin:
    """One line: `chip` as /dev/gpiochip0, `line` its offset there."""

    chip: str
    line: int


@dataclass(frozen=True, slots=True)
class Stamped:
    """What the kernel says of one change. `number` counts those of this line from 1."""

    voltage: bool
    at: Instant
    number: int


class Trail:
    """From what the kernel says to edges that alternate. Pure. Without voltage is blocked.

    The kernel drops changes when nobody reads, and its numbers then have a gap; a change so quick that the line is back
    when it looks comes twice to the same level. What was not told is put in between, or the next would be upside down.
    """

    def __init__(self, blocked: bool, at: Instant) -> None:
        self._blocked, self._at = blocked, at
        self._number: int | None = None

    def edges(self, change: Stamped) -> list[Edge]:
        blocked, at = not change.voltage, Instant(max(change.at, self._at + 1))
        missing = 0 if self._number is None else change.number - self._number - 1
        first, self._number = self._number is None, change.number
        if first and blocked == self._blocked:
            return []  # it came while the line was opened: the level has been read after it
        if (missing % 2 == 0) == (blocked == self._blocked):
            missing += 1
        missing = min(missing, MOST_UNSEEN + missing % 2)
        found = [
            Edge(self._blocked if n % 2 else not self._blocked, when, error)
            for n, (when, error) in enumerate(Between(self._at, at, STAMP_ERROR).parts(missing))
        ]
        self._blocked, self._at = blocked, at
        return [*found, Edge(blocked, at, STAMP_ERROR)]


class GpioSensor:
    """Implements drivers.protocols.TraySensor."""

    def __init__(self, bench: Bench, pin: Pin, bias: Bias) -> None:
        self._name, self._clock, self._pin, self._bias = bench.name, bench.clock, pin, bias
        self._request: Any = None
        self._lost: DeviceLost | None = None
        self._edges: asyncio.Queue[Edge | None] = asyncio.Queue()
        self._trail = Trail(True, Instant(0))

    async def open(self) -> bool:
        await self.close()
        self._edges, self._lost = asyncio.Queue(), None
        self._request = _requested(self._name, self._pin, _input(self._bias))
        with _lost_if_it_fails(self._name, self._pin):
            blocked = not _is_active(self._request.get_value(self._pin.line))
        self._trail = Trail(blocked, self._clock.now())
        asyncio.get_running_loop().add_reader(self._request.fd, self._read)
        return blocked

    async def edge(self) -> Edge:
        if self._request is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        if self._edges.empty() and self._lost is not None:
            raise DeviceLost(*self._lost.args)
        if (edge := await self._edges.get()) is None:
            raise DeviceLost(*self._lost.args) if self._lost else NotOpen(f"{self._name}: was closed")
        return edge

    async def close(self) -> None:
        request, self._request = self._request, None
        if request is not None:
            asyncio.get_running_loop().remove_reader(request.fd)
            request.release()
            self._edges.put_nowait(None)

    def _read(self) -> None:
        try:
            with _lost_if_it_fails(self._name, self._pin):
                for event in self._request.read_edge_events():
                    rising = event.event_type is event.Type.RISING_EDGE
                    for edge in self._trail.edges(Stamped(rising, Instant(event.timestamp_ns), event.line_seqno)):
                        self._keep(edge)
        except DeviceLost as lost:
            self._lost = lost
            asyncio.get_running_loop().remove_reader(self._request.fd)
            self._edges.put_nowait(None)

    def _keep(self, edge: Edge) -> None:
        if self._edges.qsize() >= EDGES_KEPT:
            raise DeviceLost(f"{self._name}: nobody takes its edges; close it and open it again")
        self._edges.put_nowait(edge)


class GpioOutput:
    """Implements drivers.line_io.outputs.Output."""

    def __init__(self, name: str, pin: Pin) -> None:
        self._name, self._pin = name, pin
        self._request: Any = None

    @property
    def name(self) -> str:
        return self._name

    async def open(self) -> None:
        await self.close()
        self._request = _requested(self._name, self._pin, _output())

    def check(self) -> None:
        if self._request is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")

    async def put(self, on: bool) -> None:
        from gpiod.line import Value

        self.check()
        with _lost_if_it_fails(self._name, self._pin):
            self._request.set_value(self._pin.line, Value.ACTIVE if on else Value.INACTIVE)

    async def close(self) -> None:
        request, self._request = self._request, None
        if request is not None:
            request.release()


def sensor(options: Options, bench: Bench) -> GpioSensor:
    """`chip`, `line`, `bias`."""
    return GpioSensor(bench, pin(options), options["bias"])


def pin(options: Options) -> Pin:
    return Pin(str(options["chip"]), int(options["line"]))


def _requested(name: str, where: Pin, settings: Any) -> Any:
    """Raises DeviceMissing, DeviceBusy."""
    try:
        import gpiod
    except ImportError as error:
        says = f"{name}: needs a package that is not installed ({error}); install the extra [gpio]"
        raise DeviceMissing(says) from error
    try:
        return gpiod.request_lines(where.chip, consumer=name, config={where.line: settings})
    except (OSError, ValueError) as error:
        raise _not_requested(name, where, error) from error


def _not_requested(name: str, where: Pin, error: OSError | ValueError) -> DeviceMissing | DeviceBusy:
    number = getattr(error, "errno", None)
    if number == errno.EBUSY:
        return DeviceBusy(f"{name}: line {where.line} of {where.chip} is in use; gpioinfo says by whom")
    if number == errno.EACCES:
        return DeviceMissing(f"{name}: {where.chip} may not be opened; add this user to the group that owns it (gpio)")
    return DeviceMissing(f"{name}: no line {where.line} of {where.chip} ({error}); gpioinfo lists what there is")


@contextmanager
def _lost_if_it_fails(name: str, where: Pin) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        says = f"{name}: line {where.line} of {where.chip} is gone ({error}); check what the chip is connected to"
        raise DeviceLost(says) from error


def _is_active(value: Any) -> bool:
    return str(value.name) == "ACTIVE"


def _input(bias: Bias) -> Any:
    try:
        import gpiod
        from gpiod import line
    except ImportError:
        return None  # _requested says so
    biases = {
        "as-is": line.Bias.AS_IS, "pull-up": line.Bias.PULL_UP, "pull-down": line.Bias.PULL_DOWN,
        "disabled": line.Bias.DISABLED,
    }  # fmt: skip
    return gpiod.LineSettings(
        direction=line.Direction.INPUT, edge_detection=line.Edge.BOTH, bias=biases[bias],
        event_clock=line.Clock.MONOTONIC,
    )  # fmt: skip


def _output() -> Any:
    try:
        import gpiod
        from gpiod.line import Direction, Value
    except ImportError:
        return None
    return gpiod.LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)
