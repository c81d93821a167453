"""Devices of the line that hang on outputs. A block names one of a module by `module` and `output`, which counts from
0, or one of a GPIO chip by `chip` and `line`."""

from __future__ import annotations

from drivers.line_io.gpio import GpioOutput, pin
from drivers.line_io.module_output import ModuleOutput
from drivers.line_io.outputs import (
    Contact,
    Output,
    OutputBeltPermit,
    OutputGate,
    OutputHeartbeat,
    OutputStackLight,
    OutputTrayStop,
)
from drivers.protocols import Lamp
from drivers.registry import Bench, Options
from drivers.units import ms


def output(options: Options, bench: Bench) -> Output:
    if "chip" in options:
        return GpioOutput(bench.name, pin(options))
    return _of_module(options, bench, int(options["output"]))


def contact(options: Options, bench: Bench) -> Contact:
    """The output alone, whatever hangs on it."""
    return Contact(output(options, bench))


def gate(options: Options, bench: Bench) -> OutputGate:
    """Also `wiring`."""
    return OutputGate(output(options, bench), options["wiring"])


def tray_stop(options: Options, bench: Bench) -> OutputTrayStop:
    return OutputTrayStop(output(options, bench))


def belt_permit(options: Options, bench: Bench) -> OutputBeltPermit:
    return OutputBeltPermit(output(options, bench))


def heartbeat(options: Options, bench: Bench) -> OutputHeartbeat:
    """Also `holds_ms`."""
    return OutputHeartbeat(output(options, bench), ms(float(options["holds_ms"])))


def stack_light(options: Options, bench: Bench) -> OutputStackLight:
    """Of a module. `red`, `amber`, `green`, `blue` instead of `output`: None for one that is not there."""
    lamps = {lamp: options.get(lamp.value) for lamp in Lamp}
    return OutputStackLight({lamp: _of_module(options, bench, int(at)) for lamp, at in lamps.items() if at is not None})


def _of_module(options: Options, bench: Bench, channel: int) -> ModuleOutput:
    return ModuleOutput(bench.name, bench.modules[options["module"]], channel)
