"""Outputs of a module that several devices share: `module`, and `output`, which counts from 0, in each block."""

from __future__ import annotations

from typing import Protocol

from drivers.errors import NotOpen
from drivers.line_io.outputs import (
    Contact,
    OutputBeltPermit,
    OutputGate,
    OutputHeartbeat,
    OutputStackLight,
    OutputTrayStop,
)
from drivers.line_io.sharing import Connection, Sharing
from drivers.protocols import Lamp
from drivers.registry import Bench, Options
from drivers.units import ms


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


def output(options: Options, bench: Bench, channel: int | None = None) -> ModuleOutput:
    where = int(options["output"]) if channel is None else channel
    return ModuleOutput(bench.name, bench.modules[options["module"]], where)


def contact(options: Options, bench: Bench) -> Contact:
    """The output alone, whatever hangs on it."""
    return Contact(output(options, bench))


def gate(options: Options, bench: Bench) -> OutputGate:
    return OutputGate(output(options, bench), options["wiring"])


def tray_stop(options: Options, bench: Bench) -> OutputTrayStop:
    return OutputTrayStop(output(options, bench))


def belt_permit(options: Options, bench: Bench) -> OutputBeltPermit:
    return OutputBeltPermit(output(options, bench))


def heartbeat(options: Options, bench: Bench) -> OutputHeartbeat:
    """Also `holds_ms`."""
    return OutputHeartbeat(output(options, bench), ms(float(options["holds_ms"])))


def stack_light(options: Options, bench: Bench) -> OutputStackLight:
    """`red`, `amber`, `green`, `blue` instead of `output`: None for one that is not there."""
    lamps = {lamp: options.get(lamp.value) for lamp in Lamp}
    return OutputStackLight({lamp: output(options, bench, at) for lamp, at in lamps.items() if at is not None})
