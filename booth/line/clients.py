"""Who listens to the keeper. Nobody is waited for: who does not read is dropped, and counted."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from booth.line import wire
from drivers.clock import Clock
from drivers.errors import LinkLost
from drivers.links import Channel
from drivers.units import after, ms, seconds

HELLO_WITHIN = seconds(2)
CLOSES_WITHIN = ms(200)
MESSAGES_AHEAD = 256
"""As many messages as a client may lag behind: about fifty trays."""


class Client:
    """One end of line.sock, with a bounded outbox."""

    def __init__(self, channel: Channel, role: wire.Role, clock: Clock) -> None:
        self.role = role
        self._channel, self._clock = channel, clock
        self._outbox: asyncio.Queue[wire.LineMessage] = asyncio.Queue(MESSAGES_AHEAD)
        self._gone = asyncio.Event()

    def tell(self, message: wire.LineMessage) -> bool:
        """False if its outbox is full: then it is gone."""
        try:
            self._outbox.put_nowait(message)
        except asyncio.QueueFull:
            self._gone.set()
            return False
        return True

    def drop(self) -> None:
        self._gone.set()

    async def heard(self) -> wire.LineMessage:
        """Raises LinkLost."""
        return await wire.receive(self._channel)

    async def post(self) -> None:
        """Send what is in the outbox, until the link is lost or the client is dropped."""
        sending = asyncio.ensure_future(self._send())
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, gone):
                task.cancel()
            await asyncio.gather(sending, gone, return_exceptions=True)

    async def _send(self) -> None:
        with suppress(LinkLost):
            while True:
                await wire.send(self._channel, await self._outbox.get())
                self._outbox.task_done()

    async def told(self) -> None:
        """Until everything in the outbox has left, or the client is gone."""
        emptied = asyncio.ensure_future(self._outbox.join())
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait((emptied, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (emptied, gone):
                task.cancel()
            await asyncio.gather(emptied, gone, return_exceptions=True)

    async def close(self) -> None:
        """A peer that does not read cannot keep its end open."""
        self._gone.set()
        with suppress(TimeoutError, LinkLost):
            async with self._clock.deadline(after(self._clock.now(), CLOSES_WITHIN)):
                await self._channel.close()


async def introduced(channel: Channel, clock: Clock) -> wire.Hello:
    """The client's first message. Raises LinkLost if it is not a Hello of this protocol, or does not come."""
    try:
        async with clock.deadline(after(clock.now(), HELLO_WITHIN)):
            hello = await wire.receive(channel)
    except TimeoutError as error:
        raise LinkLost("the client did not say hello") from error
    if not isinstance(hello, wire.Hello):
        raise LinkLost(f"the client began with {type(hello).__name__}, not with Hello")
    if hello.protocol != wire.PROTOCOL:
        await wire.send(channel, wire.Refused(f"The keeper speaks {wire.PROTOCOL}, not {hello.protocol}: update."))
        raise LinkLost(f"the client speaks {hello.protocol}")
    return hello


class Clients:
    """All who listen: at most one controller."""

    def __init__(self) -> None:
        self._all: list[Client] = []
        self.dropped = 0

    @property
    def controller(self) -> Client | None:
        return next((client for client in self._all if client.role is wire.Role.CONTROLLER), None)

    def add(self, client: Client) -> None:
        self._all.append(client)

    def remove(self, client: Client) -> None:
        if client in self._all:
            self._all.remove(client)

    def tell(self, message: wire.LineMessage, lost: Callable[[Client], None]) -> None:
        """`lost` is called for a client that was dropped because it did not read."""
        for client in tuple(self._all):
            if not client.tell(message):
                self.dropped += 1
                self._all.remove(client)
                lost(client)

    async def told(self) -> None:
        for client in tuple(self._all):
            await client.told()

    def drop_all(self) -> None:
        for client in tuple(self._all):
            client.drop()
