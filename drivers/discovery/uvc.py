"""Video cameras that the kernel drives itself, by its own lists: no SDK."""

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from drivers.cameras.uvc.controls import Control, Controls
from drivers.discovery.found import Detail, Found, Look, Option, Problem
from drivers.discovery.machine import Machine, line, on_usb

KIND = "uvc"
VIDEO = "0e"  # the class of a USB interface
OTHERS = ("8086", "2676")  # RealSense and Basler: their own drivers see more of them
FORMATS, SIZES = 0xC0405602, 0xC02C564A  # VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMESIZES
CAPTURE, DISCRETE = 1, 1  # V4L2_BUF_TYPE_VIDEO_CAPTURE, V4L2_FRMSIZE_TYPE_DISCRETE
TAKEN = {"YUYV": "yuyv", "MJPG": "mjpg"}


def look(detail: Detail, machine: Machine) -> Look:
    found: list[Found] = []
    problems: list[Problem] = []
    for folder in sorted((machine.sys / "class/video4linux").glob("video*")):
        if line(_usb_folder(folder) / "idVendor").lower() in OTHERS:
            continue
        node = machine.dev / folder.name
        try:
            if not machine.may_open(node):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            described = _described(folder, node, machine, detail)
        except OSError as error:
            problems.append(_shut(node, error))
        else:
            found += [described] if described else []
    problems += _without_node(machine)
    return Look(tuple(found), (*problems, *_none(found, problems)))


def _usb_folder(folder: Path) -> Path:
    """Of the USB device above a node; the node's own folder, if there is none."""
    above = (folder / "device").resolve()
    return next((each for each in (above, *above.parents) if (each / "idVendor").is_file()), folder)


def _described(folder: Path, node: Path, machine: Machine, detail: Detail) -> Found | None:
    """None for the node of a camera's metadata."""
    handle = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        controls = Controls(handle)
        identity = controls.identity()
        if not identity.captures:
            return None
        offers = list(_offers(handle))
        options = _options(controls) if detail >= Detail.OPTIONS else ()
    finally:
        os.close(handle)
    usb = _usb_folder(folder)
    stable = _stable(node, machine)
    streams = tuple(f"colour {kind} {width} x {height}" for kind, width, height in offers)
    facts = {"node": str(node)} | ({"USB": f"{line(usb / 'speed')} Mbit/s"} if line(usb / "speed") else {})
    return Found(
        KIND, identity.model, line(usb / "serial"), str(stable or node), facts,
        streams if detail >= Detail.STREAMS else (), {}, options, proposal(stable, offers),
    )  # fmt: skip


def _stable(node: Path, machine: Machine) -> Path | None:
    """A path that stays the same after a restart. by-id first: it stays the same in another socket, too."""
    for folder in ("by-id", "by-path"):
        for path in sorted((machine.dev / "v4l" / folder).glob("*")):
            if path.resolve() == node.resolve():
                return path
    return None


def _offers(handle: int) -> Iterator[tuple[str, int, int]]:
    """Format, width, height; only sizes that are listed one by one."""
    for number in range(64):
        told = _next(handle, FORMATS, struct.pack("II56x", number, CAPTURE))
        if told is None:
            return
        code = told[44:48]
        for size in range(64):
            sized = _next(handle, SIZES, struct.pack("I4s36x", size, code))
            if sized is None or struct.unpack_from("I", sized, 8)[0] != DISCRETE:
                break
            width, height = struct.unpack_from("II", sized, 12)
            yield code.decode("ascii", errors="replace").strip(), width, height


def _next(handle: int, request: int, asked: bytes) -> bytes | None:
    try:
        return fcntl.ioctl(handle, request, asked)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENOTTY):  # the list is at its end, or there is none
            return None
        raise


def _options(controls: Controls) -> tuple[Option, ...]:
    options = []
    for control in Control:
        limits = controls.limits(control)
        if limits is not None:
            name = control.name.lower().replace("_", " ")
            options.append(Option(name, str(controls.get(control)), (limits.least, limits.most, 0)))
    return tuple(options)


def proposal(stable: Path | None, offers: list[tuple[str, int, int]]) -> dict[str, Any] | None:
    """With the largest picture in the better of the formats that the driver takes; None without a lasting path."""
    if stable is None:
        return None
    block: dict[str, Any] = {"driver": KIND, "device": str(stable)}
    for code, word in TAKEN.items():
        sizes = [(width, height) for kind, width, height in offers if kind == code]
        if sizes:
            return {**block, "size_px": list(max(sizes)), "pixel_format": word}
    return block


def _shut(node: Path, error: OSError) -> Problem:
    if error.errno == errno.EACCES:
        says = f"uvc: {node} may not be opened; add this user to the group that owns it (video), then log in again"
        return Problem(KIND, "no-permission", "error", says)
    if error.errno == errno.EBUSY:
        return Problem(KIND, "busy", "error", f"uvc: {node} is held by another program; stop it: fuser -v {node}")
    says = f"uvc: {node} is listed and does not open ({error.strerror}); unplug the camera and plug it in again"
    return Problem(KIND, "no-answer", "error", says)


def _without_node(machine: Machine) -> list[Problem]:
    """Cameras on the bus that the kernel made no node for."""
    problems = []
    for each in on_usb(machine):
        interfaces = [bound for kind, bound in zip(each.classes, each.bound, strict=True) if kind == VIDEO]
        if each.vendor not in OTHERS and interfaces and not any(interfaces):
            says = (
                f"uvc: {each.name} at {each.at} is on the USB bus and has no /dev/video node; as root: modprobe "
                "uvcvideo (a cloud or container kernel may lack it: install the full linux-image)"
            )
            problems.append(Problem(KIND, "no-node", "error", says))
    return problems


def _none(found: list[Found], problems: list[Problem]) -> list[Problem]:
    if found or problems:
        return []
    return [Problem(KIND, "none", "info", "uvc: no video camera has a node in /dev; plug it in, and look at its cable")]
