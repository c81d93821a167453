"""Serial lines on USB: relays, light controllers, RS-485 adapters. Which of them it is cannot be told without asking,
and asking could switch something: nothing is sent."""

from pathlib import Path

from drivers.discovery.found import Detail, Found, Look, Problem
from drivers.discovery.machine import Machine, line

KIND = "serial"
NAMES = ("ttyUSB*", "ttyACM*")
CHIPS = {
    ("1a86", "7523"): "CH340: an LCUS relay, or an RS-485 adapter",
    ("0403", "6001"): "FT232R: an RS-485 adapter, or a light controller",
    ("10c4", "ea60"): "CP2102: an RS-485 adapter",
}


def look(detail: Detail, machine: Machine) -> Look:
    found, problems = [], []
    nodes = sorted(folder for name in NAMES for folder in (machine.sys / "class/tty").glob(name))
    for folder in nodes:
        node = machine.dev / folder.name
        found.append(_described(folder, node, machine, detail))
        if not machine.may_open(node):
            says = f"serial: {node} may not be opened; add this user to its group (dialout), then log in again"
            problems.append(Problem(KIND, "no-permission", "error", says))
    if not found:
        says = "serial: no serial line on USB; plug the adapter in, if there should be one"
        problems.append(Problem(KIND, "none", "info", says))
    return Look(tuple(found), tuple(problems))


def _described(folder: Path, node: Path, machine: Machine, detail: Detail) -> Found:
    above = (folder / "device").resolve()
    usb = next((each for each in (above, *above.parents) if (each / "idVendor").is_file()), folder)
    chip = line(usb / "idVendor").lower(), line(usb / "idProduct").lower()
    stable = _stable(node, machine)
    facts = {"node": str(node)}
    if detail >= Detail.STREAMS:
        facts |= {"chip": CHIPS.get(chip, ":".join(chip)), "USB": f"{line(usb / 'speed')} Mbit/s"}
    return Found(KIND, line(usb / "product") or folder.name, line(usb / "serial"), str(stable), facts)


def _stable(node: Path, machine: Machine) -> Path:
    """The path that stays the same after a restart, for the settings' `serial`; the node itself without one."""
    paths = sorted((machine.dev / "serial/by-id").glob("*"))
    return next((path for path in paths if path.resolve() == node.resolve()), node)
