"""RealSense cameras: what the SDK lists, and what the bus shows that the SDK does not."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from drivers.discovery.found import Detail, Found, Look, Option, Problem
from drivers.discovery.machine import Machine, OnUsb
from drivers.discovery.realsense_usb import SDK, on_the_bus, slow_link, why_none

KIND = "realsense"
WANTED = {"depth_px": ("depth", "z16", (848, 480)), "colour_px": ("color", "bgr8", (1280, 720))}
"""The settings' keys: stream, format, and what the driver takes if nothing is said."""
FPS = 30


def look(detail: Detail, machine: Machine) -> Look:
    bus = on_the_bus(machine)
    if find_spec("pyrealsense2") is None:
        return SDK.missing(bus)
    try:
        import pyrealsense2 as rs
    except ImportError as error:
        says = f"realsense: pyrealsense2 does not load ({error}); as root: apt-get install libusb-1.0-0"
        return Look(problems=(Problem(KIND, "sdk-broken", "error", says),))
    context = rs.context()
    return among(list(context.query_devices()), bus, machine, detail)


def among(devices: Iterable[Any], bus: list[OnUsb], machine: Machine, detail: Detail) -> Look:
    """`devices`: of the SDK, in its own words; `bus`: of this maker on the USB bus."""
    found, problems = [], []
    for device in devices:
        try:
            found.append(_described(device, detail))
        except RuntimeError as error:
            problems.append(_unreadable(error))
        else:
            problems += _amiss(found[-1], device, on_bus=bool(bus))
    seen = len(found) + len(problems)
    return Look(tuple(found), (*problems, *SDK.unlisted(bus, machine, seen), *_none(bus, seen)))


def _none(bus: Sequence[OnUsb], seen: int) -> list[Problem]:
    return [] if bus or seen else [Problem(KIND, "none", "info", f"realsense: {why_none(bus)}")]


def _unreadable(error: RuntimeError) -> Problem:
    if any(sign in str(error).lower() for sign in ("busy", "errno=16", "in use")):
        says = f"realsense: a camera is there and another program holds it ({error}); stop that program"
        return Problem(KIND, "busy", "error", says)
    says = f"realsense: a camera is there and does not answer ({error}); unplug it and plug it in again"
    return Problem(KIND, "no-answer", "error", says)


def _amiss(found: Found, device: Any, on_bus: bool) -> list[Problem]:
    """`on_bus`: a slow link has been told from there."""
    problems = []
    who = f"realsense: {found.model} {found.serial}"
    advised = found.facts.get("firmware advised", "")
    if advised and _numbers(found.facts.get("firmware", "")) < _numbers(advised):
        says = (
            f"{who} has firmware {found.facts['firmware']} and the SDK advises {advised}; "
            "update it with the vendor's rs-fw-update, then calibrate again"
        )
        problems.append(Problem(KIND, "old-firmware", "warning", says))
    if not on_bus and (link := slow_link(found.facts.get("USB", ""))):
        problems.append(Problem(KIND, "usb2-link", "warning", f"{who}{link}"))
    if not list(device.query_sensors()):
        says = f"{who} is in recovery: it has no sensors; write its firmware anew with the vendor's rs-fw-update -r"
        problems.append(Problem(KIND, "recovery", "error", says))
    return problems


def _described(device: Any, detail: Detail) -> Found:
    import pyrealsense2 as rs

    info = rs.camera_info
    profiles = [each.as_video_stream_profile() for one in device.query_sensors() for each in one.get_stream_profiles()
                if each.is_video_stream_profile()]  # fmt: skip
    facts = {
        word: text
        for word, key in (
            ("USB", info.usb_type_descriptor),
            ("firmware", info.firmware_version),
            ("firmware advised", info.recommended_firmware_version),
            ("product", info.product_id),
        )
        if (text := _text(device, key))
    }
    deep = detail >= Detail.STREAMS
    serial = _text(device, info.serial_number)
    return Found(
        KIND,
        _text(device, info.name).removeprefix("Intel RealSense "),
        serial,
        _text(device, info.physical_port),
        facts,
        _streams(profiles) if deep else (),
        _lenses(profiles) if deep else {},
        _options(device) if detail >= Detail.OPTIONS else (),
        {"driver": "realsense", "serial": serial, **_sizes(profiles)},
    )


def _sizes(profiles: list[Any]) -> Mapping[str, Any]:
    """What has to be said because the camera, or its link, lacks what the driver takes if nothing is said."""
    block: dict[str, Any] = {}
    for key, (stream, kind, usual) in WANTED.items():
        sizes = {(each.width(), each.height()) for each in profiles
                 if (_stream(each), _format(each), each.fps()) == (stream, kind, FPS)}  # fmt: skip
        if usual not in sizes:
            block[key] = list(max(sizes)) if sizes else None
    return block


def _streams(profiles: list[Any]) -> tuple[str, ...]:
    """One line for each stream, format and size, with its rates."""
    rates: dict[tuple[str, str, int, int], set[int]] = {}
    for each in profiles:
        rates.setdefault((_stream(each), _format(each), each.width(), each.height()), set()).add(each.fps())
    return tuple(
        f"{stream} {kind} {width} x {height} at {', '.join(str(fps) for fps in sorted(at))}"
        for (stream, kind, width, height), at in sorted(rates.items())
    )


def _lenses(profiles: list[Any]) -> dict[str, dict[str, Any]]:
    """Of each stream's largest picture."""
    lenses: dict[str, dict[str, Any]] = {}
    for each in sorted(profiles, key=lambda profile: -profile.width()):
        try:
            eye = each.get_intrinsics()
        except RuntimeError:  # some of a recording's streams, and of a camera in recovery, have none
            continue
        lenses.setdefault(_stream(each), {
            "width_px": eye.width, "height_px": eye.height, "fx_px": round(eye.fx, 3), "fy_px": round(eye.fy, 3),
            "cx_px": round(eye.ppx, 3), "cy_px": round(eye.ppy, 3), "model": str(eye.model).rsplit(".", 1)[-1],
            "coefficients": [round(value, 6) for value in eye.coeffs],
        })  # fmt: skip
    return lenses


def _options(device: Any) -> tuple[Option, ...]:
    import pyrealsense2 as rs

    options = []
    for sensor in device.query_sensors():
        name = _text(sensor, rs.camera_info.name)
        for key in sensor.get_supported_options():
            try:
                value, span = sensor.get_option(key), sensor.get_option_range(key)
            except RuntimeError:  # listed, and not there in this state of the camera
                continue
            options.append(
                Option(
                    f"{name}: {str(key).lower()}",
                    f"{value:g}",
                    (round(span.min, 6), round(span.max, 6), round(span.step, 6)),
                    writable=not sensor.is_option_read_only(key),
                )
            )
    return tuple(options)


def _stream(profile: Any) -> str:
    name = str(profile.stream_type()).rsplit(".", 1)[-1]
    return f"{name} {profile.stream_index()}" if profile.stream_index() else name


def _format(profile: Any) -> str:
    return str(profile.format()).rsplit(".", 1)[-1]


def _text(told: Any, key: Any) -> str:
    """Of a device, or of a sensor."""
    return str(told.get_info(key)) if told.supports(key) else ""


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]
