"""The stack light of the simulated booth."""

from contextlib import suppress

from drivers.errors import DeviceError
from drivers.protocols import Lamp
from drivers.registry import Bench, Options
from fakes.devices.client import Client


class SimulatedStackLight:
    """Implements drivers.protocols.StackLight. The world darkens it when its client comes or goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> None:
        await self._client.open()

    async def show(self, lamps: frozenset[Lamp]) -> None:
        await self._client.ask({"kind": "show", "lamps": sorted(lamp.value for lamp in lamps)})

    async def close(self) -> None:
        if self._client.is_open:
            with suppress(DeviceError):
                await self.show(frozenset())
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedStackLight:
    return SimulatedStackLight(Client(bench, "stack-light"))
