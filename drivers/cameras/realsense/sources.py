"""Where a camera's device object comes from: the USB bus, a recording, or an emulator."""

from pathlib import Path
from typing import Any, Protocol

import pyrealsense2 as rs

from drivers.discovery.realsense_usb import on_the_bus, why_none
from drivers.errors import DeviceMissing


class Source(Protocol):
    """Called on the SDK's thread, but for `gone`, which is asked often and from anywhere."""

    @property
    def live(self) -> bool:
        """Whether it sees what happens now."""

    def find(self) -> Any:
        """The SDK's device. Raises DeviceMissing."""

    def gone(self) -> bool:
        """Whether what was found last has been unplugged since."""

    def over(self) -> bool:
        """Whether it has no more frames to give."""

    def release(self) -> None:
        """Let go of what was found."""


class Attached:
    """The camera of this serial number on this machine."""

    live = True

    def __init__(self, name: str, serial: str) -> None:
        self._name, self._serial = name, serial
        self._context: Any = None
        self._device: Any = None
        self._gone = False

    def find(self) -> Any:
        self._gone = False
        self._context = rs.context()
        serials = {}
        for device in self._context.query_devices():
            if device.supports(rs.camera_info.serial_number):
                serials[device.get_info(rs.camera_info.serial_number)] = device
        if self._serial not in serials:
            raise DeviceMissing(self._missing(sorted(serials)))
        self._device = serials[self._serial]
        self._context.set_devices_changed_callback(self._changed)
        return self._device

    def gone(self) -> bool:
        return self._gone

    def over(self) -> bool:
        return False

    def release(self) -> None:
        self._device = self._context = None

    def _changed(self, change: Any) -> None:
        # On the SDK's own thread, with what is in `release` perhaps under way.
        device = self._device
        self._gone |= device is not None and change.was_removed(device)

    def _missing(self, serials: list[str]) -> str:
        there = f"there are: {', '.join(serials)}" if serials else why_none(on_the_bus())
        return f"{self._name}: no RealSense has the serial number {self._serial!r}; {there}"


class Recording:
    """A .db3 that `record` or the vendor's viewer wrote. At its own pace (`real_time`), or as fast as it is taken."""

    live = False

    def __init__(self, name: str, file: Path, real_time: bool) -> None:
        self._name, self._file, self._real_time = name, file, real_time
        self._context: Any = None
        self._playback: Any = None

    def find(self) -> Any:
        if not self._file.is_file():
            raise DeviceMissing(f"{self._name}: {self._file}: is not there; correct file")
        if self._file.suffix != ".db3":
            raise DeviceMissing(
                f"{self._name}: {self._file}: is not a .db3; convert it: rs-convert, or record it again"
            )
        self._context = rs.context()
        try:
            device = self._context.load_device(str(self._file))
        except RuntimeError as error:
            # A file stays locked until the last reference to its recorder, and to any of its frames, is gone.
            raise DeviceMissing(f"{self._name}: {self._file}: cannot be played: {error}") from error
        self._playback = device.as_playback()
        self._playback.set_real_time(self._real_time)
        return device

    def gone(self) -> bool:
        return False

    def over(self) -> bool:
        # The SDK does not say so by itself: it only falls silent.
        return self._playback is not None and self._playback.current_status() == rs.playback_status.stopped

    def release(self) -> None:
        self._playback = self._context = None
