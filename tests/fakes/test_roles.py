"""What the simulated booth keeps for a client."""

import gc

from drivers.clock import pause
from drivers.links import memory_pair
from drivers.units import ms
from fakes.line.floor import Floor
from fakes.roles import Camera, Client
from fakes.studios.flat import FlatStudio
from tests.drivers.virtual import CLOCK
from tests.emulators.floors import on_a_virtual_floor


def test_a_shot_that_is_dropped_before_it_has_begun_leaves_nothing_behind() -> None:
    """A coroutine that nobody ever awaited is an error here: what Python warns of is one in these tests."""

    async def scenario(floor: Floor) -> None:
        eye = Camera(floor, Client(memory_pair()[0]), "left", FlatStudio(), lambda _: None)
        for _ in range(2):
            eye.hear({"kind": "trigger", "exposure": ms(4)})
        eye.lost()
        await pause(CLOCK, ms(1))
        gc.collect()

    on_a_virtual_floor(scenario)
