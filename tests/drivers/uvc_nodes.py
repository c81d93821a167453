"""The V4L2 cameras of this machine."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from drivers.cameras.uvc import UvcCamera
from drivers.cameras.uvc.controls import Control, Controls, Limits
from drivers.cameras.uvc.device import Opened, Settable
from drivers.cameras.uvc.finding import attached
from drivers.cameras.uvc.wanted import read_wanted
from drivers.clock import SystemClock


def _gives_pictures(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        return Controls(handle).identity().captures
    except OSError:
        return False
    finally:
        os.close(handle)


NODES = sorted(path for path in Path("/dev").glob("video*") if _gives_pictures(path))


@dataclass
class Exposing:
    """A device's own controls, and an exposure for one that has none, as the kernel's vivid. All else is real."""

    real: Settable
    exposure: int = 0

    def limits(self, control: Control) -> Limits | None:
        return Limits(1, 5000) if control is Control.EXPOSURE_100_US else self.real.limits(control)

    def set(self, control: Control, value: int) -> int:
        if control is Control.EXPOSURE_100_US:
            self.exposure = value
            return value
        return self.real.set(control, value)


SIZE = (640, 480)


def _rate(path: Path) -> int:
    """How many frames a second it gives of that size unless it is asked for another rate."""
    capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
    for prop, value in zip((cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT), SIZE, strict=True):
        capture.set(prop, value)
    rate = round(capture.get(cv2.CAP_PROP_FPS))
    capture.release()
    return rate


def at_node(path: Path, **options: Any) -> UvcCamera:
    """At 640x480 and the rate that it has then, unless `options` say otherwise."""

    def opens() -> Opened:
        opened = attached("left", path)
        exposes = opened.controls.limits(Control.EXPOSURE_100_US) is not None
        return opened if exposes else replace(opened, controls=Exposing(opened.controls))

    wanted = read_wanted({"size_px": SIZE, "fps": _rate(path), **options})
    return UvcCamera("left", opens, wanted, SystemClock())
