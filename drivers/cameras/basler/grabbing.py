"""An open Basler, on the SDK's thread: what it is set to, its triggers, its frames."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from pypylon import genicam, pylon

from drivers.cameras.basler import nodes
from drivers.cameras.basler.counting import BlockCounter
from drivers.cameras.basler.stamps import START_DELAY, Called, Latch, Taken
from drivers.cameras.basler.wanted import MICROSECOND, SOFTWARE, Wanted
from drivers.cameras.device_clock import Ticks
from drivers.clock import Clock
from drivers.errors import DeviceLost, OutOfRange
from drivers.frames import CameraInfo, Colour, Intrinsics
from drivers.units import NANOSECONDS, Duration, Instant, as_ms

BUFFERS = 5
LOOKS_EVERY_MS = 50  # for a camera that is gone, and for a caller that has gone
READY_WITHIN_MS = 500
EMULATED = "BaslerCamEmu"  # device class of pylon's own emulation


@dataclass(frozen=True, slots=True)
class Grabbed:
    """A buffer that has arrived. `sequence` counts the frames that the camera has counted since it was opened, `missed`
    those before this one that no trigger of ours stands for; a `stale` one had come before. `colour` None: it failed,
    and `why`. `ticks`: by the camera's clock."""

    arrived: Instant
    sequence: int
    stale: bool
    missed: int
    ticks: Ticks | None
    colour: Colour | None
    why: str = ""


class Grabber:
    """Every method is called on one thread. Raises DeviceLost once the camera is gone."""

    def __init__(self, name: str, camera: Any, wanted: Wanted, clock: Clock) -> None:
        self._name, self._camera, self._wanted, self._clock = name, camera, wanted, clock
        self._counter = BlockCounter()
        self._due = False  # a software trigger whose frame has not come
        self._triggers = self._missed = self._sequence = 0
        self._converter = pylon.ImageFormatConverter()
        self._converter.OutputPixelFormat = pylon.PixelType_BGR8packed
        self.emulated = camera.GetDeviceInfo().GetDeviceClass() == EMULATED

    def set_up(self) -> CameraInfo:
        """Raises OutOfRange for what this camera cannot be set to."""
        with self._asked():
            self._set_picture()
            self._set_trigger()
            if self._wanted.strobe_line is not None:
                self._set_strobe(self._wanted.strobe_line)
            self._camera.MaxNumBuffer.Value = BUFFERS
            return self._info()

    def expose(self, exposure: Duration) -> Taken:
        """Starts to grab. Raises OutOfRange."""
        with self._asked():
            node = nodes.need(self._camera, "exposure", self._name)
            least, most = (Duration(round(limit * MICROSECOND)) for limit in (node.Min, node.Max))
            if not least <= exposure <= most:
                raise OutOfRange(
                    f"{self._name}: an exposure of {as_ms(exposure):g} ms is not between {as_ms(least):g} and "
                    f"{as_ms(most):g} ms; correct exposure_ms"
                )
            self._put_exposure(node, exposure / MICROSECOND)
            if not self._camera.IsGrabbing():
                self._start()
            return self._taken(Duration(round(node.Value * MICROSECOND)))

    def trigger(self) -> Called:
        """What is left of earlier triggers is thrown away."""
        with self._asked():
            if self._wanted.source == SOFTWARE:
                return self._trigger()
            self._is_ready()  # else what is under way would come as if it had begun after this
            self._drain()
            self._triggers += 1
            now = self._clock.now()
            return Called(now, now)

    def grab(self, until: Instant, wanted: Callable[[], bool]) -> Grabbed | None:
        """The next buffer; None: none came by then, or nobody wants it any more."""
        with self._asked():
            while wanted():
                left = until - self._clock.now()
                wait_ms = min(LOOKS_EVERY_MS, max(0, -(-left // 1_000_000)))
                result = self._camera.RetrieveResult(wait_ms, pylon.TimeoutHandling_Return)
                if result.IsValid():
                    return self._grabbed(result, self._clock.now())
                self._check()
                if left <= 0:
                    return None
        return None

    def latch(self) -> Latch | None:
        """The camera's clock now; None: it cannot be read."""
        with self._asked():
            command, value = nodes.find(self._camera, "latch"), nodes.find(self._camera, "latched")
            if command is None or value is None:
                return None
            before = self._clock.now()
            command.Execute()
            called = Called(before, self._clock.now())
            return Latch(self._ticks(value.Value), called)

    def release(self) -> None:
        with suppress(genicam.GenericException):
            self._camera.StopGrabbing()
        with suppress(genicam.GenericException):
            self._camera.Close()
        with suppress(genicam.GenericException):
            self._camera.DestroyDevice()

    def _set_picture(self) -> None:
        camera, wanted = self._camera, self._wanted
        nodes.put_word(camera, "PixelFormat", wanted.pixel_format, self._name)
        if wanted.size_px is not None:
            self._set_part("Width", "OffsetX", wanted.size_px[0])
            self._set_part("Height", "OffsetY", wanted.size_px[1])
        for automatic in ("ExposureAuto", "GainAuto", "BalanceWhiteAuto"):
            nodes.put_word_where_there_is(camera, automatic, "Off")
        nodes.put_word_where_there_is(camera, "ExposureMode", "Timed")
        nodes.put_number(camera, "gain", wanted.gain, self._name)

    def _set_part(self, what: str, offset: str, size: int) -> None:
        """The middle of the sensor: the lens is before it."""
        nodes.put_number(self._camera, offset, 0, self._name)  # else there may be no room for the size
        nodes.put_number(self._camera, what, size, self._name)
        first = nodes.need(self._camera, offset, self._name)
        first.Value = first.Max // 2 // first.Inc * first.Inc

    def _set_trigger(self) -> None:
        camera, wanted = self._camera, self._wanted
        nodes.put_word_where_there_is(camera, "AcquisitionMode", "Continuous")
        rate = nodes.find(camera, "own frame rate")
        if rate is not None:
            rate.Value = False  # else triggers that come faster than it are lost
        for selected in nodes.words(camera, "TriggerSelector"):
            camera.TriggerSelector.Value = selected
            nodes.put_word_where_there_is(camera, "TriggerMode", "Off")
        nodes.put_word(camera, "TriggerSelector", "FrameStart", self._name)
        nodes.put_word(camera, "TriggerMode", "On", self._name)
        nodes.put_word(camera, "TriggerSource", wanted.source, self._name)
        if wanted.source != SOFTWARE:
            nodes.put_word(camera, "TriggerActivation", wanted.activation, self._name)
        if wanted.delay or nodes.find(camera, "trigger delay") is not None:
            nodes.put_number(camera, "trigger delay", wanted.delay / MICROSECOND, self._name)

    def _set_strobe(self, line: str) -> None:
        nodes.put_word(self._camera, "LineSelector", line, self._name)
        nodes.put_word_where_there_is(self._camera, "LineMode", "Output")
        nodes.put_word(self._camera, "LineSource", "ExposureActive", self._name)

    def _info(self) -> CameraInfo:
        device, camera = self._camera.GetDeviceInfo(), self._camera
        width, height, focal = camera.Width.Value, camera.Height.Value, self._wanted.lens.focal_px
        eye = Intrinsics(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)
        return CameraInfo(device.GetModelName(), device.GetSerialNumber(), self.emulated, colour=eye)

    def _put_exposure(self, node: Any, value_us: float) -> None:
        try:
            node.Value = value_us
        except genicam.AccessException:  # some models lock it while they grab
            self._stop()
            node.Value = value_us

    def _taken(self, exposure: Duration) -> Taken:
        readout, rolls_for = self._span("readout", Duration(0)), self._wanted.readout
        if rolls_for is None:
            shutter = nodes.find(self._camera, "shutter")
            rolls_for = readout if shutter is not None and shutter.Value == "Rolling" else Duration(0)
        return Taken(exposure, max(readout, rolls_for), rolls_for, self._span("start delay", START_DELAY))

    def _span(self, what: str, otherwise: Duration) -> Duration:
        told = nodes.read_number(self._camera, what)
        return otherwise if told is None else Duration(round(told * MICROSECOND))

    def _start(self) -> None:
        self._counter, self._due = BlockCounter(), False
        self._camera.StartGrabbing(pylon.GrabStrategy_OneByOne)

    def _stop(self) -> None:
        self._camera.StopGrabbing()

    def _start_anew(self) -> None:
        self._stop()
        self._start()

    def _drain(self) -> None:
        while (result := self._camera.RetrieveResult(0, pylon.TimeoutHandling_Return)).IsValid():
            self._count(result.BlockID)
            result.Release()

    def _trigger(self) -> Called:
        self._drain()
        if self._due:
            self._start_anew()  # nothing else empties what is under way
        if not self._is_ready():
            self._check()
            raise DeviceLost(f"{self._name}: is not ready for a trigger within {READY_WITHIN_MS} ms; close and open it")
        self._due, self._triggers = True, 1
        before = self._clock.now()
        self._camera.ExecuteSoftwareTrigger()
        return Called(before, self._clock.now())

    def _is_ready(self) -> bool:
        """Waits for it. A camera that cannot tell is taken to be."""
        camera = self._camera
        return not camera.CanWaitForFrameTriggerReady() or camera.WaitForFrameTriggerReady(
            READY_WITHIN_MS, pylon.TimeoutHandling_Return
        )

    def _grabbed(self, result: Any, arrived: Instant) -> Grabbed:
        try:
            stale = not self._count(result.BlockID)
            missed, self._missed = self._missed, 0
            ticks = self._ticks(result.TimeStamp) if result.TimeStamp else None
            if result.GrabSucceeded():
                return Grabbed(arrived, self._sequence, stale, missed, ticks, self._bgr(result))
            self._check()
            # The code can be 0 for a buffer that failed: only the flag and the text can be trusted.
            why = str(result.ErrorDescription) or "no reason given"
            return Grabbed(arrived, self._sequence, stale, missed, ticks, None, why)
        finally:
            result.Release()

    def _count(self, block: int) -> bool:
        """Whether it is a new one."""
        advance = self._counter.advance(block)
        self._sequence += max(0, advance)
        self._missed += max(0, advance - self._triggers)
        self._due, self._triggers = False, 0
        return advance > 0

    def _bgr(self, result: Any) -> Colour:
        """A copy: the buffer goes back to the SDK."""
        if result.PixelType == pylon.PixelType_BGR8packed:
            picture: Colour = result.GetArray()
            return picture
        converted: Colour = self._converter.Convert(result).GetArray()
        return converted

    def _ticks(self, count: int) -> Ticks:
        frequency = nodes.read_number(self._camera, "tick frequency") or NANOSECONDS
        return Ticks(round(count * NANOSECONDS / frequency))

    def _check(self) -> None:
        """Takes a millisecond: pylon asks the camera. So it is only done when something is odd."""
        if not self._camera.IsPylonDeviceAttached() or self._camera.IsCameraDeviceRemoved():
            raise DeviceLost(f"{self._name}: the camera is gone; look at its cable and power, then close and open it")

    @contextmanager
    def _asked(self) -> Iterator[None]:
        try:
            yield
        except genicam.GenericException as error:
            self._check()
            raise nodes.refused(self._name, error) from error
