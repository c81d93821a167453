"""The camera that plays recorded sessions."""

import struct
import tempfile
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from drivers.cameras.recorded import RecordedCamera, captures_of, make
from drivers.errors import BadFrame, DeviceError, DeviceMissing, EndOfRecording
from drivers.frames import Frame
from drivers.registry import Bench
from drivers.units import Millimetres, after, ms, seconds
from tests.contracts.camera import CameraContract, CameraStand, Scenario
from tests.drivers.recordings import SESSION, recorded_session
from tests.drivers.virtual import CLOCK, virtually


def camera_of(folder: Path, camera: str = "left") -> RecordedCamera:
    return make({"session": folder, "camera": camera}, Bench("left", CLOCK))


class TestRecordedCamera(CameraContract):
    def play(self, scenario: Scenario) -> None:
        with tempfile.TemporaryDirectory() as folder:
            device = camera_of(recorded_session(Path(folder)))

            async def main() -> None:
                await scenario(CameraStand(clock=CLOCK, cut="a recording has no cable to pull", camera=device))
                await device.close()

            virtually(main)


async def shot(camera: RecordedCamera) -> Frame:
    await camera.trigger()
    return await camera.read(after(CLOCK.now(), seconds(1)))


def play(folder: Path, scenario: Callable[[RecordedCamera], Awaitable[None]]) -> None:
    """The scenario with an armed camera."""

    async def main() -> None:
        camera = camera_of(folder)
        await camera.open()
        await camera.arm(ms(4))
        await scenario(camera)
        await camera.close()

    virtually(main)


def refusal(folder: Path, camera: str = "left") -> DeviceError:
    """What open() says."""

    async def main() -> None:
        await camera_of(folder, camera).open()

    with pytest.raises(DeviceError) as caught:
        virtually(main)
    return caught.value


def test_captures_come_in_order_one_a_trigger_and_then_the_recording_has_ended(tmp_path: Path) -> None:
    async def scenario(camera: RecordedCamera) -> None:
        first, second = await shot(camera), await shot(camera)
        assert first.colour is not None
        assert second.colour is not None
        assert first.depth is not None
        assert (int(first.colour.min()), int(second.colour.min())) == (10, 20)
        assert first.depth[0, 0] == 100
        assert first.depth_unit == Millimetres(0.1)
        for _ in range(2):
            with pytest.raises(EndOfRecording, match="2 captures"):
                await shot(camera)

    play(recorded_session(tmp_path), scenario)


def test_a_frame_keeps_what_the_recording_said_of_itself(tmp_path: Path) -> None:
    async def scenario(camera: RecordedCamera) -> None:
        frame = await shot(camera)
        assert frame.origin == {
            "session": tmp_path.name,
            "capture": "first",
            "recorded_at": "2017-06-01T12:00:00Z",
            "colour": "first.color.png",
            "depth": "first.depth.png",
        }

    play(recorded_session(tmp_path), scenario)


def test_a_capture_that_nobody_read_is_passed_over(tmp_path: Path) -> None:
    async def scenario(camera: RecordedCamera) -> None:
        await camera.trigger()
        assert (await shot(camera)).origin["capture"] == "second"

    play(recorded_session(tmp_path), scenario)


def test_opening_it_again_begins_the_session_anew(tmp_path: Path) -> None:
    async def scenario(camera: RecordedCamera) -> None:
        await shot(camera)
        await camera.open()
        await camera.arm(ms(4))
        frame = await shot(camera)
        assert (frame.origin["capture"], frame.sequence) == ("first", 1)

    play(recorded_session(tmp_path), scenario)


def test_the_captures_of_a_session_are_named_without_opening_it(tmp_path: Path) -> None:
    assert captures_of(recorded_session(tmp_path)) == ("first", "second")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_before_its_end_mark(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-12])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def make_it_a_jpeg_that_was_cut_off(path: Path) -> None:
    _, jpeg = cv2.imencode(".jpg", np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8))
    path.write_bytes(jpeg.tobytes()[: len(jpeg) // 2])


def make_it_text(path: Path) -> None:
    path.write_text("not a picture")


def empty_it(path: Path) -> None:
    path.write_bytes(b"")


def delete_it(path: Path) -> None:
    path.unlink()


def make_it_another_size(path: Path) -> None:
    assert cv2.imwrite(str(path), np.zeros((20, 30), np.uint16))


def keep_only_half_of_its_rows(path: Path) -> None:
    """Whole chunks and right checksums, but too few pixels in them."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 64, 48, 16, 0, 0, 0, 0)
    rows = b"".join(b"\0" + b"\1\1" * 64 for _ in range(24))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)


@pytest.mark.parametrize("file", ["first.color.png", "first.depth.png"])
@pytest.mark.parametrize(
    "harm",
    [
        cut_off, cut_before_its_end_mark, flip_a_bit, make_it_a_jpeg_that_was_cut_off, make_it_text, empty_it,
        delete_it, make_it_another_size, keep_only_half_of_its_rows,
    ],
)  # fmt: skip
def test_a_damaged_picture_is_a_bad_frame_that_names_its_file_and_costs_one_capture(
    tmp_path: Path, file: str, harm: Callable[[Path], None]
) -> None:
    async def scenario(camera: RecordedCamera) -> None:
        harm(tmp_path / file)
        with pytest.raises(BadFrame, match=file):
            await shot(camera)
        assert (await shot(camera)).origin["capture"] == "second"

    play(recorded_session(tmp_path), scenario)


def test_a_folder_without_a_session_is_a_missing_device(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "nowhere")
    assert isinstance(problem, DeviceMissing)
    assert "nowhere/session.yaml" in str(problem)


def test_a_picture_that_is_not_there_is_a_missing_device_at_open(tmp_path: Path) -> None:
    (recorded_session(tmp_path) / "second.depth.png").unlink()
    problem = refusal(tmp_path)
    assert isinstance(problem, DeviceMissing)
    assert "second.depth.png" in str(problem)


def test_a_camera_that_the_session_does_not_have_is_missing_and_the_others_are_named(tmp_path: Path) -> None:
    problem = refusal(recorded_session(tmp_path), camera="top")
    assert isinstance(problem, DeviceMissing)
    assert "'top'; there are: left" in str(problem)


@pytest.mark.parametrize(
    ("mistake", "instead", "says"),
    [
        ("format: 1", "format: 2", "format is not 1"),
        ("serial:", "seriel:", "cameras.left.seriel is not a key here"),
        ("    model: test\n", "", "cameras.left.model is missing"),
        ("[64, 48]", "[64]", "cameras.left.size_px is not a list of 2 numbers"),
        ("fx_px: 50.0", "fx_px: wide", "cameras.left.intrinsics.fx_px has 'wide'"),
        ("fx_px: 50.0, ", "", "cameras.left.intrinsics.fx_px is missing"),
        ("colour: true", "colour: false", "cameras.left.depth is missing"),
        ("colour: true", "colour: 1", "cameras.left.depth_aligned_to_colour is 1, neither true nor false"),
        ("colour: true", "colour: true\n    depth: {}", "cameras.left.depth says where depth lies"),
        ("unit_mm: 0.1", "unit_mm: 0", "cameras.left.depth_unit_mm is 0"),
        ("      left: {colour: second", "      top: {colour: second", "captures.1.frames.top is not a key here"),
        ("- name: second", "- title: second", "captures.1.title is not a key here"),
        ("second.color.png, depth: second.depth.png", "2", "captures.1.frames.left.colour is 2, not a text"),
        ("captures:", "captures: []\nmore:", "more is not a key here"),
        ("{colour: second.color.png, depth: second.depth.png}", "{}", "captures.1.frames.left.colour is missing"),
        ("format: 1", "format: [", "is not YAML"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_session_is_named_by_file_and_key(
    tmp_path: Path, mistake: str, instead: str, says: str
) -> None:
    recorded_session(tmp_path)
    assert mistake in SESSION
    (tmp_path / "session.yaml").write_text(SESSION.replace(mistake, instead, 1))
    problem = str(refusal(tmp_path))
    assert str(tmp_path / "session.yaml") in problem
    assert says in problem


@pytest.mark.parametrize("matrix", ["1 0 0 0 1 0 0 0", "50 0 31 0 50 23 0 0 2", "fifty 0 31 0 50 23 0 0 1"])
def test_an_intrinsics_file_that_is_no_camera_matrix_is_refused(tmp_path: Path, matrix: str) -> None:
    recorded_session(tmp_path)
    inline = "{fx_px: 50.0, fy_px: 50.0, cx_px: 31.5, cy_px: 23.5}"
    (tmp_path / "session.yaml").write_text(SESSION.replace(inline, "eye.txt"))
    (tmp_path / "eye.txt").write_text(matrix)
    assert "cameras.left.intrinsics names eye.txt" in str(refusal(tmp_path))
