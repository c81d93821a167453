"""The booth's cabinet: what the screw terminals of an emulated module are wired to."""

from collections.abc import Callable
from functools import partial

from drivers.clock import Clock
from drivers.protocols import GatePosition
from drivers.units import Duration
from fakes.line.conveyor import SensorEdge
from fakes.line.floor import Floor
from fakes.plan import LAMPS, PLACES

ENCODER = "encoder"
INPUTS = (*PLACES, ENCODER)
OUTPUTS = ("gate", "tray-stop", "belt-permit", *LAMPS)

Told = Callable[[bool], None]
"""Hears whether an input has voltage now."""


class Cabinet:
    """The floor as wires. Signals are named as the places, the lamps and the actuators of fakes.world are.

    An input has voltage while its sensor is clear, so that a cut cable reads as blocked. An output with voltage puts
    the gate at pass, raises the tray stop, gives the belt its permit, lights a lamp; without, the other.
    """

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._blocked: dict[str, bool] = {}
        self._rises: dict[str, int] = {}
        self._told: dict[str, list[Told]] = {}
        line = floor.line
        self._orders: dict[str, Callable[[bool], None]] = {
            "gate": lambda on: line.order_gate(GatePosition.PASS if on else GatePosition.DIVERT),
            "tray-stop": lambda on: line.hold() if on else line.release(),
            "belt-permit": line.permit,
        }

    def connect(self, signal: str, told: Told | None = None) -> None:
        """Wire an input to its sensor, which then has no other client. `told` hears every change of its voltage,
        but none of the encoder's. Raises KeyError."""
        if signal not in INPUTS:
            raise KeyError(f"no input signal {signal!r}; there are: {', '.join(INPUTS)}")
        if signal != ENCODER and signal not in self._blocked:
            self._rises[signal] = 0
            self._blocked[signal] = self._floor.watch(signal, partial(self._sense, signal))
        if told is not None:
            self._told.setdefault(signal, []).append(told)

    def energised(self, signal: str) -> bool:
        """Whether a connected input has voltage now."""
        self._floor.catch_up()
        return bool(self._floor.line.counts % 2) if signal == ENCODER else not self._blocked[signal]

    def pulses(self, signal: str) -> int:
        """How often a connected input's voltage has risen."""
        self._floor.catch_up()
        return self._floor.line.counts if signal == ENCODER else self._rises[signal]

    def drive(self, signal: str, on: bool) -> None:
        """Put an output under voltage, or take it away. Raises KeyError."""
        if signal in LAMPS:
            self.shine(signal, float(on))
        elif signal in self._orders:
            self._floor.command(partial(self._orders[signal], on))
        else:
            raise KeyError(f"no output signal {signal!r}; there are: {', '.join(OUTPUTS)}")

    def shine(self, lamp: str, level: float) -> None:
        """`level` 1 is the lamp's full light; a controller that over-drives it gives more."""
        self._floor.lamps.turn(lamp, level, self._floor.catch_up())

    def flash(self, lamp: str, delay: Duration, width: Duration, level: float) -> None:
        """A pulse of light, `delay` from now."""
        self._floor.later(delay, partial(self.shine, lamp, level))
        self._floor.later(Duration(delay + width), partial(self.shine, lamp, 0.0))

    def later(self, span: Duration, act: Callable[[], None]) -> None:
        self._floor.later(span, act)

    @property
    def clock(self) -> Clock:
        return self._floor.clock

    def _sense(self, signal: str, edge: SensorEdge) -> None:
        self._rises[signal] += not edge.blocked
        self._blocked[signal] = edge.blocked
        for told in self._told.get(signal, ()):
            told(not edge.blocked)
