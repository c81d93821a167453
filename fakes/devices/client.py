"""A device's end of its link to the simulated booth."""

import asyncio
from contextlib import suppress
from typing import Any

from drivers.errors import DeviceBusy, DeviceError, DeviceLost, DeviceMissing, LinkLost, NotOpen
from drivers.links import Channel, Message
from drivers.registry import Bench
from drivers.units import after, seconds

WELCOMED_WITHIN = seconds(5)


class Client:
    """Asks and is answered; what the world says unasked is kept in order.

    Order: open, (ask | unasked)*, close, and again. Every verb raises NotOpen before open and after close, and
    DeviceLost once the link is gone.
    """

    def __init__(self, bench: Bench, role: str) -> None:
        self.name = bench.name
        self._bench, self._role = bench, role
        self._channel: Channel | None = None
        self._listener: asyncio.Task[None] | None = None
        self._asks = 0
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._unasked: asyncio.Queue[Message | None] = asyncio.Queue()

    @property
    def is_open(self) -> bool:
        return self._channel is not None

    async def open(self) -> dict[str, Any]:
        """The world's welcome. Raises DeviceMissing, DeviceBusy."""
        await self.close()
        if self._bench.world is None:
            raise DeviceMissing(
                f"{self.name}: a simulated device, and this booth is not simulated; name a real driver, or add `world:`"
            )
        try:
            channel = await self._bench.world()
        except LinkLost as error:
            raise DeviceMissing(f"{self.name}: the simulated booth does not answer: {error}; is it running?") from error
        try:
            welcome = await self._welcome(channel)
        except BaseException:
            await channel.close()
            raise
        self._unasked = asyncio.Queue()
        self._channel, self._listener = channel, asyncio.create_task(self._listen(channel))
        return welcome

    def check(self) -> None:
        """Raises NotOpen, DeviceLost."""
        self._alive()

    async def ask(self, head: dict[str, Any]) -> Message:
        """The answer; waits for as long as it takes. Raises DeviceError if the world refuses."""
        channel = self._alive()
        self._asks += 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._asks] = answer
        try:
            await channel.send(Message({**head, "ask": self._asks}))
            message = await answer
        except LinkLost as error:
            raise self._lost() from error
        finally:
            self._answers = {number: each for number, each in self._answers.items() if each is not answer}
        if message.head["kind"] == "refused":
            raise DeviceError(f"{self.name}: the simulated booth refuses: {message.head['why']}")
        return message

    async def unasked(self) -> dict[str, Any]:
        """The next thing that the world says of itself, oldest first; the last ones before a loss still come."""
        if self._unasked.empty():
            self._alive()
        if (message := await self._unasked.get()) is None:
            raise self._lost()
        return message.head

    async def close(self) -> None:
        """Always allowed, twice too."""
        channel, listener, self._channel, self._listener = self._channel, self._listener, None, None
        if listener is not None:
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener
        if channel is not None:
            await channel.close()

    async def _welcome(self, channel: Channel) -> dict[str, Any]:
        try:
            async with self._bench.clock.deadline(after(self._bench.clock.now(), WELCOMED_WITHIN)):
                await channel.send(Message({"role": self._role}))
                head = (await channel.receive()).head
        except (LinkLost, TimeoutError) as error:
            raise DeviceMissing(f"{self.name}: the simulated booth hung up ({error}); is it running?") from error
        if head["kind"] == "refused":
            kind = DeviceBusy if head["busy"] else DeviceMissing
            raise kind(f"{self.name}: {head['why']}")
        return head

    async def _listen(self, channel: Channel) -> None:
        try:
            while True:
                message = await channel.receive()
                if "re" not in message.head:
                    self._unasked.put_nowait(message)
                elif (answer := self._answers.get(message.head["re"])) and not answer.done():
                    answer.set_result(message)
        except LinkLost as error:
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(error)
            self._unasked.put_nowait(None)

    def _alive(self) -> Channel:
        if self._channel is None or self._listener is None:
            raise NotOpen(f"{self.name}: is not open; call open() first")
        if self._listener.done():
            raise self._lost()
        return self._channel

    def _lost(self) -> DeviceLost:
        return DeviceLost(f"{self.name}: the link to the simulated booth is gone; close and open it again")
