"""Whoever reads along at the desk hears the same; nobody is waited for."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from booth.service.desk import OUTBOX, Desk, Refused
from drivers.clock import LoopClock, pause
from drivers.errors import LinkLost
from drivers.links import Message, memory_pair
from drivers.units import ms
from fakes.loop import VirtualLoop

CLOCK = LoopClock()


def play(story: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(story)


def test_a_reader_hears_the_state_first_and_then_everything_in_order() -> None:
    async def story() -> None:
        desk = Desk()
        desk.tell({"kind": "state", "state": "Ready"})
        near, far = memory_pair()
        serving = asyncio.ensure_future(desk.serve(far))
        await pause(CLOCK, ms(1))
        for number in range(3):
            desk.tell({"kind": "judged", "tray": number})
        heads = [(await near.receive()).head for _ in range(4)]
        assert heads == [{"kind": "state", "state": "Ready"}, *({"kind": "judged", "tray": n} for n in range(3))]
        await near.close()
        await serving

    play(story())


def test_a_reader_that_does_not_read_is_dropped_and_the_others_hear_on() -> None:
    async def story() -> None:
        desk = Desk()
        stalled, stalled_far = memory_pair(1)
        reader, reader_far = memory_pair(4 * OUTBOX)
        serving = [asyncio.ensure_future(desk.serve(far)) for far in (stalled_far, reader_far)]
        await pause(CLOCK, ms(1))
        for number in range(2 * OUTBOX):
            desk.tell({"kind": "judged", "tray": number})
            await pause(CLOCK, ms(1))
        assert desk.dropped == 1
        heads = [(await reader.receive()).head["tray"] for _ in range(2 * OUTBOX)]
        assert heads == list(range(2 * OUTBOX))
        await reader.close()
        await stalled.close()
        await asyncio.gather(*serving)

    play(story())


def test_who_asks_is_answered_and_nobody_else() -> None:
    async def story() -> None:
        desk = Desk()
        desk.answer_to("double", lambda asked: {"twice": 2 * int(asked["number"])})
        (asker, asker_far), (other, other_far) = memory_pair(), memory_pair()
        serving = [asyncio.ensure_future(desk.serve(far)) for far in (asker_far, other_far)]
        await asker.send(Message({"kind": "double", "number": 4}))
        assert (await asker.receive()).head == {"kind": "answer", "to": "double", "twice": 8}
        desk.tell({"kind": "judged"})
        assert (await other.receive()).head == {"kind": "judged"}
        await asker.close()
        await other.close()
        await asyncio.gather(*serving)

    play(story())


def test_a_wish_that_is_unknown_or_not_granted_is_refused_with_the_reason() -> None:
    async def story() -> None:
        desk = Desk()

        def never(asked: dict[str, Any]) -> dict[str, Any]:
            raise Refused("not today; come tomorrow")

        desk.answer_to("never", never)
        near, far = memory_pair()
        serving = asyncio.ensure_future(desk.serve(far))
        for kind in ("never", "stop"):
            await near.send(Message({"kind": kind}))
        heads = [(await near.receive()).head for _ in range(2)]
        assert [(head["kind"], head["to"]) for head in heads] == [("refused", "never"), ("refused", "stop")]
        assert heads[0]["why"] == "not today; come tomorrow"
        assert "what can: never" in heads[1]["why"]
        await near.close()
        await serving

    play(story())


def test_a_reader_that_hangs_up_while_nothing_is_told_is_let_go() -> None:
    async def story() -> None:
        desk = Desk()
        near, far = memory_pair()
        serving = asyncio.ensure_future(desk.serve(far))
        await pause(CLOCK, ms(1))
        await near.close()
        await serving
        desk.tell({"kind": "judged"})
        with pytest.raises(LinkLost):
            await near.receive()

    play(story())
