"""`booth simulate render` and `booth simulate dataset`: pictures of the simulated booth."""

import os
from enum import Enum
from errno import ENOENT
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.cli.manners import Answer, run
from booth.cli.options import Json
from booth.cli.progress import shown

Seed = Annotated[int, typer.Option(min=0, help="Draws products, damages, poses and light.")]


class What(Enum):
    """Which scenes a contact sheet shows."""

    LOT = "lot"
    EVERY = "every"
    SHIPPED = "shipped"


def render(
    out: Annotated[Path, typer.Argument(metavar="OUT.png", help="The picture to write.")],
    what: Annotated[
        What,
        typer.Option(
            help="lot: by lot, every second one damaged; every: each damage, minor and major, each decoy, an empty "
            "tray, two items, one that overhangs; shipped: the scenes that come with the booth, which need no GL."
        ),
    ] = What.LOT,
    scenes: Annotated[int, typer.Option(min=1, max=200, help="How many, by lot.")] = 6,
    seed: Seed = 0,
    family: Annotated[list[str] | None, typer.Option(help="Only of these families, by lot.")] = None,
    twins: Annotated[bool, typer.Option(help="By lot: show each damaged scene undamaged, too.")] = False,
    view: Annotated[str, typer.Option(help="The camera: left, right, oblique or oblique-back.")] = "left",
    as_json: Json = False,
) -> None:
    """Draw a contact sheet: scenes under several lamps, their depth, and the truth: grey items, coloured damage, green
    what only looks like damage."""
    run(lambda: _render(out, what, scenes, seed, family, twins, view), as_json)


def _render(out: Path, what: What, scenes: int, seed: int, family: list[str] | None, twins: bool, view: str) -> Answer:
    from booth.assembly import pictures

    if not out.parent.is_dir():  # before minutes of drawing, not after them
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(out.parent))
    with shown("scenes") as progress:
        made = pictures.contact_sheet(what.value, scenes, seed, family, twins, view, progress)
    pictures.save(out, made)
    height, width = made.shape[:2]
    return Answer(
        f"{out}: {width} x {height} px, SIMULATED", {"file": str(out), "width_px": width, "height_px": height}
    )


def dataset(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where it is made; run it again to go on.")],
    captures: Annotated[int, typer.Option(min=1, help="How many trays.")] = 1000,
    seed: Seed = 0,
    view: Annotated[list[str] | None, typer.Option(help="A camera; else left and right.")] = None,
    light: Annotated[
        list[str] | None, typer.Option(help="A picture under this lamp; else ring, left and right.")
    ] = None,
    references: Annotated[
        int, typer.Option(min=0, help="Pristine captures of every product, each in another pose, beside those.")
    ] = 0,
    depth_camera: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="d415, d435 or d455 in every view; else the simulated rig's own."),
    ] = None,
    vary_sensor: Annotated[
        bool, typer.Option("--vary-sensor", help="Draw gain and white balance of every colour camera for each capture.")
    ] = False,
    split: Annotated[
        str | None, typer.Option(metavar="PART", help="Only products of this part: train, val or test; else all.")
    ] = None,
    damaged: Annotated[float, typer.Option(min=0, max=1, help="The share of trays with a damaged item.")] = 0.5,
    tray_only: Annotated[
        bool, typer.Option("--tray-only", help="Read out the part of each sensor that shows the tray: half the bytes.")
    ] = False,
    products: Annotated[
        int | None,
        typer.Option(metavar="N", help="Products of a family, those beyond the catalogue's for training; else its 24."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a labelled data set of simulated captures: colour, depth, exact masks, COCO labels, split by product, with
    three families for the test alone. About 3 MB and 2 s of two cores a capture."""
    chosen = {
        "references": references, "depth_camera": depth_camera, "vary_sensor": vary_sensor, "split": split,
        "damaged": damaged, "tray_only": tray_only, "products": products,
    }  # fmt: skip
    run(lambda: _dataset(folder, captures, seed, view, light, chosen), as_json)


def _dataset(
    folder: Path,
    captures: int,
    seed: int,
    view: list[str] | None,
    light: list[str] | None,
    chosen: dict[str, Any],
) -> Answer:
    from booth.assembly import pictures

    plan = pictures.dataset_plan(captures, seed, view, light, **chosen)
    with shown("captures") as progress:
        manifest = pictures.make_dataset(plan, folder, len(os.sched_getaffinity(0)), progress)
    images = ", ".join(f"{count} {split}" for split, count in manifest["images"].items())
    held = ", ".join(manifest["held_out_families"])
    told = f"{folder}: {manifest['captures']} captures, SIMULATED; images: {images}; for the test alone: {held}"
    return Answer(told, manifest)
