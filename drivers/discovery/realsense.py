"""RealSense cameras: what the SDK lists, and what the bus shows that the SDK does not."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any

from drivers.discovery.found import Detail, Found, Look, Option, Problem
from drivers.discovery.machine import Machine, OnUsb, on_usb

KIND = "realsense"
VENDOR, MAKER = "8086", "realsense"
RULES = "systemd/60-inspection-booth.rules"
WANTED = {"depth_px": ("depth", "z16", (848, 480)), "colour_px": ("color", "bgr8", (1280, 720))}
"""The settings' keys: stream, format, and what the driver takes if nothing is said."""
FPS = 30


def look(detail: Detail, machine: Machine) -> Look:
    bus = [each for each in on_usb(machine) if each.vendor == VENDOR and MAKER in each.name.lower()]
    if find_spec("pyrealsense2") is None:
        return without_sdk(bus)
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
    return Look(tuple(found), (*problems, *_unseen(bus, machine, len(found) + len(problems))))


def without_sdk(bus: list[OnUsb]) -> Look:
    says = "its SDK is not installed; pip install 'inspection-booth[realsense]'"
    if bus:
        return Look(
            problems=(Problem(KIND, "sdk-missing", "error", f"realsense: {_names(bus)} is on the USB bus, and {says}"),)
        )
    return Look(problems=(Problem(KIND, "sdk-missing", "info", f"realsense: {says}, if there is such a camera"),))


def _unseen(bus: list[OnUsb], machine: Machine, seen: int) -> list[Problem]:
    """Of what is on the bus and the SDK did not list."""
    problems = [
        Problem(
            KIND, "usb2-link", "warning",
            f"realsense: {each.name} at {each.at} is on a USB 2 link ({each.mbit_per_s:g} Mbit/s), which carries few "
            "of its streams; use a USB 3 port and a USB 3 cable, no longer than 2 m",
        )
        for each in bus
        if each.slow
    ]  # fmt: skip
    shut = [each for each in bus if not machine.may_open(each.node)]
    if shut:
        says = (
            f"realsense: {_names(shut)} is on the USB bus and this user may not open {shut[0].node}; as root: install "
            f"{RULES} into /etc/udev/rules.d, udevadm control --reload, udevadm trigger, and join the group it names"
        )
        problems.append(Problem(KIND, "no-permission", "error", says))
    elif len(bus) > seen:
        says = (
            f"realsense: {_names(bus)} is on the USB bus and the SDK does not list it: another program may hold it, or "
            "it hangs; stop that program (fuser -v /dev/bus/usb/*/*), else unplug it and plug it in again"
        )
        problems.append(Problem(KIND, "held-or-hung", "error", says))
    elif not bus and not seen:
        says = "realsense: none is on the USB bus; plug it in, and look at its cable and its power"
        problems.append(Problem(KIND, "none", "info", says))
    return problems


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
    if not on_bus and found.facts.get("USB", "3").startswith("2"):
        says = f"{who} is on a USB {found.facts['USB']} link; use a USB 3 port and a USB 3 cable, no longer than 2 m"
        problems.append(Problem(KIND, "usb2-link", "warning", says))
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


def _names(bus: list[OnUsb]) -> str:
    return ", ".join(f"{each.name} at {each.at}" for each in bus)
