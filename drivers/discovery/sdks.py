"""A maker's SDK beside the USB bus: one that is not installed, and cameras that it does not list although they are
there."""

from collections.abc import Sequence
from dataclasses import dataclass

from drivers.discovery.found import Look, Problem, Severity
from drivers.discovery.machine import Machine, OnUsb

RULES = "systemd/60-inspection-booth.rules"


@dataclass(frozen=True, slots=True)
class Sdk:
    """`kind`: of its cameras, and the extra that installs it; `name`: as a person knows it. `slow`: what to do about a
    USB 2 link; `hung`: what to do about a camera that is on the bus and that the SDK does not list."""

    kind: str
    name: str
    slow: str
    hung: str

    def missing(self, bus: Sequence[OnUsb]) -> Look:
        """It is not installed. `bus`: of this maker on the USB bus."""
        says = f"its SDK is not installed; pip install 'inspection-booth[{self.kind}]'"
        if bus:
            return Look(
                problems=(self._problem("sdk-missing", "error", f"{names(bus)} is on the USB bus, and {says}"),)
            )
        return Look(problems=(self._problem("sdk-missing", "info", f"{says}, if there is such a camera"),))

    def unlisted(self, bus: Sequence[OnUsb], machine: Machine, seen: int) -> list[Problem]:
        """Of what is on the bus and of which it lists `seen`."""
        problems = [self._problem("usb2-link", "warning", f"{_slow(each)}; {self.slow}") for each in bus if each.slow]
        shut = [each for each in bus if not machine.may_open(each.node)]
        if shut:
            says = (
                f"{names(shut)} is on the USB bus and this user may not open {shut[0].node}; as root: install {RULES} "
                "into /etc/udev/rules.d, udevadm control --reload, udevadm trigger, and join the group it names"
            )
            problems.append(self._problem("no-permission", "error", says))
        elif len(bus) > seen:
            says = f"{names(bus)} is on the USB bus and {self.name} does not list it{self.hung}"
            problems.append(self._problem("held-or-hung", "error", says))
        return problems

    def _problem(self, code: str, severity: Severity, says: str) -> Problem:
        return Problem(self.kind, code, severity, f"{self.kind}: {says}")


def _slow(device: OnUsb) -> str:
    return f"{device.name} at {device.at} is on a USB 2 link ({device.mbit_per_s:g} Mbit/s)"


def names(bus: Sequence[OnUsb]) -> str:
    return ", ".join(f"{each.name} at {each.at}" for each in bus)
