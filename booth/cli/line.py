"""`booth line`: ask the line keeper, and tell it what a person found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli.account import account
from booth.cli.manners import Answer, Exit, Failed, run
from booth.cli.options import Config, Json
from booth.tray import Found, TrayId

if TYPE_CHECKING:
    from booth.line import wire
    from booth.line.waiting import Decided, Waiting
    from drivers.protocols import Scans

app = typer.Typer(help="The line keeper: its state, and the reset after a fault.", no_args_is_help=True)


@app.callback()
def line() -> None:
    """The line keeper: its state, and the reset after a fault."""


@app.command()
def status(config: Config, as_json: Json = False) -> None:
    """Say what the line is doing, what it has counted, and which faults are latched."""
    run(lambda: _answered(config, None), as_json)


@app.command()
def reset(
    config: Config,
    tray: Annotated[str | None, typer.Option(help="The tray that was looked for.")] = None,
    found: Annotated[Found | None, typer.Option(help="What became of it.")] = None,
    who: Annotated[str, typer.Option(help="Who says so; the record names them.")] = "",
    why: Annotated[str, typer.Option(help="A word on the cause, for the record.")] = "",
    as_json: Json = False,
) -> None:
    """Clear the latched faults after looking at the line. The belt is restarted by hand, never by the booth."""
    from booth.line import wire

    wish = wire.Reset(who or account(), why, TrayId(tray) if tray else None, found)
    run(lambda: _answered(config, wish), as_json)


def _answered(config: Path, wish: "wire.Reset | None") -> Answer:
    import asyncio

    from booth.line.waiting import waiting
    from booth.settings import load

    settings = load(config)
    status = asyncio.run(_asked(settings.runtime_dir / "line.sock", wish))
    return _told(status, waiting(settings.state_dir))


def _told(status: "wire.Status", waiting: "Waiting") -> Answer:
    from dataclasses import asdict

    counts = {**asdict(status.counts), "in_flight": status.counts.in_flight}
    told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    lines = [f"{status.state.value}; since the keeper started: {told}"]
    lines += _latched(status, waiting)
    lines += [f"the scanner, since then: {_scanned(status.scans)}"] if status.scans else []
    lines += [f"held, waiting for a person: {', '.join(waiting.held)}"] if waiting.held else []
    lines += [f"the last reset: {_decided(waiting.decided)}"] if waiting.decided else []
    lines += [f"the keeper's process: {', '.join(status.runs)}"] if status.runs else []
    facts = {"state": status.state.value, "counts": counts, "latched": list(status.latched), "runs": list(status.runs)}
    scanned = asdict(status.scans) if status.scans else None
    last = asdict(waiting.decided) if waiting.decided else None
    return Answer("\n".join(lines), {**facts, "held": list(waiting.held), "scanner": scanned, "last_reset": last})


def _scanned(scans: "Scans") -> str:
    return f"{scans.read} labels read, {scans.none} times none, {scans.unreadable} lines unreadable"


def _latched(status: "wire.Status", waiting: "Waiting") -> list[str]:
    """Each with the tray that it is about, if the ledger knows it."""
    from booth.faults import Occurrence

    known = {occurrence.code: occurrence for occurrence in waiting.latched}
    return [f"{code}: {known.get(code, Occurrence(code, 'ID')).text()}" for code in status.latched]


def _decided(decided: "Decided") -> str:
    told = f"by {decided.who}" + f", because: {decided.why}" * bool(decided.why)
    if decided.tray and decided.found:
        told += f"; tray {decided.tray} was found {decided.found}"
    others = [tray for tray in decided.held if tray != decided.tray]
    return told + (f"; held until then: {', '.join(others)}" if others else "")


async def _asked(path: Path, wish: "wire.Reset | None") -> "wire.Status":
    """Raises Failed when nobody answers, or when the keeper refuses."""
    from booth.line import wire
    from drivers.errors import LinkLost
    from drivers.links import connect

    try:
        channel = await connect(path)
    except LinkLost as error:
        says = f"{error}; is the line keeper running? Start it: booth run CONFIG, or systemctl start booth-line"
        raise Failed(Exit.DEVICE_MISSING, "keeper-missing", says) from error
    try:
        await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
        current = await _status(channel)
        if wish is None:
            return current
        await wire.send(channel, wish)
        return await _status(channel)
    finally:
        await channel.close()


async def _status(channel: "object") -> "wire.Status":
    from typing import cast

    from booth.line import wire
    from drivers.links import Channel

    while True:
        message = await wire.receive(cast(Channel, channel))
        if isinstance(message, wire.Status):
            return message
        if isinstance(message, wire.Refused):
            raise Failed(Exit.CHECK_FAILED, "refused", message.why)
