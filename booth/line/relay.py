"""The controller's end of the link to the keeper: connects, and connects again."""

from collections.abc import AsyncIterator

from booth.line import wire
from drivers.clock import Clock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, Dial
from drivers.units import Duration, ms, seconds

FIRST_RETRY = ms(50)
LONGEST_RETRY = seconds(2)


class LineLost:
    """The keeper's link is gone; trays under way are the keeper's now."""


class Relay:
    """One link at a time. Only one task may iterate `messages`."""

    def __init__(self, dial: Dial, clock: Clock, role: wire.Role = wire.Role.CONTROLLER) -> None:
        self._dial, self._clock, self._role = dial, clock, role
        self._channel: Channel | None = None

    async def messages(self) -> AsyncIterator[wire.LineMessage | LineLost]:
        """What the keeper says, across reconnections: Status first after each; LineLost once at each loss."""
        wait = FIRST_RETRY
        while True:
            heard = False
            try:
                self._channel = await self._connected()
                while True:
                    message = await wire.receive(self._channel)
                    heard = heard or isinstance(message, wire.Status)
                    yield message
            except LinkLost:
                await self.close()
            if heard:
                yield LineLost()
            wait = FIRST_RETRY if heard else _longer(wait)
            await pause(self._clock, wait)

    async def send(self, message: wire.CaptureDone | wire.Decision) -> None:
        """Raises LinkLost: there is nobody to hear it, and the keeper diverts."""
        if self._channel is None:
            raise LinkLost("the line keeper is not there")
        await wire.send(self._channel, message)

    async def close(self) -> None:
        """Always allowed, twice too."""
        channel, self._channel = self._channel, None
        if channel is not None:
            await channel.close()

    async def _connected(self) -> Channel:
        channel = await self._dial()
        try:
            await wire.send(channel, wire.Hello(self._role))
        except LinkLost:
            await channel.close()
            raise
        return channel


def _longer(wait: Duration) -> Duration:
    return min(LONGEST_RETRY, Duration(2 * wait))
