"""Outputs that are lines of a GPIO chip: `chip` and `line` in each block."""

from __future__ import annotations

from drivers.line_io.gpio import GpioOutput, pin
from drivers.line_io.outputs import Contact, OutputBeltPermit, OutputGate, OutputHeartbeat, OutputTrayStop
from drivers.registry import Bench, Options
from drivers.units import ms


def output(options: Options, bench: Bench) -> GpioOutput:
    return GpioOutput(bench.name, pin(options))


def contact(options: Options, bench: Bench) -> Contact:
    """The output alone, whatever hangs on it."""
    return Contact(output(options, bench))


def gate(options: Options, bench: Bench) -> OutputGate:
    return OutputGate(output(options, bench), options["wiring"])


def tray_stop(options: Options, bench: Bench) -> OutputTrayStop:
    return OutputTrayStop(output(options, bench))


def belt_permit(options: Options, bench: Bench) -> OutputBeltPermit:
    return OutputBeltPermit(output(options, bench))


def heartbeat(options: Options, bench: Bench) -> OutputHeartbeat:
    """Also `holds_ms`."""
    return OutputHeartbeat(output(options, bench), ms(float(options["holds_ms"])))
