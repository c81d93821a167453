"""What `booth io read` and `booth io watch` do. Imported when a command runs."""

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from booth.assembly.handling import Reach, inputs, wait, wired
from booth.assembly.watching import Reading, Told, Watch
from booth.assembly.watching import read as read_all
from booth.cli.exits import reader_gone
from booth.cli.io_session import worked
from booth.cli.manners import Answer, Diagnostic, Exit, Failed, exit_codes, report
from booth.cli.taking import taken
from booth.settings import Settings, load
from drivers.errors import DeviceBusy
from drivers.units import after, ms

MEANS = {
    "entry": "a tray, or its cable is cut",
    "pregate": "a tray, or its cable is cut",
    "confirm": "a tray, or its cable is cut",
    "bypass": "its key is on: the gate is held at pass by wire",
    "bin_full": "the bin is full",
    "low_air": "the gate's air is low",
    "backed_up": "the line behind takes no more",
}


def read(config: Path, names: Sequence[str]) -> Answer:
    settings = load(config)
    wanted = _wanted(config, settings, names)

    async def work(reach: Reach, _: asyncio.Event) -> list[Reading]:
        return await read_all(reach, wanted)

    with taken(settings, "line", "booth io read"):
        readings = worked(settings, work)
    told = tuple(Diagnostic("no-answer", "error", str(each.problem)) for each in readings if each.problem)
    data = {each.name: _fact(each, wired(settings, each.name)) for each in readings}
    text = "\n".join(_line(each, wired(settings, each.name)) for each in readings)
    return Answer(text, {"simulated": settings.simulated, "inputs": data}, diagnostics=told, ends=_end(readings))


def _end(readings: Sequence[Reading]) -> Exit | None:
    problems = [each.problem for each in readings if each.problem]
    if any(isinstance(each, DeviceBusy) for each in problems):
        return Exit.DEVICE_BUSY
    return Exit.DEVICE_MISSING if problems else None


def _line(reading: Reading, where: str) -> str:
    meant = MEANS.get(reading.name, "") if reading.blocked else ""
    return f"{reading.name:<9}  {reading.says:<12}  {where:<24}  {meant}".rstrip()


def _fact(reading: Reading, where: str) -> dict[str, Any]:
    known: dict[str, Any] = {"count": reading.count} if reading.count is not None else {"level": reading.says}
    return {**({"level": None} if reading.problem else known), "wired": where}


def _wanted(config: Path, settings: Settings, names: Sequence[str]) -> tuple[str, ...]:
    there = inputs(settings)
    if not there:
        raise Failed(Exit.USAGE, "no-inputs", f"{config}: the line belongs to a PLC; look at its inputs there")
    if unknown := [name for name in names if name not in there]:
        says = f"{config}: no input is called {unknown[0]}; there are: {', '.join(there)}"
        raise Failed(Exit.USAGE, "input-unknown", says)
    return tuple(name for name in there if name in names) if names else there


# --- watch


def watch(config: Path, for_ms: float | None, as_json: bool) -> None:
    """Ends the command: with 0 after `for_ms`, with 130 when a person has ended it."""
    try:
        with exit_codes(), _readers():
            settings = load(config)
            with taken(settings, "line", "booth io watch"):
                _watched(settings, _wanted(config, settings, ()), for_ms, as_json)
    except Failed as failed:
        report(failed, as_json=False)
        raise typer.Exit(failed.code) from failed


@contextmanager
def _readers() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        reader_gone()


def _watched(settings: Settings, names: Sequence[str], for_ms: float | None, as_json: bool) -> None:
    async def work(reach: Reach, stop: asyncio.Event) -> None:
        watching = Watch(reach, names, _told(as_json))
        task = asyncio.create_task(watching.run())
        until = None if for_ms is None else after(reach.clock.now(), ms(for_ms))
        try:
            with _shown(watching, as_json) as show:
                while not (stop.is_set() or task.done()) and (until is None or reach.clock.now() < until):
                    await wait(stop, until, reach.clock)
                    show()
        finally:
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    worked(settings, work)


def _told(as_json: bool) -> Told:
    if not as_json and sys.stdout.isatty():
        return _print_nothing
    return _print_json if as_json else _print_text


def _print_nothing(_: dict[str, Any]) -> None:
    """The table shows it."""


def _print_json(happened: dict[str, Any]) -> None:
    print(json.dumps(happened), flush=True)


def _print_text(happened: dict[str, Any]) -> None:
    rest = ", ".join(f"{word} {value}" for word, value in happened.items() if word not in ("kind", "input"))
    print(f"{happened['input']}: {happened['kind']}: {rest}", flush=True)


@contextmanager
def _shown(watching: Watch, as_json: bool) -> Iterator[Any]:
    """Yields what is to be called now and then."""
    if as_json or not sys.stdout.isatty():
        yield lambda: None
        return
    from booth.cli.io_table import shown

    with shown(watching) as show:
        yield show
