"""From what the kernel says of a line to its edges; and the line itself, where there is a chip."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.clock import SystemClock
from drivers.errors import DeviceMissing
from drivers.line_io import gpio, wired
from drivers.line_io.gpio import STAMP_ERROR, Stamped, Trail
from drivers.registry import Bench
from drivers.units import Instant, ms

CHIPS = sorted(Path("/dev").glob("gpiochip*"))
BENCH = Bench("line.entry", SystemClock())


def at(span_ms: float) -> Instant:
    return Instant(ms(span_ms))


def told(trail: Trail, *changes: Stamped) -> list[bool]:
    return [edge.blocked for change in changes for edge in trail.edges(change)]


def test_an_edge_is_when_the_kernel_stamped_it() -> None:
    (edge,) = Trail(False, at(0)).edges(Stamped(False, at(5), 1))
    assert (edge.blocked, edge.at, edge.at_error) == (True, at(5), STAMP_ERROR)


def test_a_line_without_voltage_is_blocked() -> None:
    assert told(Trail(False, at(0)), Stamped(False, at(1), 1), Stamped(True, at(2), 2)) == [True, False]


def test_a_change_that_came_while_the_line_was_opened_is_in_the_level_already() -> None:
    assert told(Trail(True, at(0)), Stamped(False, at(1), 1), Stamped(True, at(2), 2)) == [False]


def test_changes_that_the_kernel_dropped_are_put_in_between() -> None:
    trail = Trail(False, at(0))
    assert told(trail, Stamped(False, at(1), 1), Stamped(True, at(10), 4)) == [True, False, True, False]


def test_a_change_to_the_same_level_had_another_before_it() -> None:
    trail = Trail(False, at(0))
    assert told(trail, Stamped(False, at(1), 1), Stamped(False, at(5), 2)) == [True, False, True]


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 40)), max_size=40))
def test_whatever_the_kernel_says_edges_alternate_and_are_ordered(story: list[tuple[bool, int]]) -> None:
    trail, level, number, last_at = Trail(False, at(0)), False, 0, at(0)
    for n, (voltage, step) in enumerate(story, 1):
        number += step
        for edge in trail.edges(Stamped(voltage, at(n), number)):
            assert edge.blocked is not level
            assert edge.at > last_at
            level, last_at = edge.blocked, edge.at
        if n > 1:
            assert level is not voltage


def test_a_chip_that_is_not_there_is_named() -> None:
    for device in (
        gpio.sensor({"chip": "/dev/gpiochip99", "line": 3, "bias": "as-is"}, BENCH),
        wired.tray_stop({"chip": "/dev/gpiochip99", "line": 3}, BENCH),
    ):
        with pytest.raises(DeviceMissing, match=r"gpiochip99|extra \[gpio\]"):
            asyncio.run(device.open())


@pytest.mark.skipif(not CHIPS, reason="no /dev/gpiochip* on this machine")
def test_a_line_of_a_real_chip_can_be_watched() -> None:
    pytest.importorskip("gpiod", reason="gpiod is not installed (extra: gpio)")

    async def main() -> None:
        device = gpio.sensor({"chip": str(CHIPS[0]), "line": 0, "bias": "as-is"}, BENCH)
        assert await device.open() in (True, False)
        await device.close()

    asyncio.run(main())
