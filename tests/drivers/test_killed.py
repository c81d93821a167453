"""What a board does when the process that drives it is killed or stopped: as its profile says."""

import asyncio
import json
import signal
import sys

import pytest

from drivers.clock import pause
from drivers.units import Duration, ms
from tests.drivers.boards import CLOCK, HOST_IDLE, OUTPUTS, QUICK, Kind, Rig, on_a_rig

PROGRAM = """
import asyncio, json, sys
from drivers.clock import SystemClock
from drivers.line_io.wired import gate
from drivers.protocols import GatePosition
from drivers.registry import Bench, Modules

async def main(block):
    clock = SystemClock()
    device = gate({"module": "m", "output": 0, "wiring": "energise-to-pass"},
                  Bench("gate", clock, None, Modules({"m": block}, clock)))
    await device.open()
    await device.move(GatePosition.PASS)
    print("at pass", flush=True)
    await asyncio.Event().wait()

asyncio.run(main(json.loads(sys.argv[1])))
"""
FALLS_WITHIN = Duration(HOST_IDLE + ms(QUICK.gate_actuation_ms) + ms(40))
assert OUTPUTS[0] == "gate"


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize(
    ("kind", "goes_to"), [("adam", "divert"), ("waveshare-tcp", "pass"), ("waveshare-rtu", "pass"), ("lcus", "pass")]
)
def test_outputs_of_a_process_that_is_killed_or_stopped_do_as_the_profile_says(
    kind: Kind, goes_to: str, blow: signal.Signals
) -> None:
    async def on(rig: Rig) -> None:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, json.dumps(rig.block), stdout=asyncio.subprocess.PIPE
        )
        try:
            assert program.stdout is not None
            assert await program.stdout.readline() == b"at pass\n"
            await pause(CLOCK, ms(QUICK.gate_actuation_ms + HOST_IDLE / 1e6))
            assert rig.floor.look()["gate"] == "pass"  # the poll alone keeps the watchdog quiet
            program.send_signal(blow)
            await pause(CLOCK, FALLS_WITHIN)
            assert rig.floor.look()["gate"] == goes_to
        finally:
            if program.returncode is None:
                program.kill()
            await program.wait()

    on_a_rig(kind, on)
