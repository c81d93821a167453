"""The nodes of a Basler by what they do: cameras of different years call them differently."""

from collections.abc import Sequence
from typing import Any

from pypylon import genicam

from drivers.errors import DeviceError, OutOfRange

# SFNC 2 first (USB, ace 2, newer GigE), then what GigE cameras of the first generations have.
NAMES = {
    "exposure": ("ExposureTime", "ExposureTimeAbs"),  # us
    "gain": ("Gain", "GainRaw"),  # dB; GainRaw: steps of the model
    "trigger delay": ("TriggerDelay", "TriggerDelayAbs"),  # us
    "readout": ("SensorReadoutTime", "ReadoutTimeAbs"),  # us
    "start delay": ("BslExposureStartDelay", "ExposureStartDelayAbs"),  # us
    "shutter": ("SensorShutterMode", "ShutterMode"),
    "latch": ("TimestampLatch", "GevTimestampControlLatch"),
    "latched": ("TimestampLatchValue", "GevTimestampValue"),
    "tick frequency": ("GevTimestampTickFrequency",),  # Hz; without it the clock counts nanoseconds
    "own frame rate": ("AcquisitionFrameRateEnable",),
}
VALUES = {
    "BGR8": ("BGR8", "BGR8Packed"),
    "RGB8": ("RGB8", "RGB8Packed"),
}
"""Pixel formats that had another name before."""


def find(camera: Any, what: str) -> Any | None:
    """The first node of that name, or of those names in NAMES, that the camera has now."""
    nodes = camera.GetNodeMap()
    found = (nodes.GetNode(name) for name in NAMES.get(what, (what,)))
    return next((node for node in found if node is not None and genicam.IsAvailable(node)), None)


def need(camera: Any, what: str, name: str) -> Any:
    """Raises OutOfRange for a camera without."""
    node = find(camera, what)
    if node is None:
        raise OutOfRange(f"{name}: this camera has no {' or '.join(NAMES.get(what, (what,)))}; remove that setting")
    return node


def put_number(camera: Any, what: str, value: float, name: str) -> float:
    """What the node then holds. Raises OutOfRange with what is allowed."""
    node = need(camera, what, name)
    if not node.Min <= value <= node.Max:
        raise OutOfRange(f"{name}: {what} {value:g} is not between {node.Min:g} and {node.Max:g}")
    node.Value = type(node.Value)(value)
    return float(node.Value)


def put_word(camera: Any, what: str, value: str, name: str) -> None:
    """Raises OutOfRange with the words that the camera knows."""
    node = need(camera, what, name)
    known = tuple(node.Symbolics)
    word = next((each for each in VALUES.get(value, (value,)) if each in known), None)
    if word is None:
        raise OutOfRange(f"{name}: {what} cannot be {value} on this camera; it can be {', '.join(known)}")
    node.Value = word


def put_word_where_there_is(camera: Any, what: str, value: str) -> None:
    node = find(camera, what)
    if node is not None and value in node.Symbolics:
        node.Value = value


def read_number(camera: Any, what: str) -> float | None:
    node = find(camera, what)
    return None if node is None else float(node.Value)


def words(camera: Any, what: str) -> Sequence[str]:
    node = find(camera, what)
    return () if node is None else tuple(node.Symbolics)


def plain(error: Exception) -> str:
    """What pylon said, without where in its code."""
    return str(error).split(" : ", 1)[0].rstrip(". ")


def refused(name: str, error: Exception) -> DeviceError:
    return DeviceError(f"{name}: pylon refuses: {plain(error)}")
