"""RealSense cameras as the USB bus shows them, without the SDK: to say what is wrong when the SDK finds none."""

from collections.abc import Sequence

from drivers.discovery.machine import Machine, OnUsb, on_usb
from drivers.discovery.sdks import Sdk

THIS = Machine()
VENDOR, MAKER = "8086", "realsense"

SDK = Sdk(
    "realsense",
    "the SDK",
    slow="it carries few of its streams: use a USB 3 port and a USB 3 cable, no longer than 2 m",
    hung=": another program may hold it, or it hangs; stop that program (fuser -v /dev/bus/usb/*/*), else unplug it "
    "and plug it in again",
)


def on_the_bus(machine: Machine = THIS) -> list[OnUsb]:
    """Empty, too, where there is no sysfs."""
    return [each for each in on_usb(machine) if each.vendor == VENDOR and MAKER in each.name.lower()]


def why_none(bus: Sequence[OnUsb], machine: Machine = THIS) -> str:
    """What to do about a camera that the SDK does not see."""
    return next(
        (problem.says for problem in SDK.unlisted(bus, machine, 0) if problem.severity == "error"),
        "none is on the USB bus; plug it in, and look at its cable and its power",
    )


def slow_link(usb_type: str) -> str:
    """What a USB 2 link means; empty for any other. `usb_type` as the SDK writes it."""
    if not usb_type.startswith("2"):
        return ""
    return f" (it is on a USB {usb_type} link; {SDK.slow})"
