"""Advantech ADAM-6050: 12 digital inputs with counters, 6 digital outputs, Modbus TCP on port 502.

After the Modbus mapping of the ADAM-6050W manual (page 31) and the ADAM-6000 manual (host watchdog: page 99 of the
ADAM-6052's). docs/explanation/emulators.md says what they leave open.

    coils     0..11 inputs, 16..21 outputs, 32 + 4n: counter n started, 33 + 4n: clear it, 34 + 4n: it has overflown,
              35 + 4n: the input has been on since this was cleared by writing 0
    discrete  0..11 inputs
    registers 2n, 2n + 1: counter n, low word first; 210, 211 name; 300 inputs, 302 outputs as one word
"""

from collections.abc import Sequence
from functools import partial

from drivers.units import Duration
from fakes.emulators import modbus
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.modbus import Cell, Unit, coil
from fakes.emulators.terminals import HostWatchdog, Inputs, Outputs, Wiring

TCP_PORT = 502
DI, DO = 12, 6
NAME = (0x6050, 0x0000)
FIRST_OUTPUT, FIRST_COUNTER_COIL, FIRST_NAME, INPUTS_WORD, OUTPUTS_WORD = 16, 32, 210, 300, 302
COUNTS = 1 << 32


class Counter:
    """Counts rising voltage in 32 bits while it is started; runs on from 0 when it overflows."""

    def __init__(self, inputs: Inputs, channel: int) -> None:
        self._pulses = partial(inputs.pulses, channel)
        self._since, self._kept, self._started = self._pulses(), 0, True
        self._cleared_overflows = 0

    def word(self, half: int) -> int:
        """0: the low word; 1: the high one."""
        return self._total() % COUNTS >> 16 * half & 0xFFFF

    def is_started(self) -> bool:
        return self._started

    def start(self, on: bool) -> None:
        self._kept, self._since, self._started = self._total(), self._pulses(), on

    def clear(self, on: bool) -> None:
        if on:
            self._kept, self._since, self._cleared_overflows = 0, self._pulses(), 0

    def overflown(self) -> bool:
        return self._total() // COUNTS > self._cleared_overflows

    def forget_overflow(self, _on: bool) -> None:
        self._cleared_overflows = self._total() // COUNTS

    def _total(self) -> int:
        return self._kept + (self._pulses() - self._since if self._started else 0)


class Adam6050:
    """`host_idle`: the communication watchdog; without a request for so long the outputs go to `safe` (all off) and
    stay there until they are written. None: it is off, as it comes from the factory, and the outputs hold for ever.
    `inputs` may have the encoder: its counter is what follows the belt."""

    def __init__(
        self, cabinet: Cabinet, inputs: Wiring, outputs: Wiring, host_idle: Duration | None = None,
        safe: Sequence[bool] = (False,) * DO,
    ) -> None:  # fmt: skip
        self._latched = [False] * DI
        self.inputs = Inputs(cabinet, inputs, DI, self._latch)
        self.outputs = Outputs(cabinet, outputs, DO)
        self.counters = [Counter(self.inputs, channel) for channel in range(DI)]
        readings = {channel: Cell(partial(self.inputs.on, channel)) for channel in range(DI)}
        registers = self._registers()
        self.unit = Unit(
            frozenset((1, 2, 3, 4, 5, 6, 15, 16)),
            coils={**readings, **self._output_coils(), **self._counter_coils()},
            discrete=readings,
            holding=registers,
            inputs=registers,
            address=None,
        )
        if host_idle is not None:
            self.unit.heard = HostWatchdog(cabinet, host_idle, lambda: self.outputs.put_all(safe)).heard

    def _output_coils(self) -> dict[int, Cell]:
        put, on = self.outputs.put, self.outputs.on
        return {FIRST_OUTPUT + channel: coil(partial(on, channel), partial(put, channel)) for channel in range(DO)}

    def _counter_coils(self) -> dict[int, Cell]:
        cells = {}
        for channel, counter in enumerate(self.counters):
            first = FIRST_COUNTER_COIL + 4 * channel
            cells[first] = coil(counter.is_started, counter.start)
            cells[first + 1] = coil(lambda: False, counter.clear)
            cells[first + 2] = coil(counter.overflown, counter.forget_overflow)
            cells[first + 3] = coil(partial(self._latched.__getitem__, channel), partial(self._unlatch, channel))
        return cells

    def _registers(self) -> dict[int, Cell]:
        counts = {
            2 * channel + half: Cell(partial(counter.word, half))
            for channel, counter in enumerate(self.counters)
            for half in (0, 1)
        }
        names = {FIRST_NAME + index: Cell(partial(int, word)) for index, word in enumerate(NAME)}
        inputs = Cell(lambda: sum(self.inputs.on(channel) << channel for channel in range(DI)))
        outputs = Cell(lambda: sum(self.outputs.on(channel) << channel for channel in range(DO)), self._put_word)
        return {**counts, **names, INPUTS_WORD: inputs, OUTPUTS_WORD: outputs}

    def _put_word(self, word: int) -> None:
        if word >> DO:
            raise modbus.Refused(modbus.ILLEGAL_VALUE)
        self.outputs.put_all([bool(word >> channel & 1) for channel in range(DO)])

    def _latch(self, channel: int, on: bool) -> None:
        self._latched[channel] |= on

    def _unlatch(self, channel: int, on: bool) -> None:
        self._latched[channel] &= on
