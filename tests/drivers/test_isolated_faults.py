"""What an SDK may do to the process that it runs in, with real processes: a camera is lost, and comes back."""

import asyncio

import numpy as np
import pytest

from drivers.errors import BadFrame, DeviceLost, DeviceMissing, GivenUp, NotOpen, OutOfRange, ReadTimeout
from drivers.frames import Frame
from drivers.isolated.budget import Budget
from drivers.isolated.camera import Patience
from drivers.units import Duration, Instant, after, ms, seconds
from tests.drivers.hosts import CLOCK, Camera, gone, play, unruly
from tests.drivers.unruly import intrinsics

HASTY = Patience(opens=seconds(60), answers=seconds(1), answers_late=ms(500), closes=seconds(1), quiet=ms(50))
PATIENCE_S = 30


def soon() -> Instant:
    return after(CLOCK.now(), seconds(1))


def later() -> Instant:
    return after(CLOCK.now(), seconds(20))


async def armed(camera: Camera) -> None:
    await camera.isolated.open()
    await camera.isolated.arm(ms(4))


async def shot(camera: Camera) -> Frame:
    await camera.isolated.trigger()
    return await camera.isolated.read(later())


async def exposing(camera: Camera) -> "asyncio.Task[Frame]":
    """A read that waits for the end of a long exposure."""
    await camera.isolated.open()
    await camera.isolated.arm(seconds(PATIENCE_S))
    await camera.isolated.trigger()
    reading = asyncio.create_task(camera.isolated.read(after(CLOCK.now(), seconds(PATIENCE_S))))
    await CLOCK.sleep_until(after(CLOCK.now(), ms(50)))
    return reading


async def comes_back(camera: Camera) -> None:
    await camera.isolated.close()
    await armed(camera)
    assert (await shot(camera)).colour is not None


def test_a_frame_arrives_as_the_driver_gave_it_in_memory_of_the_booths_own() -> None:
    async def scenario(camera: Camera) -> None:
        info = await camera.isolated.open()
        await camera.isolated.arm(ms(4))
        before = CLOCK.now()
        first, second = await shot(camera), await shot(camera)
        random = np.random.default_rng(1)
        colour = random.integers(0, 255, (48, 64, 3), np.uint8)
        assert first.colour is not None
        assert first.depth is not None
        assert second.colour is not None
        assert np.array_equal(first.colour, colour)
        assert np.array_equal(first.depth, random.integers(0, 4000, (48, 64), np.uint16))
        first.colour[:] = 0
        assert np.array_equal(second.colour, colour)
        assert (info.colour, info.depth) == (intrinsics(64, 48), intrinsics(64, 48))
        assert (first.sequence, first.missed, first.exposure, first.depth_unit) == (1, 2, ms(4), 0.5)
        assert before < first.exposed_at < second.exposed_at < CLOCK.now()
        assert first.origin == {"simulated": True, "process": camera.process}

    play(unruly(missed=2), scenario)


def test_a_killed_host_ends_the_read_that_waits_and_the_camera_comes_back() -> None:
    async def scenario(camera: Camera) -> None:
        reading = await exposing(camera)
        await camera.kill()
        with pytest.raises(DeviceLost, match="SIGKILL"):
            await reading
        await comes_back(camera)
        assert camera.said("was ended by SIGKILL; starting it again")

    play(unruly(), scenario)


def test_a_stopped_host_is_lost_when_its_read_was_due_and_the_camera_comes_back() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        camera.stop()
        with pytest.raises(DeviceLost, match="hung in read"):
            await camera.isolated.read(soon())
        await comes_back(camera)

    play(unruly(HASTY), scenario)


@pytest.mark.parametrize("verb", ["arm", "trigger"])
def test_a_stopped_host_is_lost_after_its_patience_in_any_verb(verb: str) -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        camera.stop()
        with pytest.raises(DeviceLost, match=f"hung in {verb} for 1 s and was killed"):
            await (camera.isolated.arm(ms(4)) if verb == "arm" else camera.isolated.trigger())
        with pytest.raises(DeviceLost):
            await camera.isolated.trigger()
        await comes_back(camera)

    play(unruly(HASTY), scenario)


def test_the_next_host_begins_to_start_before_one_that_hangs_is_killed() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        camera.stop()
        with pytest.raises(DeviceLost, match="hung in arm"):
            await camera.isolated.arm(ms(4))
        assert camera.isolated._next is not None
        spare = camera.isolated._next._process.pid
        await comes_back(camera)
        assert camera.process == spare

    play(unruly(HASTY), scenario)


@pytest.mark.parametrize(
    ("misdeed", "says"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("exit", "ended by itself with 7")]
)
def test_a_driver_that_takes_its_process_down_loses_the_camera_and_nothing_else(misdeed: str, says: str) -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        await camera.isolated.trigger()
        with pytest.raises(DeviceLost, match=says):
            await camera.isolated.read(later())
        with pytest.raises(DeviceLost, match=says):
            await camera.isolated.arm(ms(4))
        await camera.isolated.close()
        await armed(camera)

    play(unruly(misdeeds={"read": misdeed}), scenario)


def test_where_it_crashed_is_in_the_log() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        with pytest.raises(DeviceLost):
            await camera.isolated.trigger()
        assert camera.said("left: Fatal Python error: Segmentation fault")

    play(unruly(misdeeds={"trigger": "segfault"}), scenario)


@pytest.mark.parametrize("misdeed", ["hang", "stop", "segfault"])
def test_a_driver_that_hangs_in_close_does_not_keep_the_booth_and_the_camera_comes_back(misdeed: str) -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        process = camera.process
        await camera.isolated.close()
        assert gone(process)
        assert camera.said("SIGSEGV" if misdeed == "segfault" else "hung in close for 1 s and was killed")
        await comes_back(camera)

    play(unruly(HASTY, misdeeds={"close": misdeed}), scenario)


def test_a_driver_that_hangs_in_open_is_lost_after_its_patience() -> None:
    async def scenario(camera: Camera) -> None:
        with pytest.raises(DeviceLost, match="hung in open"):
            await camera.isolated.open()
        with pytest.raises(NotOpen):
            await camera.isolated.trigger()

    play(unruly(Patience(opens=seconds(2)), misdeeds={"open": "hang"}), scenario)


def test_whatever_a_driver_raises_costs_no_more_than_its_camera() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        await camera.isolated.trigger()
        for _ in range(2):
            with pytest.raises(DeviceLost, match="error 0x17 of the SDK"):
                await camera.isolated.read(later())
        with pytest.raises(DeviceLost, match="error 0x17 of the SDK"):
            await camera.isolated.arm(ms(4))
        await camera.isolated.close()
        await armed(camera)

    play(unruly(misdeeds={"read": "fail"}), scenario)


def test_a_driver_that_fails_to_open_says_why_and_its_process_stays_for_the_next_try() -> None:
    async def scenario(camera: Camera) -> None:
        processes = set()
        for _ in range(2):
            with pytest.raises(DeviceMissing, match="left: no such camera; check its serial number"):
                await camera.isolated.open()
            assert camera.isolated._next is not None
            processes.add(camera.isolated._next._process.pid)
        assert len(processes) == 1
        await camera.isolated.close()
        assert gone(processes.pop())

    play(unruly(misdeeds={"open": "missing"}), scenario)


def test_a_driver_whose_package_is_not_installed_says_so() -> None:
    async def scenario(camera: Camera) -> None:
        with pytest.raises(DeviceMissing, match="'eye' needs a package that is not installed"):
            await camera.isolated.open()

    absent = unruly()
    absent.job = type(absent.job)("left", "eye", "drivers.cameras.no_such_sdk:make", {})
    absent.__post_init__()
    play(absent, scenario)


def test_errors_keep_their_names_and_their_words() -> None:
    async def scenario(camera: Camera) -> None:
        await camera.isolated.open()
        with pytest.raises(OutOfRange, match="left: an exposure of 0 ms is not more than 0 ms; correct exposure_ms"):
            await camera.isolated.arm(Duration(0))

    play(unruly(), scenario)


def test_a_picture_of_another_size_than_promised_is_a_bad_frame() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        with pytest.raises(BadFrame, match=r"uint16 \(47, 64\) came, and the camera had promised uint16 \(48, 64\)"):
            await shot(camera)

    play(unruly(odd_size=True), scenario)


def test_a_read_that_nobody_waits_for_any_more_does_not_hold_up_the_next_tray() -> None:
    async def scenario(camera: Camera) -> None:
        reading = await exposing(camera)
        reading.cancel()
        await asyncio.wait([reading])
        await camera.isolated.arm(ms(4))
        assert (await shot(camera)).sequence == 1
        assert camera.log == []

    play(unruly(Patience(opens=seconds(60), answers=seconds(15))), scenario)


def test_the_deadline_of_a_read_is_the_drivers_to_keep() -> None:
    async def scenario(camera: Camera) -> None:
        (await exposing(camera)).cancel()
        with pytest.raises(ReadTimeout, match="left: no frame in time; trigger again"):
            await camera.isolated.read(after(CLOCK.now(), ms(50)))

    play(unruly(), scenario)


def test_a_camera_that_keeps_crashing_is_given_up_and_says_so() -> None:
    async def scenario(camera: Camera) -> None:
        for _ in range(3):
            await camera.isolated.open()
            with pytest.raises(DeviceLost, match="SIGSEGV"):
                await camera.isolated.arm(ms(4))
        async with asyncio.timeout(PATIENCE_S):
            while not camera.said("not started any more"):
                await camera.isolated.close()
                await CLOCK.sleep_until(after(CLOCK.now(), ms(10)))
        for _ in range(2):
            with pytest.raises(GivenUp, match=r"ended 3 times within 60 s and is not started any more.*SIGSEGV"):
                await camera.isolated.open()
        assert camera.isolated._next is None or camera.isolated._next.died_of is not None

    crashing = unruly(misdeeds={"arm": "segfault"})
    crashing.budget = Budget(restarts=2)
    crashing.__post_init__()
    play(crashing, scenario)


def test_deaths_that_lie_far_apart_cost_no_budget() -> None:
    budget = Budget(restarts=1, within=seconds(10))
    assert [budget.allows(Instant(at * 10**9)) for at in (0, 10, 20, 25, 40)] == [True, True, True, False, True]


def test_a_host_that_leaks_is_exchanged_between_trays_and_no_frame_is_lost() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        hosts = set()
        for _ in range(8):
            hosts.add((await shot(camera)).origin["process"])
            if camera.isolated._exchange is not None:
                await asyncio.wait([camera.isolated._exchange])
        assert len(hosts) >= 2
        assert camera.said("MiB (limit 400); exchanging it")

    leaking = Patience(opens=seconds(60), answers=seconds(20), answers_late=seconds(20), quiet=ms(1), resident_mib=400)
    play(unruly(leaking, misdeeds={"read": "leak"}), scenario)


def test_a_host_is_not_exchanged_between_the_shots_of_a_tray() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        await shot(camera)
        await camera.isolated.arm(ms(800))
        await shot(camera)
        await CLOCK.sleep_until(after(CLOCK.now(), ms(1)))
        assert not camera.said("exchanging it")

    play(unruly(Patience(opens=seconds(60), answers=seconds(20), quiet=ms(400), resident_mib=1)), scenario)


def test_what_a_driver_writes_comes_to_the_log_with_its_name() -> None:
    async def scenario(camera: Camera) -> None:
        await armed(camera)
        await shot(camera)
        await camera.isolated.close()
        assert "left: speaks to stdout" in camera.log
        assert "left: speaks to stderr" in camera.log
        assert sum(line.count("long ") for line in camera.log) >= 3900

    play(unruly(misdeeds={"trigger": "talk"}), scenario)
