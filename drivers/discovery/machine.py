"""The machine as its kernel shows it, without any SDK: the USB bus, and the nodes in /dev."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

USB_3_MBIT_PER_S = 5000


def _may_open(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK)


@dataclass(frozen=True, slots=True)
class Machine:
    """`may_open`: whether this user may read and write what is there."""

    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    may_open: Callable[[Path], bool] = _may_open


@dataclass(frozen=True, slots=True)
class OnUsb:
    """A device on the bus. `at`: the socket, as the kernel numbers it. `classes`: of its interfaces, two hex digits
    each; 0e is video. `node`: what opens it; `bound`: whether each interface has a driver of the kernel."""

    at: str
    vendor: str
    product: str
    name: str
    serial: str
    mbit_per_s: float
    node: Path
    classes: tuple[str, ...]
    bound: tuple[bool, ...]

    @property
    def slow(self) -> bool:
        """On a USB 2 link."""
        return self.mbit_per_s < USB_3_MBIT_PER_S


def on_usb(machine: Machine) -> list[OnUsb]:
    """Every device that is no hub. Empty, too, where there is no sysfs, as in a container."""
    folders = sorted((machine.sys / "bus/usb/devices").glob("*"))
    return [_device(folder, machine) for folder in folders if _is_device(folder)]


def _is_device(folder: Path) -> bool:
    return ":" not in folder.name and bool(line(folder / "idVendor")) and line(folder / "bDeviceClass") != "09"


def _device(folder: Path, machine: Machine) -> OnUsb:
    interfaces = sorted(folder.glob(f"{folder.name}:*"))
    bus, number = (int(line(folder / name) or 0) for name in ("busnum", "devnum"))
    return OnUsb(
        folder.name,
        line(folder / "idVendor").lower(),
        line(folder / "idProduct").lower(),
        line(folder / "product") or f"{line(folder / 'idVendor')}:{line(folder / 'idProduct')}",
        line(folder / "serial"),
        float(line(folder / "speed") or 0),
        machine.dev / "bus/usb" / f"{bus:03}" / f"{number:03}",
        tuple(line(interface / "bInterfaceClass") for interface in interfaces),
        tuple((interface / "driver").exists() for interface in interfaces),
    )


def line(path: Path) -> str:
    """Of a file in sysfs; empty where there is none."""
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
