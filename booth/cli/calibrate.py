"""`booth calibrate`: measure a camera, and store what was measured as a versioned file."""

from typing import Annotated

import typer

from booth.cli.manners import Answer, run
from booth.cli.options import Config, Json

app = typer.Typer(help="Measure the cameras, and keep the result.", no_args_is_help=True)

Dry = Annotated[bool, typer.Option("--dry-run", help="Measure and print, store nothing.")]
Keep = Annotated[bool, typer.Option("--keep", help="Store the result even though a limit was missed.")]


@app.callback()
def calibrate() -> None:
    """Measure the cameras, and keep the result as versioned files."""


@app.command()
def intrinsics(
    config: Config,
    camera: Annotated[str, typer.Option(metavar="NAME", help="The camera, as the settings call it.")],
    views: Annotated[int, typer.Option(min=1, help="How many pictures of the board to take.")] = 30,
    square_mm: Annotated[float, typer.Option(help="Side of a square, as measured on the print.")] = 30.0,
    marker_mm: Annotated[float, typer.Option(help="Side of a marker, as measured on the print.")] = 22.0,
    columns: Annotated[int, typer.Option(help="Squares across the board.")] = 11,
    rows: Annotated[int, typer.Option(help="Squares down the board.")] = 8,
    dry_run: Dry = False,
    keep: Keep = False,
    as_json: Json = False,
) -> None:
    """Measure a camera's lens from pictures of a ChArUco board (DICT_5X5_100) held before it.

    Move the board between the pictures: near and far, tilted to every side, into every corner of the picture.
    Ends with 6, and stores nothing, when a limit is missed. Calibrate the tray again afterwards.
    """

    def measure() -> Answer:
        from booth.calibration.board import Board
        from booth.cli import calibrate_steps as steps

        board = Board(columns, rows, square_mm, marker_mm)
        return steps.intrinsics(config, camera, views, board, steps.Keeping(dry_run, keep))

    run(measure, as_json)


@app.command()
def tray(
    config: Config,
    camera: Annotated[str | None, typer.Option(metavar="NAME", help="One camera; all of them if not given.")] = None,
    capture: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a recorded session: the one that shows the empty tray.")
    ] = None,
    region: Annotated[
        str | None, typer.Option(metavar="X,Y,W,H", help="Where the tray is, in px; looked for if not given.")
    ] = None,
    frames: Annotated[int, typer.Option(min=1, help="How many pictures to average.")] = 8,
    dry_run: Dry = False,
    keep: Keep = False,
    as_json: Json = False,
) -> None:
    """Measure where the empty tray is: the plane of its floor, and its place in the picture.

    Put an empty tray at the station first. Ends with 6, and stores nothing, when a camera misses a limit.
    """

    def measure() -> Answer:
        from booth.cli import calibrate_steps as steps

        where = None if region is None else steps.region_of(region)
        return steps.tray(config, camera, steps.Wanted(frames, capture, where), steps.Keeping(dry_run, keep))

    run(measure, as_json)
