"""An output in a person's hand, in virtual time: put back when its device fails, and named when it cannot be."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from booth.assembly.handling import ANSWERS_WITHIN, OPENS_WITHIN, PUT_BACK_WITHIN, Handle, NotPutBack
from booth.assembly.watching import Tally
from drivers.clock import LoopClock, pause
from drivers.errors import DeviceLost
from drivers.protocols import Edge
from drivers.units import Duration, Instant, after, between, ms, seconds
from fakes.loop import VirtualLoop


@dataclass
class Stubborn:
    """A contact whose link is `up` or not, and that answers `after`. What it was told last it does, link or no link."""

    clock: LoopClock
    up: bool = True
    answers_after: Duration = ms(1)
    on: bool = False
    told: list[str] = field(default_factory=list)
    is_open: bool = False

    async def open(self) -> None:
        await self._say("open")
        self.on, self.is_open = False, True

    async def put(self, on: bool) -> None:
        await self._say("on" if on else "off")
        self.on = on

    async def close(self) -> None:
        self.told.append("close")
        self.is_open = False

    async def _say(self, word: str) -> None:
        await pause(self.clock, self.answers_after)
        if not self.up:
            raise DeviceLost(f"relay: cannot {word}: the cable is out")
        self.told.append(word)


def play(scenario: Callable[[Stubborn, Handle, LoopClock], Awaitable[None]]) -> None:
    async def main() -> None:
        clock = LoopClock()
        device = Stubborn(clock)
        on, off = (lambda: device.put(True)), (lambda: device.put(False))
        await scenario(device, Handle("relay", device, on, off, clock), clock)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())


def test_an_error_of_another_device_puts_it_back() -> None:
    async def scenario(device: Stubborn, handle: Handle, _: LoopClock) -> None:
        async def fail() -> None:
            async with handle.claimed():
                await handle.put(True)
                raise DeviceLost("another")

        with pytest.raises(DeviceLost, match="another"):
            await fail()
        assert device.told == ["open", "on", "off", "close"]

    play(scenario)


def test_one_whose_link_comes_back_is_put_back_by_opening_it_again() -> None:
    async def scenario(device: Stubborn, handle: Handle, clock: LoopClock) -> None:
        async def mend() -> None:
            await pause(clock, seconds(2))
            device.up = True

        async def use() -> None:
            async with handle.claimed():
                await handle.put(True)
                device.up = False
                await handle.hold(True, None, asyncio.Event())

        mending = asyncio.create_task(mend())
        with pytest.raises(DeviceLost):
            await use()
        await mending
        assert not device.on
        assert not device.is_open

    play(scenario)


def test_one_that_cannot_be_put_back_is_named_and_the_message_says_what_to_do() -> None:
    async def scenario(device: Stubborn, handle: Handle, clock: LoopClock) -> None:
        async def use() -> None:
            async with handle.claimed():
                await handle.put(True)
                device.up = False

        begun = clock.now()
        with pytest.raises(NotPutBack, match="relay could not be put back and may still be on: take its power away"):
            await use()
        assert device.on
        assert between(begun, clock.now()) <= PUT_BACK_WITHIN + ANSWERS_WITHIN

    play(scenario)


def test_one_that_hangs_costs_its_deadline() -> None:
    async def scenario(device: Stubborn, handle: Handle, clock: LoopClock) -> None:
        device.answers_after = seconds(3600)
        begun = clock.now()
        with pytest.raises(DeviceLost, match="relay: no answer within 3 s"):
            async with handle.claimed():
                pytest.fail("it has not opened")
        assert between(begun, clock.now()) == OPENS_WITHIN

    play(scenario)


def test_what_was_told_to_end_before_it_began_is_not_put_on() -> None:
    async def scenario(device: Stubborn, handle: Handle, clock: LoopClock) -> None:
        stop = asyncio.Event()
        stop.set()
        async with handle.claimed():
            await handle.hold(True, after(clock.now(), seconds(1)), stop)
        assert "on" not in device.told

    play(scenario)


# --- what was seen of an input


def edge(blocked: bool, at_ms: float) -> Edge:
    return Edge(blocked, Instant(ms(at_ms)), ms(1))


def test_the_shortest_pulse_is_between_two_edges_that_were_seen() -> None:
    tally = Tally("entry")
    tally.opened(True)
    assert tally.take(edge(False, 10)) is None  # it was blocked before anybody looked
    assert tally.take(edge(True, 30)) == ms(20)
    assert tally.take(edge(False, 33)) == ms(3)
    assert tally.take(edge(True, 90)) == ms(57)
    assert tally.shortest == (ms(3), True)
    assert tally.edges == 4


def test_a_level_that_lasted_over_a_loss_is_no_pulse() -> None:
    tally = Tally("entry")
    tally.opened(False)
    tally.take(edge(True, 10))
    assert tally.lost("gone")
    tally.opened(False)
    assert tally.take(edge(True, 12)) is None
    assert tally.shortest is None


def test_a_loss_is_one_however_often_it_is_tried_to_open_it_again() -> None:
    tally = Tally("entry")
    tally.opened(False)
    assert [tally.lost("gone"), tally.lost("takes no connection"), tally.lost("takes no connection")] == [
        True, True, False,
    ]  # fmt: skip
    assert tally.losses == 1
