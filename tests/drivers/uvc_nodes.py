"""The V4L2 cameras of this machine."""

import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2

from drivers.cameras.uvc import UvcCamera
from drivers.cameras.uvc.controls import QUERY, SET, Control, Controls, Limits
from drivers.cameras.uvc.device import Opened, Settable
from drivers.cameras.uvc.finding import attached
from drivers.cameras.uvc.wanted import read_wanted
from drivers.clock import SystemClock
from drivers.registry import Bench, Options
from tests.contracts.stand import Act

NEXT = 0x80000000  # V4L2_CTRL_FLAG_NEXT_CTRL


@contextmanager
def _open(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    try:
        yield handle
    finally:
        os.close(handle)


def _gives_pictures(path: Path) -> bool:
    try:
        with _open(path) as handle:
            return Controls(handle).identity().captures
    except OSError:
        return False


NODES = sorted(path for path in Path("/dev").glob("video*") if _gives_pictures(path))


@dataclass
class Exposing:
    """A device's own controls, and an exposure for one that has none, as the kernel's vivid. All else is real."""

    real: Settable
    exposure: int = 0

    def limits(self, control: Control) -> Limits | None:
        told = self.real.limits(control)  # asked in any case: a device that is gone says so
        return Limits(1, 5000) if control is Control.EXPOSURE_100_US else told

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


def make(options: Options, bench: Bench) -> UvcCamera:
    """`device`."""
    return at_node(Path(options["device"]))


def unplugs(path: Path) -> Act | str:
    """vivid can be told to vanish; it comes back when everybody has let go of it."""
    with _open(path) as handle:
        number = _numbered(handle, b"Disconnect")
    if number is None:
        return "nobody pulls its cable"

    async def cut() -> None:
        with _open(path) as handle:
            fcntl.ioctl(handle, SET, struct.pack("Ii", number, 0))

    return cut


def _numbered(handle: int, name: bytes) -> int | None:
    """The control of that name."""
    number: int = 0
    while True:
        try:
            told = fcntl.ioctl(handle, QUERY, struct.pack("I64x", number | NEXT))
        except OSError:
            return None
        found, _, called = struct.unpack_from("II32s", told)
        number = int(found)
        if called.split(b"\0")[0] == name:
            return number
