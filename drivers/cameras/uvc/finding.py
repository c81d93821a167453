"""Finds a UVC camera by the path of its device node and opens it, for one booth at a time."""

import errno
import fcntl
import os
from functools import partial
from pathlib import Path

import cv2

from drivers.cameras.uvc.controls import Controls
from drivers.cameras.uvc.device import Opened
from drivers.errors import DeviceBusy, DeviceMissing

BY_ID = Path("/dev/v4l/by-id")


def attached(name: str, path: Path) -> Opened:
    """Raises DeviceMissing, DeviceBusy."""
    handle = _claimed(name, path)
    try:
        controls = Controls(handle)
        model = _model(name, path, controls)
        capture = cv2.VideoCapture(str(path), cv2.CAP_V4L2)
        if not capture.isOpened():
            raise DeviceBusy(f"{name}: {path} gives no pictures; another program may hold it: fuser -v {path}")
    except BaseException:
        os.close(handle)
        raise
    return Opened(capture, controls, model, serial_of(path), partial(os.close, handle))


def serial_of(path: Path) -> str:
    """As sysfs has it; of a camera without one, the name of its node."""
    above = Path("/sys/class/video4linux", path.resolve().name, "device").resolve()
    told = next((folder / "serial" for folder in (above, *above.parents) if (folder / "serial").is_file()), None)
    return told.read_text().strip() if told else path.name


def _claimed(name: str, path: Path) -> int:
    """V4L2 lets anybody open a node that somebody streams from: a lock keeps the booths of this machine apart."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise DeviceMissing(f"{name}: {path}: {error.strerror}; {_instead(error.errno)}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise DeviceBusy(f"{name}: another booth, or another camera of this one, holds {path}") from error
    return handle


def _instead(code: int | None) -> str:
    if code == errno.EACCES:
        return "its user has to be in the group that the udev rule names"
    found = sorted(map(str, BY_ID.iterdir())) if BY_ID.is_dir() else []
    return f"there are: {', '.join(found) or 'none'}"


def _model(name: str, path: Path, controls: Controls) -> str:
    try:
        identity = controls.identity()
    except OSError as error:
        raise DeviceMissing(f"{name}: {path} is no camera ({error.strerror})") from error
    if not identity.captures:
        raise DeviceMissing(f"{name}: {path} gives no pictures; its neighbour that ends in index0 may")
    return identity.model
