"""A Modbus board: its inputs polled for all who watch them, its outputs written at once and read back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from drivers.clock import Clock
from drivers.errors import DeviceLost, DeviceMissing, Refused
from drivers.line_io import profile
from drivers.line_io.modbus import OFF, ON, Modbus
from drivers.line_io.profile import Profile, ProfileInvalid, Requirement
from drivers.line_io.pulses import Between, Pulses
from drivers.line_io.sharing import Sharing
from drivers.ports import Address, Tcp
from drivers.protocols import Counted, Edge
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, after, between, ms

READ_BACK_EVERY = ms(50)
"""How soon it is noticed that a board was switched off and on, or that somebody else writes to it; and how often a
watchdog in the board hears from a master that watches no inputs."""

Told = Callable[[Edge | None], None]
"""Hears the changes of an input in order, and None once there can be no more. May raise DeviceLost, which loses the
board."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """One poll: whether each input has voltage, and what the counters of the inputs say, or () without. All of it was
    so at some instant from `begun` to `ended`, less the board's latency."""

    voltage: Sequence[bool]
    rises: Sequence[int]
    begun: Instant
    ended: Instant


class Board:
    """One connection. Order: open, (watch | put | count | flash)*, close. Channels count from 0.

    Every verb raises DeviceLost once the board is lost, DeviceMissing for a channel that it has not. An input without
    voltage is blocked, so that a cut cable reads blocked.
    """

    def __init__(
        self, name: str, address: Address, unit: int, profile: Profile, period: Duration, clock: Clock
    ) -> None:
        self._name, self._profile, self._period, self._clock = name, profile, period, clock
        self._modbus = Modbus(name, address, unit, clock)
        self._commanded: dict[int, bool] = {}
        self._watchers: dict[int, list[Told]] = {}
        self._seen: _Reading | None = None
        self._pulses = Pulses()
        self._poll: asyncio.Task[None] | None = None

    @property
    def lost(self) -> DeviceLost | None:
        return self._modbus.link.lost

    def check(self) -> None:
        self._modbus.link.check()

    @property
    def _watched(self) -> bool:
        return any(self._watchers.values())

    async def open(self) -> Board:
        """Raises DeviceMissing, DeviceBusy."""
        await self._modbus.open()
        try:
            for requirement in self._profile.require:
                await self._meet(requirement)
        except (DeviceLost, Refused) as error:
            await self.close()
            raise DeviceMissing(str(error)) from error
        except BaseException:
            await self.close()
            raise
        self._poll = asyncio.create_task(self._keep_polling())
        return self

    async def watch(self, channel: int, told: Told) -> bool:
        """Tell every change of an input from now on. Returns whether it is blocked now."""
        self.check()
        self._refuse_beyond("input", channel, self._profile.inputs.count if self._profile.inputs else 0)
        if not self._watched:
            self._tell(await self._read())
        assert self._seen is not None
        self._watchers.setdefault(channel, []).append(told)
        return not self._seen.voltage[channel]

    def unwatch(self, channel: int, told: Told) -> None:
        self._watchers[channel].remove(told)

    async def put(self, channel: int, on: bool) -> None:
        """Energise an output, or de-energise it. Raises Refused too."""
        self.check()
        outputs = self._profile.outputs
        self._refuse_beyond("output", channel, outputs.count if outputs else 0)
        assert outputs is not None
        self._commanded.pop(channel, None)  # not read back while it is on its way
        await self._modbus.write_coil(outputs.first + channel, ON if on == outputs.energised_by else OFF)
        self._commanded[channel] = on

    async def flash(self, channel: int, span: Duration) -> Duration:
        """Energise an output for a while that the board itself times. Returns how long that is: rounded up to the
        board's steps. Raises DeviceMissing if the board cannot, Refused."""
        self.check()
        flash, outputs = self._profile.flash, self._profile.outputs
        self._refuse_beyond("output that flashes", channel, outputs.count if flash and outputs else 0)
        assert flash is not None
        steps = max(1, -(-span // flash.step))
        if steps > flash.longest:
            raise Refused(f"{self._name}: flashes for {flash.longest} steps of its timer at most, and not for {steps}")
        self._commanded.pop(channel, None)
        await self._modbus.write_coil(flash.first + channel, steps)
        return Duration(steps * flash.step)

    async def count(self, channel: int) -> Counted:
        """A counter of 32 bits as it stands."""
        self.check()
        counters = self._profile.counters
        self._refuse_beyond("counter", channel, counters.count if counters else 0)
        assert counters is not None
        begun = self._clock.now()
        words = await self._modbus.read_words("holding", counters.first + 2 * channel, 2)
        span = between(begun, self._clock.now())
        (count,) = _joined(words, counters.low_word_first)
        return Counted(count, after(begun, Duration(span // 2)), Duration(span // 2 + 1 + counters.latency))

    async def close(self) -> None:
        """Outputs stay as they are: each device has parked its own."""
        poll, self._poll = self._poll, None
        if poll is not None:
            poll.cancel()
            await asyncio.wait([poll])
        self._modbus.link.close()

    async def _meet(self, requirement: Requirement) -> None:
        words = await self._modbus.read_words(requirement.space, requirement.first, requirement.count)
        for register, word in enumerate(words, requirement.first):
            if word != requirement.equal:
                says = f"{self._name}: register {register} is {word:#06x} and not {requirement.equal:#06x}"
                raise DeviceMissing(f"{says}: {requirement.otherwise}")

    def _refuse_beyond(self, what: str, channel: int, count: int) -> None:
        if not 0 <= channel < count:
            has = f"only 0 to {count - 1}" if count else "none"
            raise DeviceMissing(f"{self._name}: {self._profile.board} has no {what} {channel}, {has}; correct it")

    # --- polling

    async def _keep_polling(self) -> None:
        """Until the board is lost. Raises nothing: whoever watches is told by `gone`."""
        try:
            due = read_back_at = self._clock.now()
            while True:
                due = max(after(due, self._period), self._clock.now())
                await self._clock.sleep_until(due)
                if self._watched:
                    self._tell(await self._read())
                if self._clock.now() >= read_back_at:
                    await self._read_back()
                    read_back_at = after(self._clock.now(), READ_BACK_EVERY)
        except (DeviceLost, Refused) as error:
            self._modbus.link.lose(DeviceLost(str(error)))
        finally:
            self._modbus.link.lose(DeviceLost(f"{self._name}: nobody polls it any more; close it and open it again"))
            for told in [told for watchers in self._watchers.values() for told in watchers]:
                told(None)

    async def _read(self) -> _Reading:
        """The counters first: a rise that comes between the two questions is seen as a level, and counted next time."""
        inputs, counters = self._profile.inputs, self._profile.counters
        assert inputs is not None
        rises: Sequence[int] = ()
        begun = self._clock.now()
        if counters and counters.of_inputs:
            words = await self._modbus.read_words("holding", counters.first, 2 * min(inputs.count, counters.count))
            rises = _joined(words, counters.low_word_first)
        asked = self._clock.now()
        bits = await self._modbus.read_bits(inputs.space, inputs.first, inputs.count)
        voltage = [bit == inputs.voltage_reads for bit in bits]
        return _Reading(voltage, rises, begun if rises else asked, self._clock.now())

    def _tell(self, now: _Reading) -> None:
        last, self._seen = self._seen, now
        if last is None or not self._watched:
            return
        assert self._profile.inputs is not None
        when = Between(last.begun, now.ended, self._profile.inputs.latency)
        for channel, watchers in self._watchers.items():
            counted = (last.rises[channel], now.rises[channel]) if channel < len(now.rises) else None
            blocked = (not last.voltage[channel], not now.voltage[channel])
            edges = self._pulses.edges(channel, blocked, counted, when)
            for edge in edges:
                for told in watchers:
                    told(edge)

    async def _read_back(self) -> None:
        """Raises DeviceLost if an output is not as it was told."""
        outputs, wanted = self._profile.outputs, dict(self._commanded)
        if outputs is None:
            return
        bits = await self._modbus.read_bits("coils", outputs.first, outputs.count)
        for channel, on in wanted.items():
            same = (bits[channel] == outputs.energised_by) == on
            if not same and self._commanded.get(channel) == on:
                says = f"{self._name}: output {channel} is not as it was told: the board was switched off and on"
                raise DeviceLost(f"{says}, or somebody else writes to it; close its devices and open them again")


def _joined(words: Sequence[int], low_first: bool) -> tuple[int, ...]:
    pairs = zip(words[::2], words[1::2], strict=True)
    return tuple(high << 16 | low for low, high in (pair if low_first else pair[::-1] for pair in pairs))


def on_network(options: Options, bench: Bench) -> Sharing[Board]:
    """`host`, `port` (None: the profile's), and what `_sharing` takes."""
    found = _profile(options, bench.name)
    return _sharing(Tcp(options["host"], options.get("port") or found.port), found, options, bench)


def on_serial_line(options: Options, bench: Bench) -> Sharing[Board]:
    """`serial`: the line's path; `baud` (None: the profile's); and what `_sharing` takes."""
    found = _profile(options, bench.name)
    line = replace(found.serial, path=str(options["serial"]), baud=options.get("baud") or found.serial.baud)
    return _sharing(line, found, options, bench)


def _sharing(address: Address, found: Profile, options: Options, bench: Bench) -> Sharing[Board]:
    """`profile`: the name of a board that comes with the booth, or a file; `unit` (None: the profile's); `poll_ms`."""
    unit = found.unit if options.get("unit") is None else int(options["unit"])
    period = ms(float(options["poll_ms"]))
    return Sharing(lambda: Board(bench.name, address, unit, found, period, bench.clock).open())


def _profile(options: Options, name: str) -> Profile:
    try:
        return profile.read(profile.find(str(options["profile"]), Path()))
    except ProfileInvalid as error:
        raise DeviceMissing(f"{name}: {error}") from error
