"""The keeper's word at the gate, over a scripted line."""

from pathlib import Path

from booth.line import wire
from booth.tray import End
from drivers.clock import pause
from drivers.protocols import GatePosition
from drivers.units import seconds
from tests.scenarios.line_bench import CLOCK, Bench, decide, play


def test_a_tray_with_its_own_pass_passes(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with bench.keeper() as keeper:
            controller = await bench.client(keeper, wire.Role.CONTROLLER)
            bench.start(decide(controller))
            await bench.tray()
            await pause(CLOCK, seconds(3))
            assert [ended.end for ended in controller.ends.values()] == [End.PASSED]
            assert list(bench.went.values()) == [GatePosition.PASS]
            assert bench.gate.blade(CLOCK.now()) is GatePosition.DIVERT

    play(scenario())
