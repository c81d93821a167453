"""`booth record`: keep what the cameras of a running booth see, to be played again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booth.cli.manners import Answer, Diagnostic, Exit, Failed, run
from booth.cli.options import Config, Json

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from booth.settings import Settings
    from drivers.links import Channel

Head = dict[str, Any]


def record(
    config: Config,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The session: a new folder in state_dir/sessions.")],
    captures: Annotated[int, typer.Option(min=1, max=100_000, help="How many shots; each tray has the recipe's.")] = 20,
    as_json: Json = False,
) -> None:
    """Record the cameras of a running booth, without disturbing it, as a session that can be played.

    Ctrl-C ends the recording; what has been recorded stays.
    """
    run(lambda: _record(config, name, captures), as_json)


def _record(config: Path, name: str, captures: int) -> Answer:
    import asyncio

    from booth.cli.progress import shown
    from booth.settings import load

    settings = load(config)
    with shown("captures") as progress:
        return _answer(settings, asyncio.run(_recorded(settings, name, captures, progress)))


async def _recorded(settings: "Settings", name: str, captures: int, progress: "Callable[[int, int], None]") -> Head:
    """What the controller says at the end. Raises Failed when nobody answers, or when the controller refuses."""
    import asyncio

    from booth.assembly.processes import desk_socket
    from booth.cli.daemon import stop_asked
    from drivers.errors import LinkLost
    from drivers.links import Message, connect

    try:
        channel = await connect(desk_socket(settings))
    except LinkLost as error:
        says = f"{error}; is the booth running? Start it: booth run CONFIG, or systemctl start boothd"
        raise Failed(Exit.DEVICE_MISSING, "controller-missing", says) from error
    stop = stop_asked(supervised=False)
    stopping = asyncio.ensure_future(_stop_when_asked(channel, stop))
    try:
        await channel.send(Message({"kind": "record", "name": name, "captures": captures}))
        return await _until_ended(channel, progress)
    except LinkLost as error:
        says = f"{error}; what had been recorded is in {settings.state_dir / 'sessions' / name}"
        raise Failed(Exit.DEVICE_MISSING, "controller-gone", says) from error
    finally:
        stopping.cancel()
        await channel.close()


async def _stop_when_asked(channel: "Channel", stop: "asyncio.Event") -> None:
    from drivers.links import Message

    await stop.wait()
    await channel.send(Message({"kind": "stop-recording"}))


async def _until_ended(channel: "Channel", progress: "Callable[[int, int], None]") -> Head:
    while True:
        head = (await channel.receive()).head
        match head:
            case {"kind": "refused", "why": why}:
                raise Failed(Exit.CHECK_FAILED, "refused", why)
            case {"kind": "recorded", "captures": done, "of": wanted}:
                progress(done, wanted)
            case {"kind": "recording-ended"}:
                return head


def _answer(settings: "Settings", told: Head) -> Answer:
    folder, captures, lost = told["folder"], told["captures"], told["lost"]
    if told["problem"]:
        raise Failed(Exit.STORAGE, "recording-failed", f"after {captures} captures: {told['problem']}")
    if not captures:
        raise Failed(Exit.CHECK_FAILED, "nothing-recorded", "no tray came while it recorded: nothing was kept")
    blocks = [f"  {camera}: {{driver: recorded, session: {folder}, camera: {camera}}}" for camera in settings.cameras]
    told_how = f"{captures} captures in {folder}; to play them, in a copy of the settings:"
    text = "\n".join([told_how, "cameras:", *blocks])
    told_lost = Diagnostic("captures-lost", "warning", f"{lost} captures came faster than the disk took them")
    return Answer(text, {"folder": folder, "captures": captures, "lost": lost}, True, (told_lost,) if lost else ())
