"""What `booth io set`, `pulse`, `light` and `jog` do. Imported when a command runs."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from booth.assembly.handling import OPENS_WITHIN, Handle, Reach, inputs, outputs, within
from booth.assembly.watching import belt_runs, level
from booth.cli.io_session import confirm, say, worked
from booth.cli.manners import Answer, Diagnostic, Exit, Failed
from booth.cli.taking import taken
from booth.settings import Settings, load
from drivers.clock import pause
from drivers.errors import DeviceError, OutOfRange
from drivers.protocols import Edge, TraySensor
from drivers.units import Duration, Instant, after, as_ms, between, ms

PERMIT = "belt_permit"
PERMITTED = (
    "The belt's permit is given: whoever starts the belt now has nobody who follows its trays. Nothing here starts it"
)


def put(config: Path, name: str, on: bool, for_ms: float | None, yes: bool) -> Answer:
    settings = load(config)
    _known(config, settings, name, "set")

    async def work(reach: Reach, stop: asyncio.Event) -> Answer:
        handle = reach.output(name)
        async with handle.claimed():
            await _held(handle, on, for_ms, stop)
        return Answer(f"{name} was {_word(on)}, and is off again", {"output": name, "was": _word(on)})

    with taken(settings, "line", "booth io set"):
        _agreed(name, on, yes)
        return worked(settings, work)


def pulse(config: Path, name: str, for_ms: float, yes: bool) -> Answer:
    settings = load(config)
    if name == "heartbeat" and settings.line is not None and settings.line.heartbeat is not None:
        with taken(settings, "line", "booth io pulse"):
            return worked(settings, _beat)
    _known(config, settings, name, "pulse")

    async def work(reach: Reach, stop: asyncio.Event) -> Answer:
        handle, clock = reach.output(name), reach.clock
        async with handle.claimed():
            begun = clock.now()
            await handle.hold(True, after(begun, ms(for_ms)), stop)
            await handle.put(False)
            lasted = as_ms(between(begun, clock.now()))
        return Answer(
            f"{name} was on for {lasted:.1f} ms, from the command to its answer", {"output": name, "lasted_ms": lasted}
        )

    with taken(settings, "line", "booth io pulse"):
        _agreed(name, True, yes)
        return worked(settings, work)


async def _beat(reach: Reach, _: asyncio.Event) -> Answer:
    heartbeat = reach.heartbeat()
    try:
        holds = await within(OPENS_WITHIN, "heartbeat", heartbeat.open(), reach.clock)
    finally:
        await within(OPENS_WITHIN, "heartbeat", heartbeat.close(), reach.clock)
    text = f"heartbeat: beaten once; its relay lets go within {as_ms(holds):g} ms"
    return Answer(text, {"output": "heartbeat", "holds_ms": as_ms(holds)})


def light(config: Path, name: str, intensity: float, for_ms: float | None) -> Answer:
    settings = load(config)
    if name not in settings.lights:
        _unknown(config, "light", name, tuple(settings.lights))

    async def work(reach: Reach, stop: asyncio.Event) -> Answer:
        handle, took = reach.light(name, intensity), None
        async with handle.claimed():
            if not stop.is_set():
                took = await _settled(handle)
                told = f"{name} {_shines(settings, name)} at {intensity:g} of full, settled after {took:.1f} ms"
                say(f"{told}{_ends(for_ms)}")
            await handle.hold(True, _until(handle, for_ms), stop)
        return Answer(f"{name} is off again", {"light": name, "intensity": intensity, "settled_after_ms": took})

    with taken(settings, "lights", "booth io light"):
        try:
            return worked(settings, work)
        except OutOfRange as error:
            raise Failed(Exit.USAGE, "out-of-range", str(error)) from error


async def _settled(lamp: Handle) -> float:
    """Once it is: how long that took, in ms from the command."""
    begun = lamp.clock.now()
    settled = await lamp.put(True)
    assert isinstance(settled, int), "a light answers with an instant"
    await lamp.clock.sleep_until(Instant(settled))
    return as_ms(between(begun, Instant(settled)))


def jog_gate(config: Path, for_ms: float, yes: bool) -> Answer:
    settings = load(config)
    if settings.line is None:
        raise Failed(Exit.USAGE, "no-gate", f"{config}: the gate belongs to the PLC; move it from there")

    async def work(reach: Reach, stop: asyncio.Event) -> Answer:
        return await _jogged(reach, ms(for_ms), stop)

    with taken(settings, "line", "booth io jog"):
        moves = f"The GATE moves: to divert if it is not there, to pass for {for_ms:g} ms, and back. Hands out of it"
        confirm(moves, yes)
        return worked(settings, work)


async def _jogged(reach: Reach, span: Duration, stop: asyncio.Event) -> Answer:
    """Raises Failed if the belt runs, DeviceError if the gate cannot be moved. What else fails is told beside it."""
    told = await _refuse_a_belt_that_runs(reach)
    gate, clock = reach.gate(), reach.clock
    actuation = ms(reach.settings.conveyor.gate.actuation_ms)
    seen: dict[str, str] = {}
    watching = [asyncio.create_task(_seen(reach, name, seen)) for name in ("confirm", "bypass")]
    try:
        async with gate.claimed():
            if not stop.is_set():
                await gate.put(True)
                say(f"gate: told to pass, for {as_ms(span):g} ms")
            await gate.hold(True, after(clock.now(), span), stop)
            await gate.put(False)
        await pause(clock, actuation)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
    text = [f"gate: told to pass, and to divert {as_ms(span):g} ms later; look that it moved both ways"]
    text += [f"{name}: {what}" for name, what in seen.items()]
    return Answer("\n".join(text), {"gate": "divert", **seen}, diagnostics=told)


async def _refuse_a_belt_that_runs(reach: Reach) -> tuple[Diagnostic, ...]:
    if "encoder" not in inputs(reach.settings):
        return (Diagnostic("belt-unknown", "info", "there is no encoder: whether the belt stands is yours to see"),)
    try:
        if not await belt_runs(reach):
            return ()
    except DeviceError as error:
        return (Diagnostic("belt-unknown", "warning", f"{error}; whether the belt stands is yours to see"),)
    raise Failed(Exit.CHECK_FAILED, "belt-runs", "the encoder counts: the belt runs. Stop it, then jog the gate")


async def _seen(reach: Reach, name: str, seen: dict[str, str]) -> None:
    """Keeps `seen` up to date until it is cancelled, or the input is lost."""
    sensor = reach.sensor(name)
    try:
        blocked = await within(OPENS_WITHIN, name, sensor.open(), reach.clock)
        seen[name] = f"{level(blocked)}{_means(name, blocked)}, no edge"
        await _edges(sensor, name, seen)
    except DeviceError as error:
        seen[name] = f"not seen: {error}"
    finally:
        await sensor.close()


async def _edges(sensor: TraySensor, name: str, seen: dict[str, str]) -> None:
    edges: list[Edge] = []
    while True:
        edges.append(await sensor.edge())
        seen[name] = f"{level(edges[-1].blocked)}{_means(name, edges[-1].blocked)}, {len(edges)} edges"


def _means(name: str, blocked: bool) -> str:
    return " (its key is on: the gate is held at pass by wire)" if name == "bypass" and blocked else ""


# --- names and words


def _known(config: Path, settings: Settings, name: str, verb: str) -> None:
    """Raises Failed for what is no output, or not one to be held."""
    if name in outputs(settings):
        return
    others = {
        "gate": f"the gate is moved by: booth io jog gate {config}",
        "heartbeat": f"the heartbeat lets go by itself; beat it once: booth io pulse {config} heartbeat",
        PERMIT: "the belt of a simulated booth runs as soon as it may, and nothing here starts a belt",
        "stack_light": "name one of its lamps by its colour",
    }
    if name in others and settings.line is not None and getattr(settings.line, name) is not None:
        raise Failed(Exit.USAGE, f"not-to-{verb}", f"{config}: {others[name]}")
    _unknown(config, "output", name, outputs(settings))


def _unknown(config: Path, what: str, name: str, there: Sequence[str]) -> NoReturn:
    are = f"there are: {', '.join(there)}" if there else "there are none: the line belongs to a PLC"
    raise Failed(Exit.USAGE, f"{what}-unknown", f"{config}: no {what} is called {name}; {are}")


def _agreed(name: str, on: bool, yes: bool) -> None:
    if name == PERMIT and on:
        confirm(PERMITTED, yes)


async def _held(handle: Handle, on: bool, for_ms: float | None, stop: asyncio.Event) -> None:
    if not stop.is_set():
        await handle.put(on)
        say(f"{handle.name} is {_word(on)}{_ends(for_ms)}")
    await handle.hold(on, _until(handle, for_ms), stop)


def _until(handle: Handle, for_ms: float | None) -> Instant | None:
    return None if for_ms is None else after(handle.clock.now(), ms(for_ms))


def _word(on: bool) -> str:
    return "on" if on else "off"


def _ends(for_ms: float | None) -> str:
    return "; Ctrl-C ends it" if for_ms is None else f"; ends after {for_ms:g} ms"


def _shines(settings: Settings, name: str) -> str:
    waits = getattr(settings.lights[name], "mode", "continuous") != "continuous"
    return "waits for its trigger, to shine" if waits else "shines"
