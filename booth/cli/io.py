"""`booth io`: what a technician does at the line with a laptop: look at inputs, hold an output, light a lamp."""

from enum import Enum
from typing import Annotated

import typer

from booth.cli.manners import Answer, run
from booth.cli.options import Config, Json

app = typer.Typer(no_args_is_help=True)
jog = typer.Typer(help="Move what moves.", no_args_is_help=True)
app.add_typer(jog, name="jog")


class OnOff(Enum):
    ON = "on"
    OFF = "off"


Output = Annotated[
    str, typer.Argument(metavar="NAME", help="tray_stop, belt_permit, or a lamp of the stack light by its colour.")
]
ForMs = Annotated[
    float | None, typer.Option(min=1, metavar="MS", help="How long; without it until Ctrl-C.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask first: for scripts.")]


@app.callback()
def io() -> None:
    """Inputs, outputs and lamps by hand, while the services stand still.

    Only what is named is touched, and it is put back at the end: also on Ctrl-C, when the terminal is closed, and when
    a device fails. The belt is never started. Ends with 5 while the service that owns the devices runs.
    """


@jog.callback()
def move() -> None:
    """Move what moves."""


@app.command()
def read(
    config: Config,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Inputs; else all of them.")] = None,
    as_json: Json = False,
) -> None:
    """Say what every input of the line reads now. Touches no output."""

    def answer() -> Answer:
        from booth.cli import io_inputs

        return io_inputs.read(config, names or [])

    run(answer, as_json)


@app.command()
def watch(
    config: Config,
    for_ms: ForMs = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout for each edge.")] = False,
) -> None:
    """Show every input live: its level, its edges, the shortest pulse. Touches no output. Ctrl-C ends it, with 130."""
    from booth.cli import io_inputs

    io_inputs.watch(config, for_ms, as_json)


@app.command("set")
def put(
    config: Config,
    name: Output,
    to: Annotated[OnOff, typer.Argument(metavar="on|off")],
    for_ms: ForMs = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Hold an output on, or off, and put it back at the end."""

    def answer() -> Answer:
        from booth.cli import io_outputs

        return io_outputs.put(config, name, to is OnOff.ON, for_ms, yes)

    run(answer, as_json)


@app.command()
def pulse(
    config: Config,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As of `set`; and heartbeat, which is beaten once.")],
    for_ms: Annotated[float, typer.Option("--ms", min=1, max=60_000, help="How long.")] = 200,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put an output on for a while, and off again."""

    def answer() -> Answer:
        from booth.cli import io_outputs

        return io_outputs.pulse(config, name, for_ms, yes)

    run(answer, as_json)


@app.command()
def light(
    config: Config,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The lamp, as `lights:` calls it.")],
    intensity: Annotated[float, typer.Option(min=0.001, max=1, help="Of full.")] = 1.0,
    for_ms: ForMs = None,
    as_json: Json = False,
) -> None:
    """Light a lamp, say when it is settled, and put it out at the end."""

    def answer() -> Answer:
        from booth.cli import io_outputs

        return io_outputs.light(config, name, intensity, for_ms)

    run(answer, as_json)


@jog.command()
def gate(
    config: Config,
    for_ms: Annotated[float, typer.Option("--ms", min=50, max=10_000, help="How long it stays at pass.")] = 1000,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Move the gate to pass and back to divert, once a person has said so. Keep your hands out of it."""

    def answer() -> Answer:
        from booth.cli import io_outputs

        return io_outputs.jog_gate(config, for_ms, yes)

    run(answer, as_json)
