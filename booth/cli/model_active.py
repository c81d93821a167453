"""`booth model install`, `activate` and `rollback`: which pack scores, whether the booth runs or not."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booth.cli.account import account
from booth.cli.manners import Answer, Exit, Failed, run
from booth.cli.options import Config, Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from booth.scoring.packs.pack import Pack
    from booth.settings import Settings
    from drivers.links import Channel

Head = dict[str, Any]
TAKEN_WITHIN_S = 120

Who = Annotated[str, typer.Option(help="Who says so, for the history; else whoever runs this, before any sudo.")]


def install(
    config: Config,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The pack, a folder with manifest.json.")],
    as_json: Json = False,
) -> None:
    """Copy a pack that holds to where this booth keeps its packs. It scores nothing before it is activated."""
    run(lambda: _install(config, folder), as_json)


def activate(
    config: Config,
    name: Annotated[
        str, typer.Argument(metavar="PACK", help="An installed pack; its name is enough if no other has it.")
    ],
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Let an installed pack score from now on, in a booth that runs from the next tray on.

    Refused without a threshold for its lanes in recipe.thresholds.
    """
    run(lambda: _activate(config, name, who or account()), as_json)


def rollback(config: Config, who: Who = "", as_json: Json = False) -> None:
    """Undo the last activation, in a booth that runs from the next tray on."""
    run(lambda: _rollback(config, who or account()), as_json)


def _install(config: Path, folder: Path) -> Answer:
    from booth.assembly.foundation import library
    from booth.settings import load

    settings = load(config)
    target = library(settings).install(folder, settings.recipe.pack_signed_by)
    says = f"{target.name} is installed; to let it score: booth model activate {config} {target.name}"
    return Answer(says, {"pack": target.name, "folder": str(target)})


def _activate(config: Path, name: str, by: str) -> Answer:
    from booth.assembly.foundation import demand_thresholds, library
    from booth.scoring.packs.library import Choice
    from booth.settings import load
    from drivers.clock import SystemClock

    settings = load(config)
    shelf = library(settings)
    pack = Choice(shelf.find(name)).load(settings.recipe.pack_signed_by)
    demand_thresholds(settings, pack)
    wish = {"kind": "activate", "pack": pack.folder.name, "by": by}
    return _changed(settings, pack, wish, lambda: shelf.activate(pack, SystemClock().utc(), by))


def _rollback(config: Path, by: str) -> Answer:
    from booth.assembly.foundation import demand_thresholds, library
    from booth.scoring.packs.library import NothingToUndo
    from booth.settings import load
    from drivers.clock import SystemClock

    settings = load(config)
    shelf = library(settings)
    try:
        before = shelf.before()
        pack = before.load(settings.recipe.pack_signed_by)
    except NothingToUndo as error:
        raise Failed(Exit.CHECK_FAILED, "nothing-to-undo", str(error)) from error
    demand_thresholds(settings, pack)
    wish = {"kind": "rollback", "by": by}
    return _changed(settings, pack, wish, lambda: shelf.rollback(before, SystemClock().utc(), by))


def _changed(settings: "Settings", pack: "Pack", wish: Head, keep: "Callable[[], None]") -> Answer:
    """A controller that runs keeps and takes it, in this order; without one it is kept here, for its next start."""
    running = asyncio.run(_asked(settings, pack, wish))
    if not running:
        keep()
        running = asyncio.run(_asked(settings, pack, {"kind": "take-active"}))  # it may have started meanwhile
    when = "it scores from the next tray on" if running else "the booth does not run: it scores when it is started"
    data = {"pack": pack.folder.name, "name": pack.name, "version": pack.version, "sha256": pack.sha256}
    return Answer(f"{pack.name} {pack.version} ({pack.sha256[:12]}) is active; {when}", data | {"running": running})


async def _asked(settings: "Settings", pack: "Pack", wish: Head) -> bool:
    """Returns when the controller has taken the pack; False if none runs. Raises Failed if it refuses."""
    from booth.assembly.processes import desk_socket
    from drivers.clock import SystemClock
    from drivers.errors import LinkLost
    from drivers.links import Message, connect
    from drivers.units import after, seconds

    try:
        channel = await connect(desk_socket(settings))
    except LinkLost:
        return False
    clock = SystemClock()
    try:
        async with clock.deadline(after(clock.now(), seconds(TAKEN_WITHIN_S))):
            await channel.send(Message(wish))
            await _until_taken(channel, pack)
    except (LinkLost, TimeoutError) as error:
        says = f"the controller did not answer ({error}); see which pack is active: booth model list CONFIG"
        raise Failed(Exit.DEVICE_MISSING, "controller-gone", says) from error
    finally:
        await channel.close()
    return True


async def _until_taken(channel: "Channel", pack: "Pack") -> None:
    while True:
        match (await channel.receive()).head:
            case {"kind": "refused", "why": why}:
                raise Failed(Exit.CHECK_FAILED, "refused", f"{why}; if the booth is only starting, ask again")
            case {"kind": "pack-refused", "why": why}:
                raise Failed(Exit.MODEL_INVALID, "model-invalid", why)
            case {"kind": "pack", "sha256": pack.sha256}:
                return
