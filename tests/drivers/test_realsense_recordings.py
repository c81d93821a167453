"""Recordings of the vendor's format: written while a camera runs, and played as a camera."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyrealsense2", reason="needs the vendor's SDK: pip install 'inspection-booth[realsense]'")

import pyrealsense2 as rs

from drivers.cameras import realsense
from drivers.cameras.realsense import RealSenseCamera
from drivers.clock import pause
from drivers.errors import DeviceMissing, EndOfRecording
from drivers.frames import CameraInfo, Frame
from drivers.registry import Bench
from drivers.units import after, ms, seconds
from tests.drivers.emulated_realsense import CLOCK, NAME, Emulation, in_real_time

FRAMES = 6


def recorded(file: Path, frames: int = FRAMES) -> tuple[CameraInfo, list[Frame]]:
    """What a camera said of itself, and what it gave while it recorded."""
    said: list[CameraInfo] = []
    given: list[Frame] = []

    async def story(there: Emulation) -> None:
        camera = there.camera(record=file)
        said.append(await camera.open())
        await camera.arm(ms(4))
        for _ in range(frames):
            await camera.trigger()
            given.append(await camera.read(after(CLOCK.now(), seconds(3))))
        await camera.close()

    in_real_time(story)
    return said[0], given


def played(file: Path, story: Callable[[RealSenseCamera], Awaitable[None]], **options: Any) -> None:
    async def main() -> None:
        camera = realsense.make_playback({"file": file, **options}, Bench(NAME, CLOCK))
        await camera.open()
        await camera.arm(ms(4))
        await story(camera)
        await camera.close()

    asyncio.run(main())


async def taken(camera: RealSenseCamera) -> Frame:
    await camera.trigger()
    return await camera.read(after(CLOCK.now(), seconds(3)))


async def all_of(camera: RealSenseCamera) -> list[Frame]:
    frames: list[Frame] = []
    try:
        while True:
            frames.append(await taken(camera))
    except EndOfRecording:
        return frames


def test_a_recording_gives_what_the_camera_gave_pixel_for_pixel_with_its_own_times(tmp_path: Path) -> None:
    info, given = recorded(tmp_path / "tray.db3")

    async def story(camera: RealSenseCamera) -> None:
        again = {frame.sequence: frame for frame in await all_of(camera)}
        for frame in given:
            twin = again[frame.sequence]
            assert np.array_equal(twin.colour, frame.colour)  # type: ignore[arg-type]
            assert np.array_equal(twin.depth, frame.depth)  # type: ignore[arg-type]
            assert twin.origin["colour"] == frame.origin["colour"]
            assert twin.origin["depth"] == frame.origin["depth"]
            assert twin.origin["session"] == "tray.db3"
            assert twin.exposed_at > frame.exposed_at

    played(tmp_path / "tray.db3", story)

    async def says_the_same() -> None:
        camera = realsense.make_playback({"file": tmp_path / "tray.db3"}, Bench(NAME, CLOCK))
        assert await camera.open() == info
        await camera.close()

    asyncio.run(says_the_same())


def test_the_first_pair_is_not_missed_however_slowly_the_sensors_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(tmp_path / "tray.db3", frames=2)
    first = min(frame.sequence for frame in played_frames(tmp_path / "tray.db3"))
    start = rs.sensor.start

    def start_slowly(sensor: Any, given: Any) -> None:
        start(sensor, given)
        threading.Event().wait(0.1)

    monkeypatch.setattr(rs.sensor, "start", start_slowly)
    assert played_frames(tmp_path / "tray.db3")[0].sequence == first == 1


def played_frames(file: Path) -> list[Frame]:
    frames: list[Frame] = []

    async def story(camera: RealSenseCamera) -> None:
        frames.extend(await all_of(camera))

    played(file, story)
    return frames


def test_no_pair_is_left_out_however_long_a_trigger_takes_to_come(tmp_path: Path) -> None:
    recorded(tmp_path / "tray.db3")

    async def story(camera: RealSenseCamera) -> None:
        first = await taken(camera)
        await pause(CLOCK, ms(300))
        second = await taken(camera)
        assert second.sequence == first.sequence + 1
        assert (first.missed, second.missed) == (0, 0)

    played(tmp_path / "tray.db3", story)


def test_at_its_own_pace_it_goes_on_between_triggers(tmp_path: Path) -> None:
    recorded(tmp_path / "tray.db3")

    async def story(camera: RealSenseCamera) -> None:
        first = await taken(camera)
        await pause(CLOCK, ms(200))
        assert (await taken(camera)).sequence >= first.sequence + 4

    played(tmp_path / "tray.db3", story, real_time=True)


def test_after_its_end_it_says_so_again_until_it_is_opened_again(tmp_path: Path) -> None:
    recorded(tmp_path / "tray.db3", frames=2)

    async def story(camera: RealSenseCamera) -> None:
        first = (await all_of(camera))[0].sequence
        with pytest.raises(EndOfRecording, match="played to its end"):
            await taken(camera)
        await camera.close()
        await camera.open()
        await camera.arm(ms(4))
        assert (await taken(camera)).sequence == first

    played(tmp_path / "tray.db3", story)


def test_a_recording_can_be_played_and_moved_as_soon_as_its_camera_is_closed(tmp_path: Path) -> None:
    async def story(there: Emulation) -> None:
        camera = there.camera(record=tmp_path / "tray.db3")
        await camera.open()
        await camera.arm(ms(4))
        await taken(camera)
        await camera.close()
        player = realsense.make_playback({"file": tmp_path / "tray.db3"}, Bench(NAME, CLOCK))
        await player.open()
        await player.arm(ms(4))
        await taken(player)
        await player.close()
        (tmp_path / "tray.db3").rename(tmp_path / "other.db3")

    in_real_time(story)


def test_a_camera_that_is_opened_again_does_not_write_over_what_it_recorded(tmp_path: Path) -> None:
    recorded(tmp_path / "tray.db3", frames=1)
    before = (tmp_path / "tray.db3").read_bytes()
    recorded(tmp_path / "tray.db3", frames=1)
    assert (tmp_path / "tray.db3").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tray-2.db3", "tray.db3"]


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("nothing.db3", None, "is not there"),
        ("old.bag", b"#ROSBAG V2.0", "is not a .db3"),
        ("broken.db3", b"nonsense" * 64, "cannot be played"),
    ],
)
def test_what_cannot_be_played_is_missing_and_named(
    tmp_path: Path, file: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / file).write_bytes(content)
    camera = realsense.make_playback({"file": tmp_path / file}, Bench(NAME, CLOCK))
    with pytest.raises(DeviceMissing, match=f"{file}: {says}"):
        asyncio.run(camera.open())
