"""A frame over the link between processes."""

import asyncio
import tempfile
import time
from pathlib import Path

from drivers.links import Channel, Message, connect, serve
from tests.bench.rows import Row, p50, p99

FRAMES = 200
FRAME_BYTES = 1_500_000


def rows() -> list[Row]:
    took = asyncio.run(_round_trips())
    says = f"{FRAME_BYTES / 1e6} MB there and a word back, Unix socket, both ends in one process; {FRAMES} frames"
    return [
        Row("link round trip, p50", p50(took) * 1000, "ms", None, says),
        Row("link round trip, p99", p99(took) * 1000, "ms", None, says),
    ]


async def _round_trips() -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        server = await serve(Path(folder) / "link", _echo)
        channel = await connect(Path(folder) / "link")
        took = [await _round_trip(channel) for _ in range(FRAMES)]
        await channel.close()
        server.close()
    return took


async def _echo(channel: Channel) -> None:
    while True:
        message = await channel.receive()
        await channel.send(Message({"size": len(message.body)}))


async def _round_trip(channel: Channel) -> float:
    begun = time.perf_counter()
    await channel.send(Message({}, bytes(FRAME_BYTES)))
    answer = await channel.receive()
    assert answer.head["size"] == FRAME_BYTES
    return time.perf_counter() - begun
