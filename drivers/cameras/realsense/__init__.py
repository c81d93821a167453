"""Intel RealSense D400: depth and colour, through the vendor's SDK.

Sensors are opened one by one, without a pipeline, so that cameras, recordings and emulated devices go through the same
code.
"""

from pathlib import Path

from drivers.cameras.realsense.camera import RealSenseCamera
from drivers.cameras.realsense.sources import Attached, Recording, Source
from drivers.cameras.realsense.wanted import Wanted, read_wanted
from drivers.registry import Bench, Options

__all__ = ["Attached", "RealSenseCamera", "Recording", "Source", "Wanted", "make", "make_playback", "read_wanted"]


def make(options: Options, bench: Bench) -> RealSenseCamera:
    """`serial`, and the keys of read_wanted."""
    return RealSenseCamera(bench.name, Attached(bench.name, options["serial"]), read_wanted(options), bench.clock)


def make_playback(options: Options, bench: Bench) -> RealSenseCamera:
    """`file` and `real_time`; its streams are what was recorded."""
    real_time = bool(options.get("real_time", False))
    file, wanted = Path(options["file"]), read_wanted({"whatever": True})
    return RealSenseCamera(
        bench.name, Recording(bench.name, file, real_time), wanted, bench.clock, real_time, session=file.name
    )
