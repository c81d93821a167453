"""Basler cameras: what pylon lists, on USB, Ethernet and of its own emulation."""

from collections.abc import Mapping
from importlib.util import find_spec
from math import isfinite
from typing import Any

from drivers.discovery.found import Detail, Found, Look, Option, Problem
from drivers.discovery.machine import Machine, OnUsb, on_usb
from drivers.discovery.sdks import Sdk

KIND = "basler"
VENDOR = "2676"
SDK = Sdk(KIND, "pylon", slow="use a USB 3 port and a USB 3 cable", hung="; unplug it and plug it in again")
GUESSED = {"lens_mm": 8.0, "pixel_um": 3.45}
TO_CORRECT = {"lens_mm": "focal length, printed on the lens", "pixel_um": "pitch of the pixels, in the data sheet"}
STATED = ("Width", "Height", "PixelFormat", "DeviceTemperature", "SensorReadoutTime")


def look(detail: Detail, machine: Machine) -> Look:
    bus = [each for each in on_usb(machine) if each.vendor == VENDOR]
    if find_spec("pypylon") is None:
        return SDK.missing(bus)
    from pypylon import genicam, pylon

    factory = pylon.TlFactory.GetInstance()
    try:
        listed = factory.EnumerateDevices()
    except genicam.GenericException as error:
        says = f"basler: pylon cannot look for cameras ({_first_line(error)}); install pypylon again"
        return Look(problems=(Problem(KIND, "sdk-broken", "error", says),))
    seen = [_described(factory, each, detail) for each in listed]
    found, problems = tuple(found for found, _ in seen), [each for _, said in seen for each in said]
    on_usb_seen = sum("Usb" in each.facts["transport"] for each in found)
    return Look(found, (*problems, *SDK.unlisted(bus, machine, on_usb_seen), *_none(bus, found)))


def _none(bus: list[OnUsb], found: tuple[Found, ...]) -> list[Problem]:
    if bus or found:
        return []
    says = (
        "basler: none on USB; one on Ethernet answers only within this machine's subnet: give it power, and an "
        "address there (ping it), and let UDP 3956 through the firewall"
    )
    return [Problem(KIND, "none", "info", says)]


def _described(factory: Any, device: Any, detail: Detail) -> tuple[Found, list[Problem]]:
    from pypylon import genicam, pylon

    serial = device.GetSerialNumber()
    facts = {"transport": device.GetDeviceClass()}
    for word, key in (("firmware", "DeviceVersion"), ("named", "UserDefinedName"), ("address", "IpAddress")):
        known, text = device.GetPropertyValue(key)
        if known and text:
            facts[word] = text
    problems: list[Problem] = []
    asked: tuple[dict[str, str], tuple[str, ...], tuple[Option, ...]] = ({}, (), ())
    if detail >= Detail.STREAMS:
        try:
            camera = pylon.InstantCamera(factory.CreateDevice(device))
            camera.Open()
            try:
                asked = _asked(camera.GetNodeMap(), detail)
            finally:
                camera.Close()
        except genicam.GenericException as error:
            problems.append(_shut(serial, error))
    elif device.GetDeviceClass() != "BaslerCamEmu" and not factory.IsDeviceAccessible(device, pylon.Control):
        says = f"basler: another program holds {serial}; stop that one"
        problems.append(Problem(KIND, "busy", "error", says))
    stated, streams, options = asked
    block = {"driver": "basler", "serial": serial, **GUESSED}
    at = facts.get("address") or device.GetFullName()
    return (
        Found(KIND, device.GetModelName(), serial, at, {**facts, **stated}, streams, {}, options, block, TO_CORRECT),
        problems,
    )


def _shut(serial: str, error: Exception) -> Problem:
    said = _first_line(error)
    if any(word in said.lower() for word in ("exclusive", "controlled by another", "already open", "in use")):
        return Problem(KIND, "busy", "error", f"basler: another program holds {serial} ({said}); stop that one")
    return Problem(
        KIND, "no-answer", "error", f"basler: {serial} cannot be opened ({said}); look at its cable and power"
    )


def _asked(nodes: Any, detail: Detail) -> tuple[dict[str, str], tuple[str, ...], tuple[Option, ...]]:
    """What an open camera states of itself, its pixel formats, and every node if that much is wanted."""
    listed = [option for node in nodes.GetNodes() if (option := _option(node)) is not None]
    by_name = {option.name: option for option in listed}
    stated = {name: by_name[name].value for name in STATED if name in by_name}
    formats = by_name.get("PixelFormat", Option("PixelFormat", "")).choices
    size = f"{stated.get('Width', '?')} x {stated.get('Height', '?')}"
    streams = tuple(f"colour {kind} {size}" for kind in formats)
    return stated, streams, tuple(listed) if detail >= Detail.OPTIONS else ()


def _option(node: Any) -> Option | None:
    """None for what cannot be read now, and for what is no value: categories, commands, registers."""
    from pypylon import genicam

    kinds = {
        genicam.intfIInteger: _limits,
        genicam.intfIFloat: _limits,
        genicam.intfIEnumeration: _choices,
        genicam.intfIBoolean: _nothing,
        genicam.intfIString: _nothing,
    }
    plain = node.GetNode() if hasattr(node, "GetNode") else node
    kind = plain.GetPrincipalInterfaceType()
    if kind not in kinds or not genicam.IsReadable(node) or not plain.IsFeature():
        return None
    try:
        return Option(
            plain.GetName(), str(node.ToString()), writable=bool(genicam.IsWritable(node)), **kinds[kind](node)
        )
    except genicam.GenericException:  # listed, and not there in this state of the camera
        return None


def _limits(node: Any) -> Mapping[str, Any]:
    step = float(node.GetInc()) if hasattr(node, "GetInc") and getattr(node, "HasInc", lambda: True)() else 0.0
    limits = float(node.GetMin()), float(node.GetMax()), step
    return {"limits": limits} if all(map(isfinite, limits)) else {}


def _choices(node: Any) -> Mapping[str, Any]:
    return {"choices": tuple(node.GetSymbolics())}


def _nothing(_node: Any) -> Mapping[str, Any]:
    return {}


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "").strip()
