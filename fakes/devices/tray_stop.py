"""The tray stop of the simulated line."""

from contextlib import suppress

from drivers.errors import DeviceError
from drivers.registry import Bench, Options
from fakes.devices.client import Client


class SimulatedTrayStop:
    """Implements drivers.protocols.TrayStop. The world releases the stop when its client comes or goes."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def open(self) -> None:
        await self._client.open()

    async def hold(self) -> None:
        await self._client.ask({"kind": "hold"})

    async def release(self) -> None:
        await self._client.ask({"kind": "release"})

    async def close(self) -> None:
        if self._client.is_open:
            with suppress(DeviceError):
                await self.release()
        await self._client.close()


def make(_options: Options, bench: Bench) -> SimulatedTrayStop:
    return SimulatedTrayStop(Client(bench, "tray-stop"))
