"""What a UVC camera is to be set to. Pure."""

from dataclasses import dataclass

from drivers.cameras.device_clock import Underway
from drivers.registry import Options
from drivers.units import NANOSECONDS, Duration, ms

FRAMES_UNDERWAY = 2
"""A camera sends a frame once it is read out, and may hold one back to compress it: until light timing is measured."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`fourcc`: as V4L2 names pixel formats. `underway`: from the end of the first row's exposure to the first packet.
    `readout`: from the first row's exposure to the last one's. None: as the camera comes up."""

    width_px: int
    height_px: int
    fps: int
    fourcc: str
    white_balance_k: int | None
    gain: int | None
    underway: Underway
    readout: Duration

    @property
    def period(self) -> Duration:
        return Duration(NANOSECONDS // self.fps)


def read_wanted(options: Options) -> Wanted:
    """`size_px`, `fps`, `pixel_format`, `white_balance_k`, `gain`, `underway_ms`, `readout_ms`."""
    width, height = options["size_px"]
    fps = int(options["fps"])
    period = Duration(NANOSECONDS // fps)
    underway, readout = options.get("underway_ms"), options.get("readout_ms")
    white, gain = options.get("white_balance_k"), options.get("gain")
    return Wanted(
        width,
        height,
        fps,
        {"yuyv": "YUYV", "mjpg": "MJPG"}[options.get("pixel_format", "yuyv")],
        None if white is None else round(white),
        None if gain is None else round(gain),
        Underway(Duration(0), Duration(FRAMES_UNDERWAY * period)) if underway is None else Underway(*map(ms, underway)),
        period if readout is None else ms(readout),
    )
