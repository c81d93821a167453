"""`booth devices`: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from booth.cli.devices import answered
from booth.cli.exits import Exit
from booth.settings.cameras import Camera
from drivers.discovery import Found, Look, Option, Problem

BOOTH = Path(sys.executable).with_name("booth")
D435 = Found(
    "realsense", "D435", "0123", "2-1", {"USB": "3.2"}, ("depth z16 848 x 480 at 30",), {"depth": {"fx_px": 424.0}},
    (Option("gain", "16", (16, 248, 1)), Option("preset", "Hand", choices=("Hand", "Default"), writable=False)),
    {"driver": "realsense", "serial": "0123", "depth_px": [640, 480]},
)  # fmt: skip
BUSY = Problem("basler", "busy", "error", "basler: another program holds 9; stop that one")
SHUT = Problem("uvc", "no-permission", "error", "uvc: /dev/video0 may not be opened")
IDLE = Problem("uvc", "none", "info", "uvc: no video camera has a node in /dev")


def devices(*arguments: str, emulated: int = 0) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYLON_CAMEMU": str(emulated), "COLUMNS": "100"}
    return subprocess.run([BOOTH, "devices", *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("look", "ends"),
    [
        (Look((D435,), (IDLE,)), None),
        (Look((), (IDLE,)), Exit.DEVICE_MISSING),
        (Look((D435,), (SHUT,)), Exit.DEVICE_MISSING),
        (Look((D435,), (BUSY, SHUT)), Exit.DEVICE_BUSY),
    ],
    ids=["found", "nothing", "shut", "busy"],
)
def test_it_ends_well_only_if_something_is_there_and_all_of_it_can_be_used(look: Look, ends: Exit | None) -> None:
    assert answered({"all": look}).ends == ends


def test_what_it_proposes_is_yaml_that_the_settings_take() -> None:
    text = answered({"realsense": Look((D435,))}).text
    shown, _, block = text.partition("cameras:\n")
    cameras: dict[str, Any] = TypeAdapter(dict[str, Camera]).validate_python(
        yaml.safe_load("cameras:\n" + block)["cameras"]
    )
    assert cameras["realsense-1"].serial == "0123"
    assert cameras["realsense-1"].depth_px == (640, 480)
    assert "gain = 16 (16 to 248 by 1)" in shown
    assert "preset = Hand (Hand, Default), read only" in shown


def test_an_emulated_basler_is_listed_and_what_is_guessed_is_marked() -> None:
    pytest.importorskip("pypylon", reason="extra [basler] is not installed")
    done = devices("--kind", "basler", emulated=1)
    assert done.returncode == Exit.OK, done.stderr
    assert done.stdout.startswith("basler: Emulation 0815-0000 at ")
    assert "lens_mm: 8.0  # a guess, correct it: focal length, printed on the lens" in done.stdout


def test_with_json_the_answer_is_one_object_and_tells_what_is_missing() -> None:
    done = devices("--kind", "serial", "--json")
    told = json.loads(done.stdout)
    lines = sorted(Path("/sys/class/tty").glob("ttyUSB*")) + sorted(Path("/sys/class/tty").glob("ttyACM*"))
    if lines:
        assert len(told["data"]["found"]) == len(lines)
    else:
        assert (done.returncode, told["status"]) == (Exit.DEVICE_MISSING, "error")
        assert told["diagnostics"][0]["code"] == "none"
    assert told["data"]["proposal"] == {"cameras": {}}


def test_an_unknown_kind_is_a_mistake_of_usage() -> None:
    done = devices("--kind", "webcam")
    assert done.returncode == Exit.USAGE
    assert "realsense" in done.stderr
