"""A library that blocks costs its caller a deadline, and the event loop nothing."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from drivers.blocking import Blocking
from drivers.clock import SystemClock, pause
from drivers.errors import DeviceLost
from drivers.units import ms, seconds

CLOCK = SystemClock()


def on_a_thread(scenario: Callable[[Blocking], Awaitable[None]]) -> None:
    async def main() -> None:
        blocking = Blocking("left", CLOCK)
        await scenario(blocking)
        blocking.end()

    asyncio.run(main())


def test_it_gives_what_the_library_gives_and_raises_what_it_raises() -> None:
    def refuse() -> None:
        raise RuntimeError("no such option")

    async def scenario(blocking: Blocking) -> None:
        assert await blocking.call("reading", lambda: 42, seconds(5)) == 42
        with pytest.raises(RuntimeError, match="no such option"):
            await blocking.call("setting", refuse, seconds(5))

    on_a_thread(scenario)


def test_a_timeout_of_the_library_itself_is_not_taken_for_a_hang() -> None:
    def time_out() -> None:
        raise TimeoutError("no frame")

    async def scenario(blocking: Blocking) -> None:
        with pytest.raises(TimeoutError, match="no frame"):
            await blocking.call("waiting", time_out, seconds(5))
        assert await blocking.call("reading", lambda: 1, seconds(5)) == 1

    on_a_thread(scenario)


def test_all_of_it_happens_on_one_thread_that_is_not_the_loops() -> None:
    async def scenario(blocking: Blocking) -> None:
        threads = {await blocking.call("asking", threading.get_ident, seconds(5)) for _ in range(3)}
        assert len(threads) == 1
        assert threading.get_ident() not in threads

    on_a_thread(scenario)


def test_a_library_that_hangs_loses_the_device_at_the_deadline_and_from_then_on_at_once() -> None:
    released = threading.Event()

    async def scenario(blocking: Blocking) -> None:
        ticks = asyncio.create_task(ticking())
        with pytest.raises(DeviceLost, match=r"left: its library hangs in stop\(\) for 0.2 s"):
            await blocking.call("stop()", released.wait, ms(200))
        assert await ticks >= 5
        begun = CLOCK.now()
        with pytest.raises(DeviceLost, match=r"hangs in stop\(\)"):
            await blocking.call("reading", lambda: 1, seconds(5))
        assert CLOCK.now() - begun < seconds(1)
        released.set()

    on_a_thread(scenario)


def test_what_comes_of_a_call_that_was_given_up_is_undone() -> None:
    released, undone = threading.Event(), threading.Event()

    def open_late() -> str:
        released.wait()
        return "device"

    def close(device: str) -> None:
        assert device == "device"
        undone.set()

    async def scenario(blocking: Blocking) -> None:
        with pytest.raises(DeviceLost):
            await blocking.call("open()", open_late, ms(50), close)
        released.set()
        assert await asyncio.to_thread(undone.wait, 5)

    on_a_thread(scenario)


async def ticking() -> int:
    """How often the event loop turned in a tenth of a second."""
    turns, until = 0, CLOCK.now() + ms(100)
    while CLOCK.now() < until:
        await pause(CLOCK, ms(5))
        turns += 1
    return turns
