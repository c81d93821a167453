"""The heartbeat relay in the belt circuit of the simulated line."""

from contextlib import suppress

from drivers.errors import DeviceError
from drivers.registry import Bench, Options
from drivers.units import Duration
from fakes.devices.client import Client


class SimulatedHeartbeat:
    """Implements drivers.protocols.Heartbeat. The world lets the relay go when its client goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> Duration:
        return Duration((await self._client.open())["holds"])

    async def beat(self) -> None:
        await self._client.ask({"kind": "beat"})

    async def close(self) -> None:
        if self._client.is_open:
            with suppress(DeviceError):
                await self._client.ask({"kind": "drop"})
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedHeartbeat:
    return SimulatedHeartbeat(Client(bench, "heartbeat"))
