"""Finds a Basler by its serial number and opens it, for one booth at a time."""

import socket
from collections.abc import Callable
from typing import Any

from pypylon import genicam, pylon

from drivers.cameras.basler.nodes import plain
from drivers.errors import DeviceBusy, DeviceMissing

Opens = Callable[[], Any]
"""Gives a pylon.InstantCamera that is open and not grabbing, on the SDK's thread. Raises DeviceMissing, DeviceBusy."""

HELD = ("exclusive", "controlled by another", "already open", "in use")


def attached(name: str, serial: str) -> Any:
    """An Opens."""
    factory = pylon.TlFactory.GetInstance()
    try:
        found = _found(factory, serial)
    except genicam.GenericException as error:
        raise DeviceMissing(f"{name}: pylon cannot look for cameras: {plain(error)}") from error
    if serial not in found:
        there = ", ".join(sorted(found)) or "none"
        raise DeviceMissing(f"{name}: no Basler has the serial {serial}; there are: {there}. Look at cable and power")
    try:
        camera = pylon.InstantCamera(factory.CreateDevice(found[serial]))
        camera.Open()
    except genicam.GenericException as error:
        kind = DeviceBusy if any(word in str(error).lower() for word in HELD) else DeviceMissing
        raise kind(f"{name}: {serial} cannot be opened: {plain(error)}") from error
    return camera


def _found(factory: Any, serial: str) -> dict[str, Any]:
    """By serial, until the wanted one is among them. GigE is asked last: it waits a quarter of a second for answers."""
    classes = sorted((layer.GetDeviceClass() for layer in factory.EnumerateTls()), key=lambda kind: "GigE" in kind)
    found: dict[str, Any] = {}
    for kind in classes:
        wanted = pylon.DeviceInfo()
        wanted.SetDeviceClass(kind)
        found |= {device.GetSerialNumber(): device for device in factory.EnumerateDevices([wanted])}
        if serial in found:
            break
    return found


class Claim:
    """One open camera of that serial on this machine: pylon refuses a second one of its own accord, but not an emulated
    one, and not always within one process. Gone with its process."""

    def __init__(self, name: str, serial: str) -> None:
        """Raises DeviceBusy."""
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.bind(f"\0inspection-booth/basler/{serial}")
        except OSError as error:
            self._socket.close()
            raise DeviceBusy(f"{name}: another booth, or another camera of this one, holds {serial}") from error

    def release(self) -> None:
        self._socket.close()
