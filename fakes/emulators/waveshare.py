"""Waveshare's 8-channel modules: Modbus POE ETH Relay (B) on Modbus TCP, Modbus RTU IO 8CH on RS-485.

After the vendor's wiki pages of the two (development protocol V2). Neither has a watchdog: outputs hold for ever when
the master is silent.

    coils     0..7 outputs: ON, OFF or 0x5500, which flips; 0xFF all of them.
              The relay module also: 0x100 + n flips, 0x200 + n is on and 0x400 + n is off for value x 100 ms
    discrete  0..7 inputs
    holding   0x1000 + n what drives output n; 0x4000 address; 0x8000 version
"""

from functools import partial

from drivers.units import Duration, ms
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.modbus import ILLEGAL_VALUE, OFF, ON, Cell, Refused, Unit
from fakes.emulators.terminals import Inputs, Outputs, Wiring

TCP_PORT = 502
BAUD = 9600
CHANNELS = 8
FLIP = 0x5500
ALL, FLIPS, FLASHES_ON, FLASHES_OFF = 0x00FF, 0x0100, 0x0200, 0x0400
MODES, ADDRESS, VERSION = 0x1000, 0x4000, 0x8000
VERSION_1_00 = 0x0064
LONGEST_FLASH = 0x7FFF
FLASH_STEP = ms(100)

COMMANDED, LINKED, TOGGLED, EDGES = range(4)
"""What drives an output: its coil; its input, whatever is commanded; each pulse at its input flips it; each change of
its input does."""


class _Module:
    """Eight outputs, eight inputs, and what drives each output."""

    def __init__(self, cabinet: Cabinet, inputs: Wiring, outputs: Wiring) -> None:
        self._cabinet = cabinet
        self._modes = [COMMANDED] * CHANNELS
        self.outputs = Outputs(cabinet, outputs, CHANNELS)
        self.inputs = Inputs(cabinet, inputs, CHANNELS, self._follow)
        self.unit = Unit(
            frozenset((1, 2, 3, 5, 6, 15, 16)),
            coils=self._coils(),
            discrete={channel: Cell(partial(self.inputs.on, channel)) for channel in range(CHANNELS)},
            holding=self._registers(),
        )

    def _coils(self) -> dict[int, Cell]:
        on = self.outputs.on
        cells = {channel: Cell(partial(on, channel), partial(self._command, channel)) for channel in range(CHANNELS)}
        return {**cells, ALL: Cell(write=self._command_all)}

    def _registers(self) -> dict[int, Cell]:
        modes = {
            MODES + channel: Cell(partial(self._modes.__getitem__, channel), partial(self._drive_by, channel))
            for channel in range(CHANNELS)
        }
        return {**modes, ADDRESS: Cell(self._address), VERSION: Cell(lambda: VERSION_1_00)}

    def _address(self) -> int:
        return self.unit.address or 0

    def _command(self, channel: int, value: int) -> None:
        if value not in (ON, OFF, FLIP):
            raise Refused(ILLEGAL_VALUE)
        self._put(channel, not self.outputs.on(channel) if value == FLIP else value == ON)

    def _command_all(self, value: int) -> None:
        for channel in range(CHANNELS):
            self._command(channel, value)

    def _put(self, channel: int, on: bool) -> None:
        """A linked output answers a command as if it had been obeyed, and stays as its input is."""
        if self._modes[channel] != LINKED:
            self.outputs.put(channel, on)

    def _drive_by(self, channel: int, mode: int) -> None:
        if mode not in (COMMANDED, LINKED, TOGGLED, EDGES):
            raise Refused(ILLEGAL_VALUE)
        self._modes[channel] = mode
        if mode == LINKED:
            self.outputs.put(channel, self.inputs.on(channel))

    def _follow(self, channel: int, on: bool) -> None:
        """The input has changed."""
        mode = self._modes[channel]
        if mode == LINKED:
            self.outputs.put(channel, on)
        elif mode == EDGES or (mode == TOGGLED and on):
            self.outputs.put(channel, not self.outputs.on(channel))


class PoeEthRelayB(_Module):
    """Modbus POE ETH Relay (B): relays, and timers in the module that let go of them."""

    def _coils(self) -> dict[int, Cell]:
        cells = super()._coils()
        for channel in range(CHANNELS):
            cells[FLIPS + channel] = Cell(write=partial(self._flip, channel))
            cells[FLASHES_ON + channel] = Cell(write=partial(self._flash, channel, True))
            cells[FLASHES_OFF + channel] = Cell(write=partial(self._flash, channel, False))
        return cells

    def _flip(self, channel: int, value: int) -> None:
        if value not in (ON, OFF):
            raise Refused(ILLEGAL_VALUE)
        if value == ON:
            self._command(channel, FLIP)

    def _flash(self, channel: int, on: bool, steps: int) -> None:
        if steps > LONGEST_FLASH:
            raise Refused(ILLEGAL_VALUE)
        self._put(channel, on)
        self._cabinet.later(Duration(FLASH_STEP * steps), partial(self._put, channel, not on))


class RtuIo8Ch(_Module):
    """Modbus RTU IO 8CH: open-drain outputs, and an address that can be written."""

    def _registers(self) -> dict[int, Cell]:
        return {**super()._registers(), ADDRESS: Cell(self._address, self._readdress)}

    def _readdress(self, address: int) -> None:
        if not 1 <= address <= 255:
            raise Refused(ILLEGAL_VALUE)
        self.unit.address = address
