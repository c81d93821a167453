"""The keeper's counter: whoever connects to line.sock is greeted, reads along, and may say what is theirs to say."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

from booth.line import wire
from booth.line.clients import Client, Clients, introduced
from drivers.clock import Clock
from drivers.errors import LinkLost
from drivers.links import Channel

RECALLED = 32
"""Ends that a controller hears again when it comes. It was not there when they were told, or was killed before it had
written them down."""

Greeting = Callable[[], tuple[wire.LineMessage, ...]]
"""What a client hears first: the status, and what an earlier boot left open."""

Said = wire.CaptureDone | wire.Decision | wire.Reset
Heed = Callable[[Said, Client], Awaitable[None]]
"""Takes what a client says: a controller its captures and decisions, anybody a person's reset."""

Presence = Callable[[bool], None]
"""Is told when the controller has come and when it has gone. Must not wait."""


class Front:
    """One controller at a time, any number of observers; a client that does not read is dropped, and counted."""

    def __init__(self, clock: Clock, greeting: Greeting, heed: Heed, presence: Presence) -> None:
        self._clock, self._greeting, self._heed, self._presence = clock, greeting, heed, presence
        self._clients = Clients()
        self._ended: deque[wire.TrayEnded] = deque(maxlen=RECALLED)

    @property
    def dropped(self) -> int:
        return self._clients.dropped

    def tell(self, said: wire.LineMessage) -> None:
        if isinstance(said, wire.TrayEnded):
            self._ended.append(said)
        self._clients.tell(said, lambda client: client.drop())

    async def told(self) -> None:
        """Until everybody has heard everything, or is gone."""
        await self._clients.told()

    def drop_all(self) -> None:
        self._clients.drop_all()

    async def welcome(self, channel: Channel) -> None:
        """Serve one client until either side is gone. Raises LinkLost for a client that does not know the protocol."""
        hello = await introduced(channel, self._clock)
        if hello.role is wire.Role.CONTROLLER and self._clients.controller is not None:
            await wire.send(channel, wire.Refused("The line has a controller already: stop that one first."))
            await channel.close()
            return
        client = Client(channel, hello.role, self._clock)
        greeting = self._greeting()
        recalled = self._ended if hello.role is wire.Role.CONTROLLER else ()
        for said in (*greeting, *(ended for ended in recalled if ended not in greeting)):
            client.tell(said)
        self._clients.add(client)
        await self._serve(client)

    async def _serve(self, client: Client) -> None:
        steers = client.role is wire.Role.CONTROLLER
        if steers:
            self._presence(True)
        listening = asyncio.ensure_future(self._listen(client))
        posting = asyncio.ensure_future(client.post())
        try:
            await asyncio.wait((listening, posting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._clients.remove(client)
            for task in (listening, posting):
                task.cancel()
            await asyncio.gather(listening, posting, return_exceptions=True)
            if steers:
                self._presence(False)
            await client.close()

    async def _listen(self, client: Client) -> None:
        with suppress(LinkLost):
            while True:
                match await client.heard():
                    case wire.Reset() as wish:
                        await self._heed(wish, client)
                    case wire.CaptureDone() | wire.Decision() as said if client.role is wire.Role.CONTROLLER:
                        await self._heed(said, client)
                    case said:
                        client.tell(wire.Refused(f"{type(said).__name__} is not for {client.role.value}s to say."))
