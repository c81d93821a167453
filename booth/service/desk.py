"""The controller's desk: whoever connects to its socket reads along, one JSON head per message.

Messages: `{"kind": "state", "state": ...}` on connecting and at each change; `{"kind": "judged", ...}` when
a verdict has left; `{"kind": "fault", "code", "raised": bool, "text", "tray", "device"}`. A reader that does not
read is dropped: the booth waits for nobody.
"""

import asyncio
from contextlib import suppress
from typing import Any

from drivers.errors import LinkLost
from drivers.links import Channel, Message

OUTBOX = 256


class Desk:
    """Tells every reader the same, each from its own bounded outbox."""

    def __init__(self) -> None:
        self._readers: dict[Channel, asyncio.Queue[Message]] = {}
        self._state: dict[str, Any] | None = None
        self.dropped = 0

    def tell(self, head: dict[str, Any]) -> None:
        """Never waits. A reader whose outbox is full is dropped and counted."""
        if head["kind"] == "state":
            self._state = head
        for reader, outbox in list(self._readers.items()):
            try:
                outbox.put_nowait(Message(head))
            except asyncio.QueueFull:
                self._forget(reader)
                self.dropped += 1

    async def serve(self, channel: Channel) -> None:
        """Feed one reader until it hangs up or is dropped."""
        outbox: asyncio.Queue[Message] = asyncio.Queue(OUTBOX)
        if self._state:
            outbox.put_nowait(Message(self._state))
        self._readers[channel] = outbox
        posting = asyncio.ensure_future(self._post(channel, outbox))
        hanging_up = asyncio.ensure_future(_hung_up(channel))
        try:
            await asyncio.wait((posting, hanging_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._forget(channel)
            for task in (posting, hanging_up):
                task.cancel()
            await asyncio.gather(posting, hanging_up, return_exceptions=True)
            await channel.close()

    async def _post(self, channel: Channel, outbox: asyncio.Queue[Message]) -> None:
        with suppress(LinkLost):
            while channel in self._readers:
                await channel.send(await outbox.get())

    def _forget(self, reader: Channel) -> None:
        with suppress(KeyError):
            del self._readers[reader]


async def _hung_up(channel: Channel) -> None:
    """Readers have nothing to say; what they say all the same is passed over."""
    with suppress(LinkLost):
        while True:
            await channel.receive()
