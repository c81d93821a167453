"""What is found on a machine, and what is said of what is not: the vendors' emulators, and a /sys in a folder."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from booth.cli.devices import proposed
from booth.settings.cameras import Camera
from booth.settings.nouns import Name
from drivers.discovery import Found, Look, Problem, basler, look, realsense, serial_lines, uvc
from drivers.discovery.found import Detail
from drivers.discovery.machine import Machine, on_usb
from drivers.frames import CameraInfo, Intrinsics, Transform
from drivers.units import Instant, seconds
from tests.drivers.buses import D435, Bus

CAMERAS: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[Name, Camera])
ILL = "tests.drivers.ill_looks:"
ACE = ("2676", "ba02", "ace USB3 Vision Camera")


def codes(problems: tuple[Problem, ...]) -> list[str]:
    return [each.code for each in problems]


def bus(tmp_path: Path) -> Bus:
    return Bus(tmp_path)


def software(usb: str = "3.2") -> Any:
    pytest.importorskip("pyrealsense2", reason="extra [realsense] is not installed")
    from fakes.emulators.realsense_device import SoftwareRealSense

    depth = Intrinsics(848, 480, 424.0, 424.0, 423.5, 239.5)
    colour = Intrinsics(1280, 720, 920.0, 920.0, 639.5, 359.5)
    info = CameraInfo("D435", "123", True, colour, depth, Transform(translation_mm=(15.0, 0.0, 0.0)))
    return SoftwareRealSense(info, Instant(0), usb=usb).device


def of_devices(devices: list[Any], bus: Bus, detail: Detail = Detail.NAMES) -> Look:
    return realsense.among(devices, on_usb(bus.machine), bus.machine, detail)


def test_a_realsense_is_listed_with_its_streams_lenses_and_options(tmp_path: Path) -> None:
    there = bus(tmp_path)
    device = software()
    (brief,), (longer,), (whole,) = (of_devices([device], there, detail).found for detail in Detail)
    assert (brief.model, brief.serial, brief.streams, brief.options) == ("D435", "123", (), ())
    assert brief.facts == {"USB": "3.2", "firmware": "5.17.0.10", "product": "0B07"}
    assert longer.streams == ("color bgr8 1280 x 720 at 30", "depth z16 848 x 480 at 30")
    assert longer.lenses["color"]["fx_px"] == 920.0
    assert longer.options == ()
    exposure = next(each for each in whole.options if each.name == "Stereo Module: exposure")
    assert (exposure.limits, exposure.writable) == ((1, 165_000, 1), True)
    assert not next(each for each in whole.options if each.name.endswith("depth units")).writable


def test_a_realsense_without_the_usual_sizes_is_proposed_with_those_that_it_has(tmp_path: Path) -> None:
    pytest.importorskip("pyrealsense2", reason="extra [realsense] is not installed")
    from fakes.emulators.realsense_device import SoftwareRealSense

    eye = Intrinsics(640, 480, 424.0, 424.0, 319.5, 239.5)
    device = SoftwareRealSense(CameraInfo("D435", "123", True, eye, eye), Instant(0)).device
    (found,) = of_devices([device], bus(tmp_path)).found
    assert found.block == {"driver": "realsense", "serial": "123", "depth_px": [640, 480], "colour_px": [640, 480]}


def test_a_recording_that_the_sdk_plays_is_described_as_a_camera(tmp_path: Path) -> None:
    pytest.importorskip("pyrealsense2", reason="extra [realsense] is not installed")
    import pyrealsense2 as rs

    from tests.drivers.test_realsense_recordings import recorded

    recorded(tmp_path / "tray.db3", frames=2)
    context = rs.context()
    (found,) = of_devices([context.load_device(str(tmp_path / "tray.db3"))], bus(tmp_path), Detail.OPTIONS).found
    assert found.serial == "flat-left"
    assert [stream.split()[0] for stream in found.streams] == ["color", "depth"]


def test_a_usb_2_link_is_told_whether_the_sdk_or_the_bus_says_so(tmp_path: Path) -> None:
    there = bus(tmp_path)
    by_sdk = of_devices([software(usb="2.1")], there)
    assert codes(by_sdk.problems) == ["usb2-link"]
    assert "use a USB 3 port" in by_sdk.problems[0].says
    there.plug(*D435, speed="480")
    assert codes(of_devices([software(usb="2.1")], there).problems) == ["usb2-link"]


def test_a_camera_that_the_sdk_does_not_list_is_shut_or_held(tmp_path: Path) -> None:
    there = bus(tmp_path)
    assert codes(of_devices([], there).problems) == ["none"]
    there.plug(*D435)
    assert codes(of_devices([], there).problems) == ["held-or-hung"]
    there.shut.add(there.node(1))
    (problem,) = of_devices([], there).problems
    assert problem.code == "no-permission"
    assert "systemd/60-inspection-booth.rules" in problem.says


def test_an_sdk_that_is_not_installed_is_an_error_only_where_its_camera_is(tmp_path: Path) -> None:
    there = bus(tmp_path)
    for kind, device in ((realsense, D435), (basler, ACE)):
        (idle,) = kind.SDK.missing([]).problems
        there.plug(*device)
        (urgent,) = kind.SDK.missing(on_usb(there.machine)).problems
        assert (idle.severity, urgent.severity) == ("info", "error")
        assert "pip install 'inspection-booth[" in urgent.says


def emulated(detail: Detail) -> list[Found]:
    """As pylon lists two cameras of its own emulation, in the process that is made for the look."""
    pytest.importorskip("pypylon", reason="extra [basler] is not installed")
    command = [sys.executable, "-m", "drivers.discovery", "drivers.discovery.basler:look", str(int(detail))]
    environment = {**os.environ, "PYLON_CAMEMU": "2"}
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return list(Look.unpacked(json.loads(done.stdout)).found)


def test_emulated_baslers_are_listed_with_every_node() -> None:
    brief = emulated(Detail.NAMES)
    assert [each.serial for each in brief] == ["0815-0000", "0815-0001"]
    assert not any(each.streams or each.options for each in brief)
    whole = emulated(Detail.OPTIONS)[0]
    assert "colour BGR8Packed 1024 x 1040" in whole.streams
    exposure = next(each for each in whole.options if each.name == "ExposureTimeAbs")
    assert exposure.limits is not None
    assert next(each for each in whole.options if each.name == "TriggerSource").choices[0] == "Software"
    assert len(whole.options) > 50


def test_a_basler_on_the_bus_that_pylon_does_not_list_is_told(tmp_path: Path) -> None:
    pytest.importorskip("pypylon", reason="extra [basler] is not installed")
    there = bus(tmp_path)
    there.plug(*ACE, speed="480")
    assert codes(basler.look(Detail.NAMES, there.machine).problems) == ["usb2-link", "held-or-hung"]
    there.shut.add(there.node(1))
    assert codes(basler.look(Detail.NAMES, there.machine).problems) == ["usb2-link", "no-permission"]


def test_a_webcam_without_a_node_or_behind_a_shut_one_is_told(tmp_path: Path) -> None:
    there = bus(tmp_path)
    assert codes(uvc.look(Detail.NAMES, there.machine).problems) == ["none"]
    webcam = there.plug("046d", "085c", "C922", "480", classes=("0e", "0e", "01"), driver=False)
    (problem,) = uvc.look(Detail.NAMES, there.machine).problems
    assert problem.code == "no-node"
    assert "modprobe uvcvideo" in problem.says
    (webcam / "2-1:1.0" / "driver").mkdir()
    node = there.give_node("video4linux", "video0", webcam)
    assert codes(uvc.look(Detail.NAMES, there.machine).problems) == ["no-answer"]
    there.shut.add(node)
    assert codes(uvc.look(Detail.NAMES, there.machine).problems) == ["no-permission"]


def test_the_nodes_of_a_realsense_are_no_webcam(tmp_path: Path) -> None:
    there = bus(tmp_path)
    there.give_node("video4linux", "video0", there.plug(*D435, classes=("0e",)))
    assert codes(uvc.look(Detail.NAMES, there.machine).problems) == ["none"]


@pytest.mark.skipif(not any(Path("/dev").glob("video*")), reason="no /dev/video* on this machine")
def test_the_video_cameras_of_this_machine_are_listed_with_their_sizes() -> None:
    seen = uvc.look(Detail.OPTIONS, Machine())
    assert seen.found
    assert all(each.streams for each in seen.found)
    assert any(option.limits is not None for each in seen.found for option in each.options)
    CAMERAS.validate_python(proposed(list(seen.found))[0])


def test_a_serial_line_is_named_by_the_path_that_lasts(tmp_path: Path) -> None:
    there = bus(tmp_path)
    relay = there.plug("1a86", "7523", "USB Serial", "12")
    node = there.give_node("tty", "ttyUSB0", relay, lasting="serial/by-id/usb-1a86_USB_Serial-if00-port0")
    (found,) = serial_lines.look(Detail.STREAMS, there.machine).found
    assert found.at == str(tmp_path / "dev/serial/by-id/usb-1a86_USB_Serial-if00-port0")
    assert found.facts["chip"] == "CH340: an LCUS relay, or an RS-485 adapter"
    there.shut.add(node)
    (problem,) = serial_lines.look(Detail.NAMES, there.machine).problems
    assert "dialout" in problem.says


def test_what_is_proposed_is_valid_in_the_settings(tmp_path: Path) -> None:
    found = [*of_devices([software()], bus(tmp_path)).found, *emulated(Detail.NAMES)]
    found.append(
        Found(
            "uvc", "C922", "", "x", block=uvc.proposal(Path("/dev/v4l/by-id/usb-x-video-index0"), [("YUYV", 640, 480)])
        )
    )
    cameras, to_correct = proposed(found)
    settings = CAMERAS.validate_python(cameras)
    assert list(settings) == ["realsense-1", "basler-1", "basler-2", "uvc-1"]
    assert settings["realsense-1"].serial == "123"
    assert to_correct["basler-2"].keys() == {"lens_mm", "pixel_um"}


@pytest.mark.parametrize(
    ("ill", "code", "says"),
    [
        ("hangs", "look-hung", "did not answer within 3 s"),
        ("crashes", "look-crashed", "SIGSEGV"),
        ("raises", "look-crashed", "the transport layer is not there"),
    ],
)
def test_an_sdk_that_misbehaves_costs_the_look_at_its_own_devices(ill: str, code: str, says: str) -> None:
    looks = look(Detail.STREAMS, {"ill": ILL + ill, "well": ILL + "babbles"}, within=seconds(3))
    (problem,) = looks["ill"].problems
    assert (problem.code, problem.severity) == (code, "error")
    assert says in problem.says
    assert looks["well"].found[0].facts == {"detail": "STREAMS"}


def test_a_look_is_the_same_on_both_sides_of_its_process(tmp_path: Path) -> None:
    there = of_devices([software(usb="2.1")], bus(tmp_path), Detail.OPTIONS)
    assert Look.unpacked(json.loads(json.dumps(there.packed()))) == there
