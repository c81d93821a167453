"""The whole booth, whose keeper is killed with trays on the line, and whose belt runs on under the next one."""

from pathlib import Path

from booth.assembly.virtual import VirtualBooth
from booth.line.waiting import waiting
from drivers.clock import pause
from drivers.units import ms, seconds
from tests.scenarios.booths import play, settings_in


def test_the_line_goes_on_once_what_the_killed_keeper_left_is_in_the_bin(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)

    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(1)
        await pause(booth.clock, seconds(5))
        while booth.world.floor.line.blocked("entry"):
            await pause(booth.clock, ms(10))
        await booth.kill("keeper")
        await pause(booth.clock, seconds(1))
        await booth.start_keeper()
        await pause(booth.clock, seconds(15))
        assert booth.keeper is not None
        assert not booth.keeper.line.latched
        held = waiting(settings.state_dir)
        assert (held.latched, len(held.held)) == ([], 1)
        await booth.send_trays(2)

    shown, booth = play(tmp_path, story, settings=settings, damaged=0.0, seed=5)
    assert shown.faults[-2:] == [("keeper-restarted", True), ("keeper-restarted", False)]
    assert shown.ends() == ["HELD", "PASSED", "PASSED"]
    assert booth.account.counts.in_flight == 0
