"""A socket before a socket: it can be cut, and whoever asks hears what goes through, before the other end does."""

import asyncio
import json
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SIZES = struct.Struct("<II")

Heard = Callable[[int, dict[str, Any]], None]
"""Takes the number of a connection and the head of a message."""


def nobody(link: int, head: dict[str, Any]) -> None:
    """Listens to nothing."""


@dataclass
class Proxy:
    """Bytes from one socket to another, until it is cut. `there`: whether somebody is connected."""

    near: Path
    far: Path
    said: Heard = nobody
    told: Heard = nobody
    there: bool = False
    _links: int = 0
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.AbstractServer | None = None

    async def serve(self) -> None:
        self._server = await asyncio.start_unix_server(self._connected, self.near)

    def cut(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    def close(self) -> None:
        self.cut()
        if self._server is not None:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self.far)
        except OSError:
            writer.transport.abort()
            return
        both, self.there, self._links = {writer, far_writer}, True, self._links + 1
        self._open |= both
        pumps = [
            asyncio.ensure_future(_pump(reader, far_writer, Ear(self._links, self.said))),
            asyncio.ensure_future(_pump(far_reader, writer, Ear(self._links, self.told))),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for each in both:
            each.transport.abort()
        await asyncio.gather(*pumps, return_exceptions=True)
        self._open -= both
        self.there = bool(self._open)


@dataclass
class Ear:
    """Understands drivers.links as it goes by."""

    link: int
    heard: Heard
    _rest: bytes = b""

    def listen(self, piece: bytes) -> None:
        if self.heard is nobody:
            return
        self._rest += piece
        while len(self._rest) >= SIZES.size:
            head, body = SIZES.unpack_from(self._rest)
            end = SIZES.size + head + body
            if len(self._rest) < end:
                return
            self.heard(self.link, json.loads(self._rest[SIZES.size : SIZES.size + head]))
            self._rest = self._rest[end:]


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ear: Ear) -> None:
    with suppress(OSError):
        while piece := await reader.read(1 << 16):
            ear.listen(piece)
            writer.write(piece)
            await writer.drain()
