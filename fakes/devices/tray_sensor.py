"""A light barrier, confirm switch or key-switch of the simulated line."""

from drivers.protocols import Edge
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant
from fakes.devices.client import Client


class SimulatedTraySensor:
    """Implements drivers.protocols.TraySensor."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> bool:
        return bool((await self._client.open())["blocked"])

    async def edge(self) -> Edge:
        head = await self._client.unasked()
        return Edge(bool(head["blocked"]), Instant(head["at"]), Duration(head["at_error"]))

    async def close(self) -> None:
        await self._client.close()


def make(options: Options, bench: Bench) -> SimulatedTraySensor:
    """`place`: entry, pregate, confirm or bypass."""
    return SimulatedTraySensor(Client(bench, f"sensor:{options['place']}"))
