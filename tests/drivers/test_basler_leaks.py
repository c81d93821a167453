"""Thousands of captures of a Basler leave nothing behind: no threads, no open files, no memory, none of its buffers."""

import asyncio

import pytest

pytest.importorskip("pypylon", reason="needs the vendor's SDK: pip install 'inspection-booth[basler]'")

from drivers.units import ms
from tests.drivers.emulated_basler import read, sheet
from tests.drivers.leaks import held, leak_of

WARM = 200


def captures_leave_nothing_behind(times: int) -> None:
    async def main() -> None:
        async with sheet((10, 20, 30)) as camera:
            await camera.open()
            await camera.arm(ms(1))
            for _ in range(WARM):
                await camera.trigger()
                await read(camera)
            before = held()
            for _ in range(times):
                await camera.trigger()
                await read(camera)
            assert leak_of(before, held()) == {}

    asyncio.run(main())


def test_three_hundred_captures_leave_nothing_behind() -> None:
    captures_leave_nothing_behind(300)


@pytest.mark.soak
def test_ten_thousand_captures_leave_nothing_behind() -> None:
    captures_leave_nothing_behind(10_000)
