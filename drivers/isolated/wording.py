"""What a camera says, as JSON has it and back. Pixels go through shared memory."""

from dataclasses import asdict
from typing import Any

from drivers import errors
from drivers.errors import DeviceError, DeviceLost
from drivers.frames import CameraInfo, Colour, Frame, Intrinsics, RawDepth, Transform
from drivers.units import Duration, Instant, Millimetres


def words_of_info(info: CameraInfo) -> dict[str, Any]:
    return asdict(info)


def info_of_words(words: dict[str, Any]) -> CameraInfo:
    turn = words["depth_to_colour"]
    x, y, z = turn["translation_mm"]
    return CameraInfo(
        model=words["model"],
        serial=words["serial"],
        simulated=words["simulated"],
        colour=_intrinsics(words["colour"]),
        depth=_intrinsics(words["depth"]),
        depth_to_colour=Transform(tuple(turn["rotation"]), (x, y, z)),
        depth_unit=Millimetres(words["depth_unit"]),
    )


def _intrinsics(words: dict[str, Any] | None) -> Intrinsics | None:
    if words is None:
        return None
    k1, k2, p1, p2, k3 = words["distortion"]
    return Intrinsics(**{**words, "distortion": (k1, k2, p1, p2, k3)})


def words_of_frame(frame: Frame) -> dict[str, Any]:
    """All but its pixels."""
    return {
        "camera": frame.camera,
        "sequence": frame.sequence,
        "exposed_at": frame.exposed_at,
        "exposed_at_error": frame.exposed_at_error,
        "exposure": frame.exposure,
        "readout": frame.readout,
        "depth_unit": frame.depth_unit,
        "origin": frame.origin,
        "missed": frame.missed,
    }


def frame_of_words(words: dict[str, Any], colour: Colour | None, depth: RawDepth | None) -> Frame:
    return Frame(
        camera=words["camera"],
        sequence=words["sequence"],
        exposed_at=Instant(words["exposed_at"]),
        exposed_at_error=Duration(words["exposed_at_error"]),
        exposure=Duration(words["exposure"]),
        readout=Duration(words["readout"]),
        colour=colour,
        depth=depth,
        depth_unit=Millimetres(words["depth_unit"]),
        origin=words["origin"],
        missed=words["missed"],
    )


def words_of_error(error: DeviceError) -> dict[str, Any]:
    return {"error": type(error).__name__, "says": str(error)}


def error_of_words(words: dict[str, Any]) -> DeviceError:
    """The error of that name; of an unknown one a lost device."""
    kind = getattr(errors, words["error"], None)
    known = isinstance(kind, type) and issubclass(kind, DeviceError)
    return kind(words["says"]) if known and kind else DeviceLost(words["says"])
