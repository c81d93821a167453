"""The controller's end of the link, over outages."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from booth.line import wire
from booth.line.relay import LineLost, Relay
from booth.tray import TrayId
from drivers.clock import pause
from drivers.errors import LinkLost
from drivers.links import Channel, memory_pair
from drivers.units import ms, seconds
from tests.scenarios.line_bench import CLOCK, Bench, in_virtual_time


@in_virtual_time
async def test_a_relay_tells_a_loss_once_and_finds_the_keeper_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    heard: list[wire.LineMessage | LineLost] = []
    ends: list[Channel] = []
    async with bench.keeper() as keeper:

        async def dial() -> Channel:
            near, far = memory_pair()
            ends.append(far)
            bench.start(keeper.welcome(far))
            return near

        relay = Relay(dial, CLOCK)

        async def listen() -> None:
            messages = relay.messages()
            while True:
                heard.append(await anext(messages))

        bench.start(listen())
        await pause(CLOCK, ms(10))
        await relay.send(wire.CaptureDone(TrayId("000001-000001")))
        await ends[0].close()
        await pause(CLOCK, seconds(1))
        kinds = [type(message).__name__ for message in heard]
        assert kinds == ["Status", "LineLost", "Status", "FaultCleared"] or kinds == [
            "Status",
            "LineLost",
            "Status",
        ]


@in_virtual_time
async def test_a_relay_without_a_keeper_asks_again_ever_more_seldom_and_says_nothing() -> None:
    asked: list[int] = []

    async def nobody() -> Channel:
        asked.append(CLOCK.now() // ms(1))
        raise LinkLost("nobody answers")

    relay = Relay(nobody, CLOCK)

    async def listen() -> None:
        async for message in relay.messages():
            raise AssertionError(f"heard {message} from nobody")

    task = asyncio.ensure_future(listen())
    await pause(CLOCK, seconds(60))
    task.cancel()
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[:6] == [100, 200, 400, 800, 1600, 2000]
    assert gaps[-1] == 2000
    assert 25 < len(asked) < 40


@in_virtual_time
async def test_a_word_to_a_keeper_that_is_not_there_is_an_error_and_not_kept() -> None:
    async def nobody() -> Channel:
        raise LinkLost("nobody answers")

    with pytest.raises(LinkLost, match="not there"):
        await Relay(nobody, CLOCK).send(wire.CaptureDone(TrayId("000001-000001")))
