"""The controls of a V4L2 device, by the kernel's own numbers (linux/v4l2-controls.h, linux/videodev2.h)."""

import fcntl
import struct
from dataclasses import dataclass
from enum import IntEnum

QUERYCAP, GET, SET, QUERY = 0x80685600, 0xC008561B, 0xC008561C, 0xC0445624
CAPTURES = 0x00000001  # V4L2_CAP_VIDEO_CAPTURE
BY_HAND = 1  # V4L2_EXPOSURE_MANUAL


class Control(IntEnum):
    AUTO_WHITE_BALANCE = 0x0098090C
    AUTO_GAIN = 0x00980912
    GAIN = 0x00980913
    WHITE_BALANCE_K = 0x0098091A
    EXPOSURE_MODE = 0x009A0901
    EXPOSURE_100_US = 0x009A0902
    SLOWER_IN_THE_DARK = 0x009A0903  # V4L2_CID_EXPOSURE_AUTO_PRIORITY: the frame rate drops with the light


@dataclass(frozen=True, slots=True)
class Limits:
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Identity:
    """`captures`: of the two nodes that a UVC camera has, the other one is metadata."""

    model: str
    captures: bool


class Controls:
    """Of an open device node. Every call raises OSError as the kernel does: ENODEV for a camera that was pulled."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def identity(self) -> Identity:
        told = fcntl.ioctl(self._handle, QUERYCAP, bytes(104))
        _, card, _, _, _, of_this_node = struct.unpack("16s32s32sIII12x", told)
        return Identity(card.split(b"\0")[0].decode(errors="replace"), bool(of_this_node & CAPTURES))

    def limits(self, control: Control) -> Limits | None:
        """None: the device has no such control."""
        try:
            told = fcntl.ioctl(self._handle, QUERY, struct.pack("I64x", control))
        except OSError as error:
            if error.errno == 22:  # EINVAL
                return None
            raise
        _, _, _, least, most, _, _, _ = struct.unpack("II32siiiiI8x", told)
        return Limits(least, most)

    def get(self, control: Control) -> int:
        value: int = struct.unpack("Ii", fcntl.ioctl(self._handle, GET, struct.pack("Ii", control, 0)))[1]
        return value

    def set(self, control: Control, value: int) -> int:
        """What it took, as it says when asked afterwards: cameras round, and some ignore."""
        fcntl.ioctl(self._handle, SET, struct.pack("Ii", control, value))
        return self.get(control)
