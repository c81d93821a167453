"""The station with devices that fail in every way: a hang, a loss, an exposure in the dark."""

import asyncio

import pytest

from drivers.clock import pause
from drivers.errors import DeviceLost, DeviceMissing, GivenUp, ReadTimeout
from drivers.units import Duration, ms, seconds
from tests.inspection.devices import CLOCK, TRAY, Bench, play


def test_a_capture_has_a_frame_of_every_camera_and_leaves_the_light_off() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        capture = await bench.capture()
        assert [frame.camera for frame in capture.shots[0]] == ["left", "right"]
        assert not bench.lamp.lit

    play(story())


@pytest.mark.parametrize("verb", ["arm", "trigger", "read"])
def test_a_camera_that_hangs_fails_its_capture_within_a_second_of_the_deadline(verb: str) -> None:
    async def story() -> None:
        bench = Bench()
        bench.left.hangs.add(verb)
        await bench.station.open()
        begun = CLOCK.now()
        occurrence = await bench.failed()
        assert (occurrence.code, occurrence.device, occurrence.tray) == ("camera-lost", "left", TRAY)
        assert CLOCK.now() - begun <= seconds(2.1)
        assert not bench.lamp.lit

    play(story())


@pytest.mark.parametrize("verb", ["on", "off"])
def test_a_light_that_hangs_fails_its_capture_and_is_told_lost(verb: str) -> None:
    async def story() -> None:
        bench = Bench()
        bench.lamp.hangs.add(verb)
        await bench.station.open()
        begun = CLOCK.now()
        if verb == "off":  # this tray was seen in its light; the next one would be seen in two
            await bench.capture()
        assert (await bench.failed()).code == "light-lost"
        assert CLOCK.now() - begun <= seconds(2.5)
        assert ("light-lost", "ring", True) in bench.told

    play(story())


def test_a_frame_from_before_the_light_fails_its_capture() -> None:
    async def story() -> None:
        bench = Bench()
        bench.right.early = ms(3)
        await bench.station.open()
        occurrence = await bench.failed()
        assert (occurrence.code, occurrence.device) == ("frame-outside-light", "right")

    play(story())


def test_a_gap_before_a_frame_fails_its_capture() -> None:
    async def story() -> None:
        bench = Bench()
        bench.right.missed = 2
        await bench.station.open()
        occurrence = await bench.failed()
        assert (occurrence.code, occurrence.device) == ("frame-gap", "right")
        assert "2 missing before frame 1" in occurrence.text()

    play(story())


def test_cameras_that_expose_too_far_apart_fail_their_capture() -> None:
    async def story() -> None:
        bench = Bench()
        bench.right.early = Duration(-ms(8))
        await bench.station.open()
        assert (await bench.failed()).code == "pair-apart"

    play(story())


def test_a_camera_that_gives_no_frame_in_time_is_not_lost() -> None:
    async def story() -> None:
        bench = Bench()
        bench.left.fails["read"] = ReadTimeout("no frame")
        await bench.station.open()
        assert (await bench.failed()).code == "camera-silent"
        assert bench.told == []
        bench.left.fails.clear()
        await bench.capture()

    play(story())


def test_a_lost_camera_fails_every_capture_until_it_is_back_and_is_told_twice() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails = {"trigger": DeviceLost("unplugged"), "open": DeviceMissing("unplugged")}
        assert (await bench.failed()).code == "camera-lost"
        await pause(CLOCK, seconds(3))
        assert (await bench.failed()).code == "camera-lost"
        assert bench.told == [("camera-lost", "left", True)]
        bench.left.fails.clear()
        await pause(CLOCK, seconds(1))
        await bench.capture()
        assert bench.told == [("camera-lost", "left", True), ("camera-lost", "left", False)]
        recovering.cancel()

    play(story())


def test_a_camera_that_is_given_up_has_a_fault_of_its_own_which_every_tray_names() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails = {"trigger": DeviceLost("died"), "open": GivenUp("left: died four times")}
        assert (await bench.failed()).code == "camera-lost"
        await pause(CLOCK, seconds(1))
        bench.left.fails.clear()
        await pause(CLOCK, seconds(60))
        occurrence = await bench.failed()
        assert (occurrence.code, occurrence.device, occurrence.tray) == ("camera-given-up", "left", TRAY)
        assert "left: died four times" in occurrence.text()
        assert bench.told == [("camera-lost", "left", True), ("camera-given-up", "left", True)]
        assert bench.station.degraded
        recovering.cancel()

    play(story())


def test_a_camera_that_is_given_up_does_not_keep_the_others_from_coming_back() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails = {"trigger": DeviceLost("died"), "open": GivenUp("left: died four times")}
        await bench.failed()
        bench.right.fails = {"open": DeviceMissing("unplugged")}
        bench.station._gone("camera-lost", "right", DeviceLost("unplugged"))
        await pause(CLOCK, seconds(3))
        bench.right.fails.clear()
        await pause(CLOCK, seconds(1))
        assert ("camera-lost", "right", False) in bench.told
        assert bench.left.tried == 1
        recovering.cancel()

    play(story())


@pytest.mark.parametrize("verb", ["close", "open"])
def test_a_camera_that_hangs_does_not_keep_the_others_from_coming_back(verb: str) -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.hangs.add(verb)
        for eye in (bench.left, bench.right):
            eye.fails["trigger"] = DeviceLost("gone")
        await bench.failed()
        await pause(CLOCK, seconds(0.6))
        assert ("camera-lost", "right", False) in bench.told
        recovering.cancel()

    play(story())


def test_a_camera_that_hangs_in_close_is_opened_nevertheless() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails["trigger"] = DeviceLost("gone")
        bench.left.hangs.add("close")
        await bench.failed()
        bench.left.fails.clear()
        await pause(CLOCK, seconds(3))
        await bench.capture()
        recovering.cancel()

    play(story())


def test_a_camera_that_does_not_open_is_closed_once_and_tried_again_and_again() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        recovering = asyncio.ensure_future(bench.station.recover())
        bench.left.fails = {"trigger": DeviceLost("unplugged"), "open": DeviceMissing("left: is not plugged in")}
        await bench.failed()
        await pause(CLOCK, seconds(5))
        assert (bench.left.closed, bench.left.tried) == (1, 9)
        assert "is not plugged in" in (await bench.failed()).text()
        recovering.cancel()

    play(story())


def test_cameras_that_hang_in_close_hold_the_end_of_the_booth_up_for_two_seconds_and_the_lights_not_at_all() -> None:
    async def story() -> None:
        bench = Bench()
        await bench.station.open()
        bench.lamp.lit = True
        for eye in (bench.left, bench.right):
            eye.hangs.add("close")
        begun = CLOCK.now()
        closing = asyncio.ensure_future(bench.station.close())
        await pause(CLOCK, ms(1))
        assert not bench.lamp.lit
        await closing
        assert CLOCK.now() - begun <= seconds(2.1)

    play(story())


def test_opening_names_every_device_that_is_missing() -> None:
    async def story() -> None:
        bench = Bench()
        bench.left.fails["open"] = DeviceMissing("left: no such camera; check its serial number")
        bench.right.fails["open"] = DeviceMissing("right: no such camera; check its serial number")
        with pytest.raises(DeviceMissing) as caught:
            await bench.station.open()
        assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == ["left", "right"]

    play(story())
