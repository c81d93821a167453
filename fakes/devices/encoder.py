"""The encoder on the belt of the simulated line."""

from drivers.protocols import Counted, EncoderInfo
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant
from fakes.devices.client import Client


class SimulatedEncoder:
    """Implements drivers.protocols.Encoder."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> EncoderInfo:
        welcome = await self._client.open()
        return EncoderInfo(float(welcome["counts_per_mm"]), Duration(welcome["at_error"]))

    async def read(self) -> Counted:
        head = (await self._client.ask({"kind": "read"})).head
        return Counted(int(head["count"]), Instant(head["at"]), Duration(head["at_error"]))

    async def close(self) -> None:
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedEncoder:
    return SimulatedEncoder(Client(bench, "encoder"))
