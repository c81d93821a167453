"""The controller's desk: whoever connects to its socket reads along, and may ask; one JSON head per message.

Told: `{"kind": "state", "state": ...}` on connecting and at each change; `{"kind": "judged", ...}` when a verdict has
left; `{"kind": "fault", "code", "raised": bool, "text", "tray", "device"}`; `recorded` and `recording-ended`, as
booth.records.sessions describes them; `pack` and `pack-refused`, as booth.assembly.changing does. A reader that does
not read is dropped: the booth waits for nobody.

Asked: what `answer_to` names, such as `{"kind": "record", "name": text, "captures": n}`. The one who asked is answered
with `{"kind": "answer", "to": kind, ...}` or `{"kind": "refused", "to": kind, "why": text}`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from drivers.errors import LinkLost
from drivers.links import Channel, Message

OUTBOX = 256

Head = dict[str, Any]
Wish = Callable[[Head], Head]
"""Does at once what a message asks for, and returns what to answer. Raises Refused, with what to do instead."""


class Refused(Exception):
    """A wish that is not granted."""


class Desk:
    """Tells every reader the same, each from its own bounded outbox; grants wishes."""

    def __init__(self) -> None:
        self._readers: dict[Channel, asyncio.Queue[Message]] = {}
        self._wishes: dict[str, Wish] = {}
        self._state: Head | None = None
        self.dropped = 0

    def answer_to(self, kind: str, wish: Wish) -> None:
        """Grant what is asked for as `kind` from now on."""
        self._wishes[kind] = wish

    def tell(self, head: Head) -> None:
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
        hanging_up = asyncio.ensure_future(self._hear(channel, outbox))
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

    async def _hear(self, channel: Channel, outbox: asyncio.Queue[Message]) -> None:
        """Until the reader hangs up. One that asks faster than it reads is dropped like any other."""
        with suppress(LinkLost, asyncio.QueueFull):
            while True:
                asked = (await channel.receive()).head
                outbox.put_nowait(Message(self._answer(asked)))

    def _answer(self, asked: Head) -> Head:
        kind = str(asked.get("kind"))
        wish = self._wishes.get(kind)
        if wish is None:
            known = ", ".join(sorted(self._wishes)) or "nothing"
            return {"kind": "refused", "to": kind, "why": f"{kind!r} cannot be asked for here; what can: {known}"}
        try:
            return {"kind": "answer", "to": kind, **wish(asked)}
        except Refused as refused:
            return {"kind": "refused", "to": kind, "why": str(refused)}

    def _forget(self, reader: Channel) -> None:
        with suppress(KeyError):
            del self._readers[reader]
