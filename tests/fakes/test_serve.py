"""The simulated booth as a process."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.clock import SystemClock
from drivers.links import Message, connect
from drivers.protocols import GatePosition
from drivers.registry import Bench
from drivers.units import after, ms, seconds
from fakes.devices import belt_permit, camera, gate, tray_sensor
from fakes.plan import WorldPlan

CLOCK = SystemClock()
FAST = WorldPlan(seed=3, pictures="flat", belt_mm_per_s=6000.0)
PATIENCE_S = 30.0


@asynccontextmanager
async def process(socket: Path, plan: str) -> AsyncIterator[Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "fakes.serve", "--socket", str(socket), stdin=PIPE, stderr=PIPE
    )
    assert child.stdin is not None
    child.stdin.write(plan.encode() + b"\n")
    try:
        yield child
    finally:
        child.stdin.close()
        await asyncio.wait_for(child.wait(), PATIENCE_S)


@asynccontextmanager
async def world(tmp_path: Path, plan: WorldPlan = FAST) -> AsyncIterator[tuple[Process, "Benches"]]:
    async with process(tmp_path / "world.sock", plan.to_json()) as child:
        assert child.stderr is not None
        assert await child.stderr.readline() == b"READY\n"
        yield child, Benches(tmp_path / "world.sock")


class Benches:
    def __init__(self, socket: Path) -> None:
        self.socket = socket

    def bench(self, name: str) -> Bench:
        return Bench(name, CLOCK, lambda: connect(self.socket))

    async def say(self, **words: object) -> None:
        """As a supervisor does: say it and hang up."""
        channel = await connect(self.socket)
        await channel.send(Message({"role": "truth"}))
        await channel.send(Message(dict(words)))
        await channel.close()

    async def look(self) -> dict[str, object]:
        channel = await connect(self.socket)
        await channel.send(Message({"role": "truth"}))
        await channel.send(Message({"kind": "look", "ask": 1}))
        seen = (await channel.receive()).head
        await channel.close()
        return seen


def test_edges_and_frames_are_stamped_on_the_clock_that_every_process_shares(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as (_, there):
            before = CLOCK.now()
            entry = tray_sensor.make({"place": "entry"}, there.bench("entry"))
            permit = belt_permit.make({}, there.bench("belt_permit"))
            eye = camera.make({"view": "left"}, there.bench("left"))
            await entry.open()
            await permit.open()
            await eye.open()
            await eye.arm(ms(4))
            await there.say(kind="feed", trays=1)
            edge = await entry.edge()
            assert before < edge.at < CLOCK.now()
            triggered = CLOCK.now()
            await eye.trigger()
            frame = await eye.read(after(triggered, seconds(PATIENCE_S)))
            assert triggered < frame.exposed_at < CLOCK.now()
            assert frame.colour is not None
            for device in (entry, permit, eye):
                await device.close()

    asyncio.run(main())


def test_a_killed_client_leaves_its_gate_at_divert_and_another_may_have_it(tmp_path: Path) -> None:
    hold = f"""
import asyncio
from pathlib import Path
from drivers.links import Message, connect
async def main():
    channel = await connect(Path({str(tmp_path / "world.sock")!r}))
    await channel.send(Message({{"role": "gate"}}))
    await channel.send(Message({{"kind": "move", "to": "pass", "ask": 1}}))
    await channel.receive()
    await channel.receive()
    print("moved", flush=True)
    await channel.receive()
asyncio.run(main())
"""

    async def main() -> None:
        async with world(tmp_path) as (_, there):
            client = await asyncio.create_subprocess_exec(sys.executable, "-c", hold, stdout=PIPE)
            assert client.stdout is not None
            assert await client.stdout.readline() == b"moved\n"
            while (await there.look())["gate"] != "pass":
                pass
            client.kill()
            await client.wait()
            successor = gate.make({}, there.bench("gate"))
            await successor.open()
            while (await there.look())["gate"] != "divert":
                pass
            await successor.move(GatePosition.PASS)
            await successor.close()

    asyncio.run(asyncio.wait_for(main(), PATIENCE_S))


def test_the_end_of_stdin_is_the_end(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as (child, _):
            assert child.stdin is not None
            child.stdin.close()
            assert await asyncio.wait_for(child.wait(), PATIENCE_S) == 0
            assert not (tmp_path / "world.sock").exists()

    asyncio.run(main())


def test_sigterm_lets_the_trays_on_the_line_run_out_and_feeds_no_more(tmp_path: Path) -> None:
    async def main() -> None:
        async with world(tmp_path) as (child, there):
            entry = tray_sensor.make({"place": "entry"}, there.bench("entry"))
            permit = belt_permit.make({}, there.bench("belt_permit"))
            await entry.open()
            await permit.open()
            await there.say(kind="feed", trays=None)
            await entry.edge()
            child.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(child.wait(), PATIENCE_S) == 0
            for device in (entry, permit):
                await device.close()

    asyncio.run(main())


@pytest.mark.parametrize("plan", ['{"sead": 1}', ""])
def test_a_plan_that_cannot_be_ends_with_3_and_says_why(tmp_path: Path, plan: str) -> None:
    async def main() -> None:
        async with process(tmp_path / "world.sock", plan) as child:
            assert child.stderr is not None
            assert b"the world's plan" in await child.stderr.read()
            assert await child.wait() == 3

    asyncio.run(main())
