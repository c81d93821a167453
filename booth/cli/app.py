"""The tree of commands. Nothing heavy is imported until a command runs."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from booth.cli import calibrate, check, config, devices, gallery, io, line, model, record, run, simulate
from booth.cli.manners import Exit

app = typer.Typer(
    name="booth",
    help="Look at every tray, score its damage, divert the damaged ones.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("record")(record.record)
app.command("devices")(devices.devices)
app.add_typer(calibrate.app, name="calibrate")
app.add_typer(line.app, name="line")
app.add_typer(io.app, name="io")
app.add_typer(model.app, name="model")
app.add_typer(gallery.app, name="gallery")
app.add_typer(simulate.app, name="simulate")
app.add_typer(config.app, name="config")


def _version(asked: bool) -> None:
    if asked:
        print(f"inspection-booth {version('inspection-booth')}")
        raise typer.Exit


@app.callback()
def booth(
    asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version.")
    ] = False,
) -> None:
    """Look at every tray, score its damage, divert the damaged ones."""


def main() -> None:
    """The `booth` command. A mistake of ours ends with a traceback and exit code 1; Ctrl-C with 130."""
    try:
        app()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(Exit.INTERRUPTED)


if __name__ == "__main__":
    main()
