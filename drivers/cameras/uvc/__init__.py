"""UVC cameras (webcams, board cameras): colour, free-running, through OpenCV and the kernel's V4L2."""

from functools import partial
from pathlib import Path

from drivers.cameras.uvc.camera import UvcCamera
from drivers.cameras.uvc.finding import attached
from drivers.cameras.uvc.wanted import read_wanted
from drivers.registry import Bench, Options

__all__ = ["UvcCamera", "make"]


def make(options: Options, bench: Bench) -> UvcCamera:
    """`device`, and the keys of read_wanted."""
    opens = partial(attached, bench.name, Path(options["device"]))
    return UvcCamera(bench.name, opens, read_wanted(options), bench.clock)
