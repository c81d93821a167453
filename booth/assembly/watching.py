"""Every input of a line, looked at once or followed edge by edge. Touches no output."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from booth.assembly.handling import ANSWERS_WITHIN, OPENS_WITHIN, Reach, within
from drivers.clock import pause
from drivers.errors import DeviceError
from drivers.protocols import Counted, Edge, Encoder, EncoderInfo, TraySensor
from drivers.units import Duration, Instant, as_ms, as_seconds, between, ms, seconds

AGAIN_AFTER = seconds(1)
COUNTS_EVERY = ms(200)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an input is now: `blocked` of a sensor, `count` of an encoder, or why neither is known."""

    name: str
    blocked: bool | None = None
    count: int | None = None
    problem: DeviceError | None = None

    @property
    def says(self) -> str:
        if self.problem is not None:
            return "no answer"
        if self.blocked is None:
            return f"{self.count} counts"
        return level(self.blocked)


def level(blocked: bool) -> str:
    return "blocked" if blocked else "clear"


async def read(reach: Reach, names: Sequence[str]) -> list[Reading]:
    """All at once: one that hangs costs its deadline, and no other input's."""
    return await asyncio.gather(*(_read(reach, name) for name in names))


async def _read(reach: Reach, name: str) -> Reading:
    device: Encoder | TraySensor | None = None
    try:
        if name == "encoder":
            device = encoder = reach.encoder()
            await within(OPENS_WITHIN, name, encoder.open(), reach.clock)
            counted = await within(ANSWERS_WITHIN, name, encoder.read(), reach.clock)
            return Reading(name, count=counted.count)
        device = sensor = reach.sensor(name)
        return Reading(name, await within(OPENS_WITHIN, name, sensor.open(), reach.clock))
    except DeviceError as error:
        return Reading(name, problem=error)
    finally:
        if device is not None:
            await _close(reach, name, device)


async def _close(reach: Reach, name: str, device: Encoder | TraySensor) -> None:
    with suppress(DeviceError):
        await within(ANSWERS_WITHIN, name, device.close(), reach.clock)


@dataclass(slots=True)
class Tally:
    """What was seen of one input since the watch began. `shortest`: the shortest time between two edges, and whether it
    was blocked then. `problem`: why it is not seen now; empty: it is. `losses`: how often it was lost."""

    name: str
    blocked: bool | None = None
    edges: int = 0
    last_at: Instant | None = None
    shortest: tuple[Duration, bool] | None = None
    problem: str = ""
    losses: int = 0
    count: int | None = None
    mm_per_s: float | None = None

    def opened(self, blocked: bool) -> None:
        """The edge before it is not known, and how long its level lasts neither."""
        self.blocked, self.last_at, self.problem = blocked, None, ""

    def take(self, edge: Edge) -> Duration | None:
        """How long the level before has lasted; None: it began before the watch did."""
        lasted = None if self.last_at is None else between(self.last_at, edge.at)
        if lasted is not None and (self.shortest is None or lasted < self.shortest[0]):
            self.shortest = lasted, not edge.blocked
        self.blocked, self.last_at = edge.blocked, edge.at
        self.edges += 1
        return lasted

    def lost(self, problem: str) -> bool:
        """Whether that is news."""
        self.losses += not self.problem
        news, self.problem = problem != self.problem, problem
        self.blocked = self.mm_per_s = None
        return news


Told = Callable[[dict[str, Any]], None]
"""Hears what has happened, as `booth io watch --json` prints it."""


@dataclass(slots=True)
class Watch:
    """`run` until it is cancelled; `tallies` grow meanwhile, and `told` hears each edge, each loss and each return.
    What is lost is opened again and again: whoever looks has perhaps pulled its plug."""

    reach: Reach
    names: Sequence[str]
    told: Told
    tallies: dict[str, Tally] = field(default_factory=dict)

    async def run(self) -> None:
        self.tallies = {name: Tally(name) for name in self.names}
        async with asyncio.TaskGroup() as group:
            for tally in self.tallies.values():
                group.create_task(self._follow(tally))

    async def _follow(self, tally: Tally) -> None:
        while True:
            try:
                if tally.name == "encoder":
                    await self._follow_encoder(tally, self.reach.encoder())
                else:
                    await self._follow_sensor(tally, self.reach.sensor(tally.name))
            except DeviceError as error:
                if tally.lost(str(error)):
                    self.told({"kind": "lost", "input": tally.name, "says": str(error)})
            await pause(self.reach.clock, AGAIN_AFTER)

    async def _follow_sensor(self, tally: Tally, sensor: TraySensor) -> None:
        try:
            tally.opened(await within(OPENS_WITHIN, tally.name, sensor.open(), self.reach.clock))
            self._say("level", tally)
            while True:
                edge = await sensor.edge()
                lasted = tally.take(edge)
                after = {} if lasted is None else {"lasted_ms": round(as_ms(lasted), 3)}
                at = {"at_ns": edge.at, "at_error_ms": round(as_ms(edge.at_error), 3)}
                self._say("edge", tally, **at, edges=tally.edges, **after)
        finally:
            await _close(self.reach, tally.name, sensor)

    async def _follow_encoder(self, tally: Tally, encoder: Encoder) -> None:
        clock = self.reach.clock
        try:
            info = await within(OPENS_WITHIN, tally.name, encoder.open(), clock)
            last = None
            while True:
                counted = await within(ANSWERS_WITHIN, tally.name, encoder.read(), clock)
                tally.mm_per_s = None if last is None else _speed(info, last, counted)
                if counted.count != tally.count or tally.problem:
                    tally.count, tally.problem = counted.count, ""
                    self.told({"kind": "count", "input": tally.name, "count": counted.count, "at_ns": counted.at})
                last = counted
                await pause(clock, COUNTS_EVERY)
        finally:
            await _close(self.reach, tally.name, encoder)

    def _say(self, kind: str, tally: Tally, **more: Any) -> None:
        assert tally.blocked is not None
        self.told({"kind": kind, "input": tally.name, "level": level(tally.blocked), **more})


def _speed(info: EncoderInfo, first: Counted, last: Counted) -> float:
    span = as_seconds(between(first.at, last.at))
    return (last.count - first.count) / info.counts_per_mm / span if span > 0 else 0.0


BELT_LOOKED_AT = ms(300)


async def belt_runs(reach: Reach) -> bool:
    """Whether the encoder counts. Only where there is one. Raises DeviceError."""
    encoder = reach.encoder()
    try:
        await within(OPENS_WITHIN, "encoder", encoder.open(), reach.clock)
        first = await within(ANSWERS_WITHIN, "encoder", encoder.read(), reach.clock)
        await pause(reach.clock, BELT_LOOKED_AT)
        last = await within(ANSWERS_WITHIN, "encoder", encoder.read(), reach.clock)
        return last.count != first.count
    finally:
        await _close(reach, "encoder", encoder)
