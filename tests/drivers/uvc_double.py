"""A double of what OpenCV and V4L2 give of a UVC camera, for machines without one. It shows what our driver does with
what it is told, and nothing of cameras: tests/drivers/test_uvc_camera.py runs on every /dev/video* that it finds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from drivers.cameras.uvc.controls import Control, Limits
from drivers.cameras.uvc.device import Opened
from drivers.clock import SystemClock
from drivers.units import NANOSECONDS, Instant

CLOCK = SystemClock()
QUEUE = 4
STALL_S = 1.5  # OpenCV: 10

LIMITS = {
    Control.EXPOSURE_MODE: Limits(0, 3),
    Control.EXPOSURE_100_US: Limits(1, 5000),
    Control.AUTO_WHITE_BALANCE: Limits(0, 1),
    Control.WHITE_BALANCE_K: Limits(2800, 6500),
    Control.GAIN: Limits(0, 255),
}


@dataclass
class Double:
    """Both a cv2.VideoCapture and the controls. `takes`: what it makes of a value; `missing`: controls it has not."""

    stamped: bool = True
    takes: dict[Control, Callable[[int], int]] = field(default_factory=dict)
    missing: set[Control] = field(default_factory=set)
    formats: dict[int, float] = field(default_factory=dict)
    fixed: dict[int, float] = field(default_factory=dict)
    values: dict[Control, int] = field(default_factory=dict)
    unplugged: bool = False
    stalls: bool = False
    released: threading.Event = field(default_factory=threading.Event)
    grabs: int = 0
    _queue: list[int] = field(default_factory=list)
    _next: int = 0
    _stamp: Instant = Instant(0)

    def opened(self) -> Opened:
        self.released.clear()
        self._queue, self._next = [], 0
        return Opened(self, self, "double", "1")

    def limits(self, control: Control) -> Limits | None:
        if self.unplugged:
            raise OSError(19, "No such device")
        return None if control in self.missing else LIMITS.get(control)

    def set(self, what: int, value: float) -> Any:
        if isinstance(what, Control):
            self.values[what] = self.takes.get(what, int)(int(value))
            return self.values[what]
        self.formats[what] = self.fixed.get(what, value)
        return True

    def get(self, what: int) -> float:
        if what == cv2.CAP_PROP_POS_MSEC:
            return self._stamp / 1_000_000 if self.stamped else 0.0
        return self.formats[what]

    def grab(self) -> bool:
        """As the kernel's queue: up to four frames that came since, then the next one when it comes."""
        if self.unplugged or self.stalls:
            self.released.wait(0 if self.unplugged else STALL_S)
            return False
        period = round(NANOSECONDS / self.formats[cv2.CAP_PROP_FPS])
        self._look_into_the_queue(CLOCK.now() // period)
        self._stamp = Instant(self._queue.pop(0) * period)
        threading.Event().wait(max(0, self._stamp - CLOCK.now()) / NANOSECONDS)
        self.grabs += 1
        return True

    def _look_into_the_queue(self, now: int) -> None:
        """Frames are numbered by time. A full queue keeps its old ones, and those that come are dropped."""
        if not self._queue:
            came = range(self._next, min(now + 1, self._next + QUEUE)) if self._next else ()
            self._queue = [*came] or [max(self._next, now + 1)]
            self._next = max(now, self._queue[-1]) + 1

    def retrieve(self) -> tuple[bool, Any]:
        size = int(self.formats[cv2.CAP_PROP_FRAME_HEIGHT]), int(self.formats[cv2.CAP_PROP_FRAME_WIDTH]), 3
        return True, np.full(size, self.grabs % 256, np.uint8)

    def release(self) -> None:
        self.released.set()
