"""What every camera promises."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from drivers.errors import DeviceLost, NotArmed, NotOpen, OutOfRange, ReadTimeout
from drivers.frames import Frame
from drivers.protocols import Armed, Camera
from drivers.units import Duration, Instant, after, ms, seconds
from tests.contracts.stand import Stand

EXPOSURE = ms(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraStand(Stand):
    """A camera that is not open yet."""

    camera: Camera

    def soon(self) -> Instant:
        return after(self.clock.now(), seconds(2))

    async def armed(self, exposure: Duration = EXPOSURE) -> Armed:
        await self.camera.open()
        return await self.camera.arm(exposure)

    async def frame(self) -> Frame:
        await self.camera.trigger()
        return await self.camera.read(self.soon())


Scenario = Callable[[CameraStand], Awaitable[None]]


class CameraContract(ABC):
    """A stand has at least two captures to give."""

    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario on a fresh stand, and close its camera afterwards."""

    def test_every_verb_before_open_raises_not_open(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await refuses_every_verb(stand, NotOpen)

        self.play(scenario)

    def test_every_verb_after_close_raises_not_open(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            await stand.camera.trigger()
            await stand.camera.close()
            await refuses_every_verb(stand, NotOpen)

        self.play(scenario)

    def test_it_may_be_closed_before_it_is_open_and_twice(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.camera.close()
            await stand.camera.open()
            await stand.camera.close()
            await stand.camera.close()

        self.play(scenario)

    def test_it_works_again_after_close_and_open(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            await stand.frame()
            await stand.camera.close()
            await stand.camera.open()
            with pytest.raises(NotArmed):
                await stand.camera.trigger()
            await stand.camera.arm(EXPOSURE)
            assert (await stand.frame()).exposure > 0

        self.play(scenario)

    def test_a_trigger_before_arm_raises_not_armed(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.camera.open()
            with pytest.raises(NotArmed):
                await stand.camera.trigger()

        self.play(scenario)

    def test_a_read_before_the_trigger_raises_not_armed(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            with pytest.raises(NotArmed):
                await stand.camera.read(stand.soon())

        self.play(scenario)

    def test_no_exposure_at_all_is_out_of_range(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.camera.open()
            with pytest.raises(OutOfRange, match="ms"):
                await stand.camera.arm(Duration(0))

        self.play(scenario)

    def test_the_exposure_it_takes_is_close_to_the_one_asked_for(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            armed = await stand.armed()
            assert abs(armed.exposure - EXPOSURE) <= EXPOSURE // 10
            assert armed.readout >= 0

        self.play(scenario)

    def test_a_frame_is_exposed_wholly_between_trigger_and_read_for_the_armed_exposure(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            armed = await stand.armed()
            triggered_at = stand.clock.now()
            frame = await stand.frame()
            assert frame.exposure == armed.exposure
            assert frame.exposed_at >= triggered_at
            assert frame.exposed_at + frame.exposure + frame.readout <= stand.clock.now()

        self.play(scenario)

    def test_the_counter_advances_with_every_frame(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            first, second = await stand.frame(), await stand.frame()
            assert second.sequence > first.sequence
            assert (first.missed, second.missed) == (0, 0)
            assert second.exposed_at > first.exposed_at

        self.play(scenario)

    def test_a_frame_is_read_once(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            await stand.frame()
            with pytest.raises(NotArmed):
                await stand.camera.read(stand.soon())

        self.play(scenario)

    def test_a_read_ends_at_its_deadline(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed(ms(20))
            await stand.camera.trigger()
            deadline = after(stand.clock.now(), ms(10))
            with pytest.raises(ReadTimeout):
                await stand.camera.read(deadline)
            assert deadline <= stand.clock.now() <= deadline + stand.lateness

        self.play(scenario)

    def test_a_frame_whose_read_came_too_early_can_still_be_read(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed(ms(20))
            await stand.camera.trigger()
            with pytest.raises(ReadTimeout):
                await stand.camera.read(after(stand.clock.now(), ms(1)))
            assert (await stand.camera.read(stand.soon())).exposure > 0

        self.play(scenario)

    def test_a_frame_not_read_before_the_next_trigger_is_dropped(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            await stand.camera.trigger()
            await stand.clock.sleep_until(after(stand.clock.now(), ms(100)))
            again = stand.clock.now()
            frame = await stand.frame()
            assert frame.exposed_at >= again
            assert frame.missed == 0
            with pytest.raises(NotArmed):
                await stand.camera.read(stand.soon())

        self.play(scenario)

    def test_the_frames_have_the_sizes_that_the_intrinsics_state(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            info = await stand.camera.open()
            await stand.camera.arm(EXPOSURE)
            frame = await stand.frame()
            for picture, eye in ((frame.colour, info.colour), (frame.depth, info.depth)):
                assert (picture is None) == (eye is None)
                if picture is not None and eye is not None:
                    assert picture.shape[:2] == (eye.height_px, eye.width_px)
            assert frame.depth_unit == info.depth_unit

        self.play(scenario)

    def test_a_frame_is_marked_simulated_exactly_if_the_camera_says_it_is(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            info = await stand.camera.open()
            await stand.camera.arm(EXPOSURE)
            assert bool((await stand.frame()).origin.get("simulated")) is info.simulated

        self.play(scenario)

    def test_a_lost_camera_says_so_in_every_verb(self) -> None:
        async def scenario(stand: CameraStand) -> None:
            await stand.armed()
            await stand.camera.trigger()
            await stand.lose_it()
            await refuses_every_verb(stand, DeviceLost)
            await stand.camera.close()

        self.play(scenario)


async def refuses_every_verb(stand: CameraStand, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await stand.camera.arm(EXPOSURE)
    with pytest.raises(kind):
        await stand.camera.trigger()
    with pytest.raises(kind):
        await stand.camera.read(stand.soon())
