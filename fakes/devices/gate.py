"""The divert gate of the simulated line."""

from contextlib import suppress

from drivers.errors import DeviceError
from drivers.protocols import GatePosition
from drivers.registry import Bench, Options
from fakes.devices.client import Client


class SimulatedGate:
    """Implements drivers.protocols.Gate. The world puts the gate at divert when its client comes or goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> None:
        await self._client.open()

    async def move(self, to: GatePosition) -> None:
        await self._client.ask({"kind": "move", "to": to.value})

    async def close(self) -> None:
        if self._client.is_open:
            with suppress(DeviceError):
                await self.move(GatePosition.DIVERT)
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedGate:
    return SimulatedGate(Client(bench, "gate"))
