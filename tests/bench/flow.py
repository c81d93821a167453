"""Trays in virtual time, rows onto the disk, frames over a link."""

import asyncio
import tempfile
from pathlib import Path

from booth.assembly.virtual import VirtualBooth
from booth.records.journal import Journal
from booth.records.writers import OnThread
from drivers.links import Channel, Message, connect, serve
from drivers.units import ms
from tests.bench.rows import Row, once
from tests.records.samples import judged
from tests.scenarios.booths import play

TRAYS, RECORDS, FRAMES = 200, 2000, 200
FRAME_BYTES = 1_500_000


def rows() -> list[Row]:
    return [*_virtual(), *_journal(), *_link()]


def _virtual() -> list[Row]:
    async def story(booth: VirtualBooth) -> None:
        await booth.send_trays(TRAYS, within=1e5)

    with tempfile.TemporaryDirectory() as folder:
        took = once(lambda: play(Path(folder), story, damaged=0.1))
    says = f"{TRAYS} trays through world, keeper and controller; flat pictures, one in ten kept, every row committed"
    return [Row("virtual time", TRAYS / took, "trays/s", None, says)]


def _journal() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        lost: list[object] = []
        journal = Journal.open(Path(folder) / "journal.sqlite", lost.append, OnThread("journal", 4096, ms(50)))
        kept = [judged(number) for number in range(RECORDS)]

        def write() -> None:
            for row in kept:
                journal.put(row)
            journal.flush()

        took = once(write)
        journal.close()
    assert not lost, "the benchmark lost rows"
    return [Row("journal", RECORDS / took, "rows/s", None, f"{RECORDS} trays, WAL, synchronous=FULL, group commits")]


def _link() -> list[Row]:
    took = asyncio.run(_round_trips())
    return [Row("link", took / FRAMES * 1000, "ms", None, f"{FRAME_BYTES / 1e6} MB there and a word back, Unix socket")]


async def _round_trips() -> float:
    async def echo(channel: Channel) -> None:
        while True:
            message = await channel.receive()
            await channel.send(Message({"size": len(message.body)}))

    with tempfile.TemporaryDirectory() as folder:
        server = await serve(Path(folder) / "link", echo)
        channel = await connect(Path(folder) / "link")
        loop, body = asyncio.get_running_loop(), bytes(FRAME_BYTES)
        begun = loop.time()
        for _ in range(FRAMES):
            await channel.send(Message({}, body))
            await channel.receive()
        took = loop.time() - begun
        await channel.close()
        server.close()
    return took
