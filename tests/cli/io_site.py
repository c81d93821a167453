"""A booth of real drivers for `booth io`: an ADAM-6050 with the line, a second one for two of its sensors, and a light
controller, all on 127.0.0.1; a USB relay on a pseudo-terminal. All speak the real bytes; the command is a process."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from drivers.clock import pause
from drivers.units import Duration, ms, seconds
from fakes.emulators import lcus
from fakes.emulators.adam_6050 import Adam6050
from fakes.emulators.cabinet import Cabinet
from fakes.emulators.lcus import LcusRelay
from fakes.emulators.light_controller import LightControllerUnit
from fakes.emulators.modbus import over_tcp
from fakes.emulators.wires import SerialLine, TcpPort, serial_line, tcp_port
from fakes.line.floor import Floor
from fakes.plan import LAMPS
from tests.architecture.tree import ROOT
from tests.drivers.boards import CLOCK, QUICK, Quiet
from tests.emulators.floors import running

HOST_IDLE = seconds(30)
"""So long that what falls has been told to."""

INPUTS = ("entry", "pregate", None, None, "bin", None, "encoder")
FAR = ("confirm", "bypass")
OUTPUTS = ("gate", "tray-stop", "belt-permit", "left", "right", "front")
"""Three lamps of the booth stand for those of the stack light."""

STACK = {"red": "left", "amber": "right", "green": "front"}


class Watched(Cabinet):
    """Writes down each change of an output."""

    def __init__(self, floor: Floor) -> None:
        super().__init__(floor)
        self.log: list[tuple[str, bool]] = []

    def drive(self, signal: str, on: bool) -> None:
        if self.driven(signal)[-1:] != [on]:
            self.log.append((signal, on))
        super().drive(signal, on)

    def driven(self, signal: str) -> list[bool]:
        return [on for name, on in self.log if name == signal]


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    said: str

    @property
    def answer(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Command:
    """One that runs; `said` grows while it does."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)

    async def says(self, text: str) -> str:
        """Waits for a line on stderr with `text` in it."""
        assert self.process.stderr is not None
        while not self.said or text not in self.said[-1]:
            line = await asyncio.wait_for(self.process.stderr.readline(), 20)
            assert line, f"ended without {text!r}; said: {self.said}"
            self.said.append(line.decode().rstrip())
        return self.said[-1]

    async def line(self) -> dict[str, Any]:
        """The next line on stdout, of JSON."""
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(await asyncio.wait_for(self.process.stdout.readline(), 20))
        return found

    async def ended(self, by: signal.Signals | None = None) -> Done:
        if by is not None:
            self.process.send_signal(by)
        out, rest = await asyncio.wait_for(self.process.communicate(), 30)
        assert self.process.returncode is not None
        return Done(self.process.returncode, out.decode(), "\n".join([*self.said, rest.decode()]))


@dataclass
class Site:
    floor: Floor
    config: Path
    cabinet: Watched
    line: TcpPort
    board: Adam6050
    far: Quiet
    usb: LcusRelay
    usb_line: SerialLine

    def on(self, signal: str) -> bool:
        return self.board.outputs.on(OUTPUTS.index(signal))

    def level(self, lamp: str = "ring") -> float:
        return self.floor.lamps.levels(CLOCK.now())[lamp]

    @asynccontextmanager
    async def running(self, *arguments: str, module: str = "booth.cli.app") -> AsyncIterator[Command]:
        """`booth io ARGUMENTS`, with CONFIG put in for {}."""
        told = [str(self.config) if each == "{}" else each for each in arguments]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *told, cwd=ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
        )
        try:
            yield Command(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def io(self, *arguments: str) -> Done:
        async with self.running("io", *arguments) as command:
            return await command.ended()


async def until(holds: Callable[[], bool], within: Duration = seconds(10)) -> None:
    give_up = CLOCK.now() + within
    while not holds():
        assert CLOCK.now() < give_up, "it did not come to that"
        await pause(CLOCK, ms(5))


def settings(folder: Path, line: int, far: int, lamps: int, usb: str) -> Path:
    tree = yaml.safe_load((ROOT / "config/site-example.yaml").read_text())
    tree |= {"state_dir": str(folder / "state"), "runtime_dir": str(folder / "run")}
    tree["recipe"]["pack"] = str(ROOT / "models/damage-lite0")
    here = {"host": "127.0.0.1"}
    tree["modules"]["line"] |= {**here, "port": line}
    tree["modules"]["far"] = {**tree["modules"]["line"], "port": far}
    tree["modules"]["lamps"] |= {**here, "port": lamps}
    tree["modules"]["switch"] = tree["modules"]["far"]
    tree["modules"]["usb"] = {"driver": "lcus", "serial": usb, "relays": 4}
    tree["lights"]["switched"] = {"driver": "modbus", "module": "switch", "output": 0, "settle_ms": 1}
    tree["line"]["confirm"] = {"driver": "modbus", "module": "far", "input": 0}
    tree["line"]["bypass"] = {"driver": "modbus", "module": "far", "input": 1}
    tree["line"]["encoder"]["latency_ms"] = 15  # two cores, and a dozen processes on them
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def on_site(folder: Path, scenario: Callable[[Site], Awaitable[None]]) -> None:
    async def main() -> None:
        async with running(QUICK, CLOCK) as floor:
            cabinet = Watched(floor)
            board, far = Adam6050(cabinet, INPUTS, OUTPUTS, HOST_IDLE), Adam6050(cabinet, FAR, ())
            distant, lit, usb = Quiet(over_tcp(far.unit)), LightControllerUnit(cabinet, LAMPS), LcusRelay(cabinet, ())
            async with (
                tcp_port(over_tcp(board.unit)) as one,
                tcp_port(distant.plug) as two,
                tcp_port(lit.plug) as three,
                serial_line(usb.plug, lcus.BAUD, CLOCK) as four,
            ):
                config = settings(folder, one.port, two.port, three.port, four.path)
                await scenario(Site(floor, config, cabinet, one, board, distant, usb, four))

    asyncio.run(main())
