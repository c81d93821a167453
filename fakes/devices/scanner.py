"""The label scanner of the simulated line."""

from drivers.protocols import Read, Scans
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant
from fakes.devices.client import Client


class SimulatedScanner:
    """Implements drivers.protocols.Scanner. Of a label that cannot be read it says nothing."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told = 0

    @property
    def scans(self) -> Scans:
        return Scans(read=self._told)

    async def open(self) -> None:
        await self._client.open()

    async def read(self) -> Read:
        head = await self._client.unasked()
        self._told += 1
        return Read(str(head["text"]), Instant(head["at"]), Duration(head["at_error"]))

    async def close(self) -> None:
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedScanner:
    return SimulatedScanner(Client(bench, "scanner"))
