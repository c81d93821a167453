"""One output of a module that several devices share."""

from __future__ import annotations

from typing import Protocol

from drivers.errors import NotOpen
from drivers.line_io.sharing import Connection, Sharing


class Outlets(Connection, Protocol):
    """A connection to a module with outputs."""

    def check(self) -> None:
        """Raises DeviceLost."""

    async def put(self, channel: int, on: bool) -> None:
        """Raises DeviceLost, Refused, and DeviceMissing for a channel that the module has not."""


class ModuleOutput:
    """Implements drivers.line_io.outputs.Output."""

    def __init__(self, name: str, sharing: Sharing[Outlets], channel: int) -> None:
        self._name, self._sharing, self._channel = name, sharing, channel
        self._module: Outlets | None = None

    @property
    def name(self) -> str:
        return self._name

    async def open(self) -> None:
        await self.close()
        self._module = await self._sharing.join()

    def check(self) -> None:
        self._opened().check()

    async def put(self, on: bool) -> None:
        await self._opened().put(self._channel, on)

    async def close(self) -> None:
        module, self._module = self._module, None
        if module is not None:
            await self._sharing.leave(module)

    def _opened(self) -> Outlets:
        if self._module is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        return self._module
