"""`booth gallery`: reference captures of pristine items, by product."""

from pathlib import Path
from typing import Annotated

import typer

from booth.cli.manners import run
from booth.cli.options import Config, Json

app = typer.Typer(help="Reference captures of pristine items, by product.", no_args_is_help=True)

Product = Annotated[str, typer.Option("--product", metavar="NAME", help="The product that the captures show.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with the version that this makes.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who says so; else the account that runs this.")]


@app.callback()
def gallery() -> None:
    """Reference captures of pristine items, by product."""


@app.command()
def add(
    config: Config,
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Evidence of a tray, a recorded session or SESSION/TRAY, a simulated data set or a capture of one.",
        ),
    ],
    product: Product,
    codes: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="CODE", help="What its plate or barcode says; may be repeated."),
    ] = None,
    why: Why = "pristine items",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Add captures of pristine items that agree with one another, or with those that are there.

    What does not agree is refused, with numbers, and the command ends with 6; the others are added. What is there
    already, in the same pose, is not added twice.
    """
    from booth.cli import gallery_steps as steps

    signed = steps.Signature(by, why)
    run(lambda: steps.add(config, sources, product, tuple(codes or ()), signed), as_json)


@app.command("list")
def list_(
    config: Config,
    version: Annotated[int | None, typer.Option(min=1, help="An older version, by its number.")] = None,
    as_json: Json = False,
) -> None:
    """Say which references there are, and what every version changed."""
    from booth.cli import gallery_steps as steps

    run(lambda: steps.listed(config, version), as_json)


@app.command()
def remove(
    config: Config,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="References, as `booth gallery list` names them.")],
    why: Why,
    by: By = None,
    as_json: Json = False,
) -> None:
    """Make a version without these references. Older versions keep them."""
    from booth.cli import gallery_steps as steps

    run(lambda: steps.remove(config, ids, steps.Signature(by, why)), as_json)


@app.command()
def check(config: Config, as_json: Json = False) -> None:
    """Find broken files, references that do not agree with the others, and those of another camera geometry.

    Ends with 7 for a broken file, else with 6 if there was anything to find.
    """
    from booth.cli import gallery_steps as steps

    run(lambda: steps.check(config), as_json)
