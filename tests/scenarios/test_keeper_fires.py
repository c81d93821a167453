"""Commands that have their instant: carried out then, unless a later one comes before it."""

import asyncio

from booth.line.devices import Actuator
from booth.line.line import LineEvent
from drivers.clock import pause
from drivers.units import Instant, after, ms
from tests.scenarios.line_bench import CLOCK, play


async def no_report(event: LineEvent) -> None:
    raise AssertionError(event)


class Hand:
    """Remembers what it did, and when."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Instant]] = []

    async def open(self) -> None:
        self.done.append(("open", CLOCK.now()))

    async def shut(self) -> None:
        self.done.append(("shut", CLOCK.now()))


def test_a_command_with_an_instant_is_carried_out_at_that_instant() -> None:
    async def scenario() -> None:
        hand, gate = Hand(), Actuator("gate", CLOCK, no_report)
        obeying = asyncio.ensure_future(gate.obey())
        due = after(CLOCK.now(), ms(3))
        gate.order(hand.open, due)
        await gate.settled()
        assert hand.done == [("open", due)]
        obeying.cancel()

    play(scenario())


def test_a_held_line_is_not_opened_by_a_command_from_before() -> None:
    async def scenario() -> None:
        hand, gate = Hand(), Actuator("gate", CLOCK, no_report)
        obeying = asyncio.ensure_future(gate.obey())
        gate.order(hand.open, after(CLOCK.now(), ms(3)))
        await pause(CLOCK, ms(1))
        gate.order(hand.shut)
        await gate.settled()
        assert [what for what, _ in hand.done] == ["shut"]
        obeying.cancel()

    play(scenario())
