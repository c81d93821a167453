"""An open UVC camera, on one thread: what it is set to, and its frames."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.cameras.uvc.controls import BY_HAND, Control, Limits
from drivers.cameras.uvc.stamps import Buffered, buffered
from drivers.cameras.uvc.wanted import Wanted
from drivers.clock import Clock
from drivers.errors import BadFrame, DeviceBusy, DeviceLost, OutOfRange
from drivers.frames import CameraInfo, Colour, Intrinsics
from drivers.units import Duration, as_ms

UNIT = Duration(100_000)  # of exposure, ns
FOCAL = 1.0  # of the picture's width: such a camera sees about 53 degrees, and states nothing until it is calibrated
BEGIN, END = b"\xff\xd8", b"\xff\xd9"  # of a JPEG


@dataclass(frozen=True, slots=True)
class Opened:
    """A device that was found and opened. `capture` is a cv2.VideoCapture; `let_go` gives the device node back."""

    capture: Any
    controls: "Settable"
    model: str
    serial: str
    let_go: Callable[[], None] = lambda: None


class Settable(Protocol):
    """Of drivers.cameras.uvc.controls.Controls, what sets a camera."""

    def limits(self, control: Control) -> Limits | None: ...
    def set(self, control: Control, value: int) -> int: ...


class UvcDevice:
    """Order: fix, prove, (expose | grab, picture | check)*, release. Raises DeviceLost once the camera is gone."""

    def __init__(self, name: str, opened: Opened, wanted: Wanted, clock: Clock) -> None:
        self._name, self._opened, self._wanted, self._clock = name, opened, wanted, clock
        self._capture, self._controls = opened.capture, opened.controls

    def fix(self) -> CameraInfo:
        """Set what stays. Raises OutOfRange for what it does not take, and names what it took instead."""
        wanted, capture = self._wanted, self._capture
        capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted.fourcc))
        self._format("frame width", cv2.CAP_PROP_FRAME_WIDTH, wanted.width_px)
        self._format("frame height", cv2.CAP_PROP_FRAME_HEIGHT, wanted.height_px)
        self._format("frame rate", cv2.CAP_PROP_FPS, wanted.fps)
        self._format("pixel format", cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*wanted.fourcc))
        capture.set(cv2.CAP_PROP_CONVERT_RGB, 0 if wanted.fourcc == "MJPG" else 1)
        with self._asked("set"):
            self._by_hand()
            if wanted.white_balance_k is not None:
                self._control("white balance", Control.WHITE_BALANCE_K, wanted.white_balance_k, "white_balance_k")
            if wanted.gain is not None:
                self._control("gain", Control.GAIN, wanted.gain, "gain")
        width, height = wanted.width_px, wanted.height_px
        eye = Intrinsics(width, height, width * FOCAL, width * FOCAL, (width - 1) / 2, (height - 1) / 2)
        return CameraInfo(self._opened.model, self._opened.serial, False, colour=eye)

    def expose(self, exposure: Duration) -> Duration:
        """Returns what it took. Raises OutOfRange with the allowed interval."""
        with self._asked("exposure"):
            limits = self._controls.limits(Control.EXPOSURE_100_US)
            if limits is None:
                raise OutOfRange(f"{self._name}: has no exposure in ms that could be fixed; take another camera")
            least, most = Duration(limits.least * UNIT), Duration(min(limits.most * UNIT, self._wanted.period))
            if not least <= exposure <= most:
                raise OutOfRange(
                    f"{self._name}: an exposure of {as_ms(exposure):g} ms is not between {as_ms(least):g} and "
                    f"{as_ms(most):g} ms; correct exposure_ms"
                )
            took = Duration(self._controls.set(Control.EXPOSURE_100_US, round(exposure / UNIT)) * UNIT)
        if abs(took - exposure) > max(UNIT, exposure // 10):
            raise OutOfRange(
                f"{self._name}: was asked to expose for {as_ms(exposure):g} ms and took {as_ms(took):g} ms; "
                "ask for what it can do, in exposure_ms"
            )
        return took

    def prove(self) -> None:
        """Begin to stream. Raises DeviceBusy."""
        if self.grab() is None:
            raise DeviceBusy(f"{self._name}: sends no frames; another program may have it, or its USB bus is full")

    def grab(self) -> Buffered | None:
        """The next buffer of the queue, however old; waits for one. None: a camera that is gone, or that has stalled,
        which takes ten seconds."""
        if not self._capture.grab():
            return None
        return buffered(self._clock.now(), self._capture.get(cv2.CAP_PROP_POS_MSEC))

    def picture(self) -> Colour:
        """Of the buffer that was grabbed last; a copy. Raises BadFrame."""
        came, picture = self._capture.retrieve()
        if came and self._wanted.fourcc == "MJPG":
            picture = decoded(self._name, np.asarray(picture).tobytes())
        expected = (self._wanted.height_px, self._wanted.width_px, 3)
        if not came or picture is None or picture.shape != expected:
            raise BadFrame(f"{self._name}: the frame cannot be decoded; trigger again, and look at the cable")
        return np.array(picture, dtype=np.uint8)

    def check(self) -> None:
        """Raises DeviceLost."""
        with self._asked("answer"):
            self._controls.limits(Control.GAIN)

    def release(self) -> None:
        self._capture.release()
        self._opened.let_go()

    def _by_hand(self) -> None:
        """Everything that changes by itself is switched off: two pictures of one thing are to be the same."""
        for control, value in (
            (Control.EXPOSURE_MODE, BY_HAND),
            (Control.SLOWER_IN_THE_DARK, 0),
            (Control.AUTO_WHITE_BALANCE, 0),
            (Control.AUTO_GAIN, 0),
        ):
            if self._controls.limits(control) is not None and (took := self._controls.set(control, value)) != value:
                word = control.name.lower().replace("_", " ")
                raise OutOfRange(f"{self._name}: its {word} cannot be fixed: it stays at {took}; take another camera")

    def _control(self, what: str, control: Control, value: int, key: str) -> None:
        limits = self._controls.limits(control)
        if limits is None:
            raise OutOfRange(f"{self._name}: has no {what} to set; leave {key} out")
        if not limits.least <= value <= limits.most:
            between = f"between {limits.least} and {limits.most}"
            raise OutOfRange(f"{self._name}: a {what} of {value} is not {between}; correct {key}")
        if (took := self._controls.set(control, value)) != value:
            raise OutOfRange(f"{self._name}: was asked for a {what} of {value} and took {took}; write that into {key}")

    def _format(self, what: str, prop: int, value: int) -> None:
        self._capture.set(prop, value)
        took = round(self._capture.get(prop))
        if took != value:
            wish, has = (_fourcc(value), _fourcc(took)) if prop == cv2.CAP_PROP_FOURCC else (value, took)
            raise OutOfRange(
                f"{self._name}: was asked for a {what} of {wish} and took {has}; its list: v4l2-ctl --list-formats-ext"
            )

    @contextmanager
    def _asked(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DeviceLost(f"{self._name}: does not {what} any more ({error.strerror}); look at its cable") from error


def decoded(name: str, jpeg: bytes) -> NDArray[Any] | None:
    """OpenCV decodes what there is of a picture that was cut off, and fills the rest with grey: it is refused here."""
    whole = jpeg.rstrip(b"\0")
    if not (whole.startswith(BEGIN) and whole.endswith(END)):
        raise BadFrame(f"{name}: the frame was cut off after {len(whole)} bytes; trigger again, and look at the cable")
    return cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR)


def _fourcc(code: int) -> str:
    return code.to_bytes(4, "little").decode("ascii", errors="replace")
