"""Links between processes: whole messages over a Unix socket, or in memory under virtual time.

Wire: 4 bytes little-endian length of the head, 4 of the body, the head as UTF-8 JSON, the body raw.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from drivers.errors import LinkLost

HEAD_LIMIT = 1 << 20
BODY_LIMIT = 64 << 20
MEMORY_DEPTH = 256
FLUSHED_WITHIN_S = 1.0  # a peer that hangs does not read what is left: then it is thrown away
_SIZES = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Message:
    """A small JSON head and, for pictures, a body of raw bytes."""

    head: dict[str, Any]
    body: bytes = b""


class Channel(Protocol):
    """Two ends, whole messages, in order. Either end sees LinkLost once the other is gone."""

    async def send(self, message: Message) -> None:
        """Hand the message over; waits while the other end's buffer is full. Raises LinkLost."""

    async def receive(self) -> Message:
        """The next message. Raises LinkLost."""

    async def close(self) -> None:
        """Always allowed, twice too."""


Dial = Callable[[], Awaitable[Channel]]
"""Opens a new channel to a known peer. Raises LinkLost if nobody answers."""

Welcome = Callable[[Channel], Awaitable[None]]
"""Serves one channel until it is lost."""


@dataclass(slots=True)
class _Shared:
    """What both ends of a memory link know."""

    lost: bool = False


Queue = asyncio.Queue[Message | None]


class _Memory:
    """One end of a pair of bounded queues. None on a queue only wakes a waiting receiver."""

    def __init__(self, inbox: Queue, outbox: Queue, shared: _Shared) -> None:
        self._inbox, self._outbox, self._shared = inbox, outbox, shared

    async def send(self, message: Message) -> None:
        if not self._shared.lost:
            await self._outbox.put(message)
        if self._shared.lost:
            raise LinkLost("the other end of the link is gone")

    async def receive(self) -> Message:
        while not (self._shared.lost and self._inbox.empty()):
            message = await self._inbox.get()
            if message is not None:
                return message
        raise LinkLost("the other end of the link is gone")

    async def close(self) -> None:
        self._shared.lost = True
        for queue in (self._outbox, self._inbox):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(None)
        while self._inbox.full():  # wakes a peer that waits to send
            self._inbox.get_nowait()


def memory_pair(depth: int = MEMORY_DEPTH) -> tuple[Channel, Channel]:
    """Two ends of one link in this process, `depth` messages each way."""
    there, back, shared = Queue(depth), Queue(depth), _Shared()
    return _Memory(back, there, shared), _Memory(there, back, shared)


class _Stream:
    """A channel over a connected stream socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, message: Message) -> None:
        head = json.dumps(message.head, separators=(",", ":")).encode()
        try:
            self._writer.write(_SIZES.pack(len(head), len(message.body)) + head)
            if message.body:
                self._writer.write(message.body)
            await self._writer.drain()
        except (OSError, RuntimeError) as error:
            raise LinkLost(f"the other end of the link is gone ({error})") from error

    async def receive(self) -> Message:
        try:
            head_size, body_size = _SIZES.unpack(await self._reader.readexactly(_SIZES.size))
            if head_size > HEAD_LIMIT or body_size > BODY_LIMIT:
                raise LinkLost(f"a message of {head_size} + {body_size} bytes: not this protocol")
            head = json.loads(await self._reader.readexactly(head_size))
            return Message(head, await self._reader.readexactly(body_size))
        except (asyncio.IncompleteReadError, OSError, ValueError) as error:
            raise LinkLost(f"the other end of the link is gone ({error})") from error

    async def close(self) -> None:
        self._writer.close()
        closing = asyncio.ensure_future(self._writer.wait_closed())
        done, _ = await asyncio.wait([closing], timeout=FLUSHED_WITHIN_S)
        if not done:
            self._writer.transport.abort()
        await asyncio.gather(closing, return_exceptions=True)


async def connect(path: Path) -> Channel:
    """Raises LinkLost if nobody serves `path`."""
    try:
        return _Stream(*await asyncio.open_unix_connection(path))
    except OSError as error:
        raise LinkLost(f"nobody answers at {path} ({error.strerror})") from error


async def joined(end: socket.socket) -> Channel:
    """The channel over one end of a connected pair, which it owns from now on."""
    return _Stream(*await asyncio.open_unix_connection(sock=end))


async def serve(path: Path, welcome: Welcome) -> asyncio.Server:
    """Serve `path`, one task per connection; a socket file left by a dead process is replaced."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        channel = _Stream(reader, writer)
        with suppress(LinkLost, asyncio.CancelledError):  # CPython 3.11 prints a traceback for one that ends cancelled
            try:
                await welcome(channel)
            finally:
                await channel.close()

    path.unlink(missing_ok=True)  # noqa: ASYNC240 one file of this machine, before anybody is served
    return await asyncio.start_unix_server(accept, path)
