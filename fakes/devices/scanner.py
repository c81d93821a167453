"""The label scanner of the simulated line."""

from drivers.protocols import Read
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant
from fakes.devices.client import Client


class SimulatedScanner:
    """Implements drivers.protocols.Scanner."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> None:
        await self._client.open()

    async def read(self) -> Read:
        head = await self._client.unasked()
        return Read(str(head["text"]), Instant(head["at"]), Duration(head["at_error"]))

    async def close(self) -> None:
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedScanner:
    return SimulatedScanner(Client(bench, "scanner"))
