"""A light controller in its case: Gardasoft's RT820F-20 on Ethernet, or RT860F-20 on RS-232.

async with tcp_port(unit.plug) as port: ...           # the real one listens on TCP_PORT
async with serial_line(unit.plug, BAUD, clock) as line: ...
"""

from drivers.units import ms
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.gardasoft import Effect, LightController, Turn
from fakes.emulators.wires import Say

TCP_PORT = 30313
BAUD = 115200
LINE_LIMIT = 256  # characters without a carriage return: more is noise


class LightControllerUnit:
    """One state for all its clients; `lamps` are at its channels, in order, the first at channel 1."""

    def __init__(self, cabinet: Cabinet, lamps: tuple[str, ...]) -> None:
        self.core = LightController()
        self._cabinet, self._lamps = cabinet, dict(enumerate(lamps, 1))
        self._heard_last: Say | None = None
        self._ticking = False

    def plug(self, say: Say) -> "LightControllerSession":
        """fakes.emulators.wires.Plug."""
        return LightControllerSession(self, say)

    def obey(self, line: str, say: Say) -> None:
        self._heard_last = say
        answer, effects = self.core.line(line, self._cabinet.clock.now())
        self._do(effects)
        say(answer.encode("ascii"))
        if not self._ticking:
            self._tick()

    def trigger(self, number: int, on: bool) -> None:
        """A voltage at a trigger input: a camera's exposure output, for one."""
        self._do(self.core.trigger(number, on, self._cabinet.clock.now()))

    def overheat(self) -> None:
        event, effects = self.core.overheat()
        self._do(effects)
        if self.core.events_wanted and self._heard_last is not None:
            self._heard_last(event.encode("ascii"))

    def _tick(self) -> None:
        """The internal trigger, while it is enabled: all channels at once."""
        self._ticking = self.core.internal_ms is not None
        if self.core.internal_ms is not None:
            for number in self.core.channels:
                self.trigger(number, True)
            self._cabinet.later(ms(self.core.internal_ms), self._tick)

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if lamp := self._lamps.get(effect.channel):
                self._shine(lamp, effect)

    def _shine(self, lamp: str, effect: Effect) -> None:
        if isinstance(effect, Turn):
            self._cabinet.shine(lamp, effect.level)
        else:
            self._cabinet.flash(lamp, effect.delay, effect.width, effect.level)


class LightControllerSession:
    """One client's connection."""

    def __init__(self, unit: LightControllerUnit, say: Say) -> None:
        self._unit, self._say, self._heard = unit, say, ""

    def hear(self, received: bytes) -> None:
        *lines, rest = (self._heard + received.decode("ascii", errors="replace")).split("\r")
        self._heard = rest[-LINE_LIMIT:]
        for line in lines:
            self._unit.obey(line, self._say)

    def hung_up(self) -> None:
        """The outputs stay as they are."""
