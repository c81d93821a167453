"""The belt permit of the simulated line, whose belt runs as soon as it has the permit."""

from contextlib import suppress

from drivers.errors import DeviceError
from drivers.registry import Bench, Options
from fakes.devices.client import Client


class SimulatedBeltPermit:
    """Implements drivers.protocols.BeltPermit. The world withdraws the permit when its client goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> None:
        await self._client.open()
        await self.give()

    async def give(self) -> None:
        await self._client.ask({"kind": "give"})

    async def withdraw(self) -> None:
        await self._client.ask({"kind": "withdraw"})

    async def close(self) -> None:
        if self._client.is_open:
            with suppress(DeviceError):
                await self.withdraw()
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedBeltPermit:
    return SimulatedBeltPermit(Client(bench, "belt-permit"))
