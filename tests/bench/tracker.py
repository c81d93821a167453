"""Trays through the tracker alone: what happened to a line is recorded once, then folded again."""

from booth.line.messages import TrayEnded
from booth.line.tracker import track
from booth.tray import End
from tests.bench.rows import Row, once
from tests.core.tracker_story import Plan, Story, TrayPlan

TRAYS, SHIFTS = 1000, 10


def rows() -> list[Row]:
    plan = Plan((TrayPlan(),) * TRAYS)
    events = [told.event for told in Story(plan).run().told]
    ends: list[End] = []

    def shifts() -> None:
        for _ in range(SHIFTS):
            line = Story(plan).line
            for event in events:
                line, commands = track(line, event)
                ends.extend(command.end for command in commands if isinstance(command, TrayEnded))

    took = once(shifts)
    assert ends == [End.PASSED] * TRAYS * SHIFTS, "the benchmark's trays do not pass"
    says = f"{SHIFTS} shifts of {TRAYS} trays, {len(events) / TRAYS:.0f} events a tray, no clock and no I/O"
    return [Row(f"tracker alone, {TRAYS * SHIFTS} trays", took, "s", None, says)]
