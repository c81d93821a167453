"""RealSense cameras as the USB bus shows them, without the SDK: to say what is wrong when the SDK finds none."""

import os
from dataclasses import dataclass
from pathlib import Path

DEVICES = Path("/sys/bus/usb/devices")
NODES = Path("/dev/bus/usb")
VENDOR = "8086"
MAKER = "realsense"


@dataclass(frozen=True, slots=True)
class OnTheBus:
    """`allowed`: whether this user may open it."""

    name: str
    mbit_per_s: float
    allowed: bool

    @property
    def slow(self) -> bool:
        return self.mbit_per_s < 5000


def on_the_bus(devices: Path = DEVICES, nodes: Path = NODES) -> list[OnTheBus]:
    """Empty, too, where there is no sysfs."""
    found = []
    for folder in sorted(devices.glob("*")):
        name = _line(folder / "product")
        if _line(folder / "idVendor").lower() == VENDOR and MAKER in name.lower():
            bus, device = int(_line(folder / "busnum") or 0), int(_line(folder / "devnum") or 0)
            node = nodes / f"{bus:03}" / f"{device:03}"
            found.append(OnTheBus(name, float(_line(folder / "speed") or 0), os.access(node, os.R_OK | os.W_OK)))
    return found


def why_none(found: list[OnTheBus]) -> str:
    """What to do about a camera that the SDK does not see."""
    if not found:
        return "no RealSense is on the USB bus; plug it in, and look at its cable and power"
    names = ", ".join(each.name for each in found)
    if not all(each.allowed for each in found):
        return f"{names} is on the USB bus and this user may not open it; install systemd/60-inspection-booth.rules"
    return f"{names} is on the USB bus and the SDK does not see it; unplug it and plug it in again"


def slow_link(usb_type: str) -> str:
    """What a USB 2 link means; empty for any other. `usb_type` as the SDK writes it."""
    if not usb_type.startswith("2"):
        return ""
    return f" (it is on a USB {usb_type} link, which carries few of its streams; use a USB 3 port and cable)"


def _line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""
