"""I/O modules on a shop floor in real time, spoken to over the bytes that the real ones speak."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args
from unittest.mock import patch

import pytest

from drivers.clock import SystemClock, pause
from drivers.lights import gardasoft
from drivers.line_io import lcus as relays
from drivers.line_io import modbus, profile
from drivers.registry import Bench, Modules
from drivers.units import Duration, Instant, ms
from fakes.emulators import lcus, waveshare
from fakes.emulators.adam_6050 import Adam6050
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.lcus import LcusRelay
from fakes.emulators.modbus import over_rtu, over_tcp
from fakes.emulators.terminals import Outputs, Wiring
from fakes.emulators.waveshare import PoeEthRelayB, RtuIo8Ch
from fakes.emulators.wires import Plug, Say, SerialLine, Session, TcpPort, serial_line, tcp_port
from fakes.line.floor import Floor
from tests.emulators.floors import PLAN, running

CLOCK = SystemClock()
NOTICED = ms(60)
HOST_IDLE = ms(300)
QUICK = replace(
    PLAN, belt_mm_per_s=2000.0, gate_actuation_ms=10.0, pitch_mm=(700.0, 700.0), light_rise_ms=1.0, infeed_mm=200.0
)
INPUTS = ("entry", "pregate", "confirm", "bypass", "bin", "encoder")
OUTPUTS = ("gate", "tray-stop", "belt-permit", "ring")

PATIENCE = ms(600)
"""What a module may take here: it stands in the same process, and that on a machine with other work."""

Kind = Literal["adam", "waveshare-tcp", "waveshare-rtu", "lcus"]
BOARDS = pytest.mark.parametrize("kind", ["adam", "waveshare-tcp", "waveshare-rtu"])
"""Those that have inputs, too."""
ANY = pytest.mark.parametrize("kind", get_args(Kind))


class Quiet:
    """A device's end of its wire, which can be struck dumb."""

    def __init__(self, plug: Plug) -> None:
        self._plug, self.is_silent = plug, False

    def plug(self, say: Say) -> Session:
        self._session = self._plug(say)
        return self

    def hear(self, received: bytes) -> None:
        if not self.is_silent:
            self._session.hear(received)

    def hung_up(self) -> None:
        self._session.hung_up()


@dataclass
class Rig:
    """One module, called `m` in the settings. `power` is its own: `cut` takes it away, and the cable with it."""

    floor: Floor
    cabinet: Cabinet
    wire: SerialLine | TcpPort
    block: Mapping[str, Any]
    quiet: "Quiet"
    board: Adam6050 | PoeEthRelayB | RtuIo8Ch | LcusRelay
    modules: Modules = field(init=False)

    def __post_init__(self) -> None:
        self.modules = Modules({"m": self.block}, CLOCK)

    @property
    def outputs(self) -> Outputs:
        return self.board.outputs

    @property
    def drops(self) -> bool:
        """Whether its outputs fall by themselves when it hears nothing."""
        return isinstance(self.board, Adam6050)

    def bench(self, name: str) -> Bench:
        return Bench(name, CLOCK, None, self.modules)

    async def cut_the_power(self) -> None:
        self.wire.unplug()
        self.outputs.drop()
        await pause(CLOCK, NOTICED)

    async def cut_the_cable(self) -> None:
        """A board with a watchdog has dropped its outputs when this returns."""
        self.wire.unplug()
        await pause(CLOCK, Duration(HOST_IDLE + NOTICED))

    def hang(self) -> None:
        """It hears nothing and says nothing, and its wire stands."""
        self.quiet.is_silent = True

    def come_back(self) -> None:
        self.quiet.is_silent = False


class WatchdogRelay:
    """Stays closed for `holds` after each change of the contact that beats it. It is wired to one output of a rig."""

    def __init__(self, rig: Rig, channel: int, holds: Duration) -> None:
        self._channel, self._holds, self._until = channel, holds, Instant(0)
        self._put, self._on = rig.outputs.put, False
        rig.outputs.put = self._hear  # type: ignore[method-assign]

    def closed(self) -> bool:
        return CLOCK.now() < self._until

    def _hear(self, channel: int, on: bool) -> None:
        if channel == self._channel and on is not self._on:
            self._on, self._until = on, Instant(CLOCK.now() + self._holds)
        self._put(channel, on)


@asynccontextmanager
async def rig(kind: Kind, floor: Floor, inputs: Wiring = INPUTS, outputs: Wiring = OUTPUTS) -> AsyncIterator[Rig]:
    cabinet = Cabinet(floor)
    match kind:
        case "adam":
            adam = Adam6050(cabinet, inputs, outputs, HOST_IDLE)
            quiet = Quiet(over_tcp(adam.unit))
            async with tcp_port(quiet.plug) as port:
                block = network(port, "advantech-adam-6050")
                yield Rig(floor, cabinet, port, block, quiet, adam)
        case "waveshare-tcp":
            relay = PoeEthRelayB(cabinet, inputs[:5], outputs)
            quiet = Quiet(over_tcp(relay.unit))
            async with tcp_port(quiet.plug) as port:
                yield Rig(floor, cabinet, port, network(port, "waveshare-poe-eth-relay-b"), quiet, relay)
        case "waveshare-rtu":
            io = RtuIo8Ch(cabinet, inputs[:5], outputs)
            quiet = Quiet(over_rtu([io.unit], CLOCK))
            async with serial_line(quiet.plug, waveshare.BAUD, CLOCK) as line:
                yield Rig(floor, cabinet, line, bus(line, "waveshare-rtu-io-8ch"), quiet, io)
        case "lcus":
            usb = LcusRelay(cabinet, outputs)
            quiet = Quiet(usb.plug)
            async with serial_line(quiet.plug, lcus.BAUD, CLOCK) as line:
                block = {"driver": "lcus", "serial": line.path, "relays": len(usb.outputs)}
                yield Rig(floor, cabinet, line, block, quiet, usb)


def network(port: TcpPort, board: str) -> dict[str, Any]:
    where = {"host": "127.0.0.1", "port": port.port, "unit": None}
    return {"driver": "modbus-tcp", **where, "profile": path_of(board), "poll_ms": 5.0}


def bus(line: SerialLine, board: str) -> dict[str, Any]:
    where = {"serial": line.path, "baud": None, "unit": None}
    return {"driver": "modbus-rtu", **where, "profile": path_of(board), "poll_ms": 5.0}


def path_of(board: str) -> str:
    return str(profile.find(board, Path()))


@contextmanager
def patient() -> Iterator[None]:
    with (
        patch.object(modbus, "ANSWERS_WITHIN", PATIENCE),
        patch.object(modbus, "THINKS", Duration(PATIENCE // 2)),  # asked twice
        patch.object(relays, "ANSWERS_WITHIN", PATIENCE),
        patch.object(gardasoft, "ANSWERS_WITHIN", PATIENCE),
    ):
        yield


def on_a_rig(kind: Kind, scenario: Callable[[Rig], Awaitable[None]], outputs: Wiring = OUTPUTS) -> None:
    async def main() -> None:
        async with running(QUICK, CLOCK) as floor, rig(kind, floor, outputs=outputs) as found:
            await scenario(found)

    with patient():
        asyncio.run(main())
