"""What is switched by one output each: gate, tray stop, belt permit, heartbeat; and the stack light by several.

An output that is de-energised, by command, by a cut cable or by a power cut, is the safe one for all of them, but
for the gate that is wired energise-to-divert.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Literal, Protocol

from drivers.errors import DeviceError, NotOpen
from drivers.protocols import GatePosition, Lamp
from drivers.units import Duration


class Output(Protocol):
    """One contact. Order: open, put*, close. Out of order raises NotOpen."""

    @property
    def name(self) -> str: ...

    async def open(self) -> None:
        """Claim it; it stays as it is. Raises DeviceMissing, DeviceBusy."""

    def check(self) -> None:
        """Raises NotOpen, DeviceLost."""

    async def put(self, on: bool) -> None:
        """Energised, or not. Raises NotOpen, DeviceLost, Refused."""

    async def close(self) -> None:
        """Release it; it stays as it is. Always allowed, twice too."""


class Contact:
    """An output that is safe before and after: `safe` when it is opened, and when it is closed."""

    def __init__(self, output: Output, safe: bool = False) -> None:
        self._output, self._safe = output, safe
        self._is_open = False
        self._put: bool | None = None

    async def open(self) -> None:
        await self.close()
        await self._output.open()
        try:
            await self._output.put(self._safe)
        except BaseException:
            await self._output.close()
            raise
        self._is_open, self._put = True, self._safe

    async def put(self, on: bool) -> None:
        """The same twice is said once. Raises NotOpen, DeviceLost, Refused."""
        self.check()
        if self._put is not on:
            self._put = None  # not known until the output has said so
            await self._output.put(on)
            self._put = on

    def check(self) -> None:
        """Raises NotOpen, DeviceLost."""
        if not self._is_open:
            raise NotOpen(f"{self._output.name}: is not open; call open() first")
        self._output.check()

    async def close(self) -> None:
        if self._is_open:
            self._is_open = False
            try:
                with suppress(DeviceError):
                    await self._output.put(self._safe)
            finally:
                await self._output.close()


class OutputGate:
    """Implements drivers.protocols.Gate."""

    def __init__(self, output: Output, wiring: Literal["energise-to-pass", "energise-to-divert"]) -> None:
        self._energised_is = GatePosition.PASS if wiring == "energise-to-pass" else GatePosition.DIVERT
        self._contact = Contact(output, safe=self._energised_is is GatePosition.DIVERT)

    async def open(self) -> None:
        await self._contact.open()

    async def move(self, to: GatePosition) -> None:
        await self._contact.put(to is self._energised_is)

    async def close(self) -> None:
        await self._contact.close()


class OutputTrayStop:
    """Implements drivers.protocols.TrayStop."""

    def __init__(self, output: Output) -> None:
        self._contact = Contact(output)

    async def open(self) -> None:
        await self._contact.open()

    async def hold(self) -> None:
        await self._contact.put(True)

    async def release(self) -> None:
        await self._contact.put(False)

    async def close(self) -> None:
        await self._contact.close()


class OutputBeltPermit:
    """Implements drivers.protocols.BeltPermit."""

    def __init__(self, output: Output) -> None:
        self._contact = Contact(output)

    async def open(self) -> None:
        await self._contact.open()
        await self._contact.put(True)

    async def give(self) -> None:
        await self._contact.put(True)

    async def withdraw(self) -> None:
        await self._contact.put(False)

    async def close(self) -> None:
        await self._contact.close()


class OutputHeartbeat:
    """Implements drivers.protocols.Heartbeat: a watchdog relay that is beaten by each change of the output.

    `holds`: how long the relay stays after a change, as it is set on the relay. One that hears only rising contacts is
    beaten by every second change: state half of what is set on it. It lets go within `holds` of close(): a relay that
    waits cannot be told not to.
    """

    def __init__(self, output: Output, holds: Duration) -> None:
        self._contact, self._holds = Contact(output), holds
        self._beaten = False

    async def open(self) -> Duration:
        await self._contact.open()
        self._beaten = False
        await self.beat()
        return self._holds

    async def beat(self) -> None:
        await self._contact.put(not self._beaten)
        self._beaten = not self._beaten

    async def close(self) -> None:
        await self._contact.close()


class OutputStackLight:
    """Implements drivers.protocols.StackLight: a lamp at an output each."""

    def __init__(self, outputs: Mapping[Lamp, Output]) -> None:
        self._contacts = {lamp: Contact(output) for lamp, output in outputs.items()}

    async def open(self) -> None:
        try:
            for contact in self._contacts.values():
                await contact.open()
        except BaseException:
            await self.close()
            raise

    async def show(self, lamps: frozenset[Lamp]) -> None:
        for lamp, contact in self._contacts.items():
            await contact.put(lamp in lamps)

    async def close(self) -> None:
        for contact in self._contacts.values():
            await contact.close()
