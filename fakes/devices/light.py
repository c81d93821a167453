"""A lamp of the simulated booth."""

from contextlib import suppress

from drivers.errors import DeviceError, OutOfRange
from drivers.registry import Bench, Options
from drivers.units import Instant
from fakes.devices.client import Client


class SimulatedLight:
    """Implements drivers.protocols.Light. The world darkens the lamp when its client comes or goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> None:
        await self._client.open()

    async def on(self, intensity: float) -> Instant:
        self._client.check()
        if not 0 < intensity <= 1:
            raise OutOfRange(f"{self._client.name}: intensity {intensity:g} is not in (0, 1]; to go dark call off()")
        answer = await self._client.ask({"kind": "on", "intensity": intensity})
        return Instant(answer.head["settled_at"])

    async def off(self) -> Instant:
        return Instant((await self._client.ask({"kind": "off"})).head["at"])

    async def close(self) -> None:
        if self._client.is_open:
            with suppress(DeviceError):
                await self.off()
        await self._client.close()


def make(options: Options, bench: Bench) -> SimulatedLight:
    """`lamp`: ring, left, right, front or back."""
    return SimulatedLight(Client(bench, f"light:{options['lamp']}"))
