"""`booth model eval`: how good a pack is, on simulated data sets and on anybody's pictures."""

import os
from dataclasses import dataclass
from enum import Enum
from errno import ENOENT
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli.manners import Answer, Diagnostic, Exit, Failed, run
from booth.cli.options import Json
from booth.cli.progress import shown
from booth.cli.shipped import shipped

if TYPE_CHECKING:
    from booth.evaluation.measuring import Evaluation
    from booth.evaluation.runs import Wish

PACK = "models/damage-sim1/manifest.json"


class Fit(Enum):
    """What is made of the data set's pristine pictures for training."""

    GALLERY = "gallery"


class Lacking(Enum):
    """What the booth is taken not to have."""

    DEPTH = "depth"
    SIDES = "sides"
    GALLERY = "gallery"


def evaluate(
    dataset: Annotated[
        Path,
        typer.Argument(
            metavar="DATASET",
            help="A folder of booth simulate dataset; one with train/good, test/good and test/NAME; or a CSV file.",
        ),
    ],
    pack: Annotated[Path | None, typer.Option(metavar="FOLDER", help="The model pack; else the one shipped.")] = None,
    lanes: Annotated[str, typer.Option(metavar="NAME,...", help="Only these lanes of the pack; else all.")] = "",
    fit: Annotated[
        Fit | None,
        typer.Option(help="gallery: compare with train/good and nothing else; no model that ever saw damage decides."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="PART", help="train, val or test; else test if there is one.")
    ] = None,
    without: Annotated[
        list[Lacking] | None,
        typer.Option(help="As if the booth had no depth camera, no lamps at the sides, no gallery."),
    ] = None,
    ablate: Annotated[
        bool,
        typer.Option("--ablate", help="Four times: colour alone, then with height, with the sides, with a gallery."),
    ] = False,
    scores: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the score of every tray there, a CSV file; go on with what is in it."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write a page with curves, misses and false alarms there.")
    ] = None,
    pixels: Annotated[
        bool, typer.Option("--pixels", help="Say how well heat maps lie on masks: looks at up to 400 trays again.")
    ] = False,
    resamples: Annotated[int, typer.Option(min=0, help="Draws of products for the intervals; 0: no intervals.")] = 1000,
    as_json: Json = False,
) -> None:
    """Score a data set and say how good the scores are: AUROC, AP, recall at 1 % and 0.1 % false positives, by type,
    severity, family and product, with intervals."""
    asked = Asked(dataset, pack, lanes, fit, split, tuple(without or ()), ablate, scores, report, pixels, resamples)
    run(lambda: _evaluate(asked), as_json)


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line."""

    dataset: Path
    pack: Path | None
    lanes: str
    fit: Fit | None
    split: str | None
    without: tuple[Lacking, ...]
    ablate: bool
    scores: Path | None
    report: Path | None
    pixels: bool
    resamples: int


def _evaluate(asked: Asked) -> Answer:
    from booth.evaluation import pixels, report, runs, told

    _check(asked)
    wish = _wish(asked)
    if asked.ablate:
        return _table(runs.ablated(wish, shown))
    found, scoring = (runs.by_gallery if asked.fit else runs.as_a_booth)(wish, shown)
    text, data = told.text(found), told.plain(found) if asked.fit else told.whole(found)
    if asked.pixels:
        marked = pixels.pixels(found, scoring, shown)
        text += f"\n\n{told.figures_in_words(marked)}"
        data |= told.figures_in_json(marked)
    if asked.report:
        text += f"\n\n{report.write(asked.report, found, scoring)}"
    return Answer(text, data, diagnostics=_notes(found))


def _check(asked: Asked) -> None:
    """What cannot be is said before minutes of scoring, not after them. Raises Failed, FileNotFoundError."""
    if asked.fit and (asked.lanes or asked.without or asked.ablate):
        says = "--fit gallery scores without a lane: leave out --lanes, --without and --ablate"
        raise Failed(Exit.USAGE, "usage", says)
    if asked.ablate and (asked.without or asked.report or asked.pixels):
        says = "--ablate leaves things out itself, and has no page: no --without, no --report, no --pixels"
        raise Failed(Exit.USAGE, "usage", says)
    for path in (asked.scores, asked.report):
        if path is not None and not path.parent.is_dir():
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(path.parent))


def _wish(asked: Asked) -> "Wish":
    from booth.evaluation.runs import Wish

    return Wish(
        asked.dataset,
        asked.pack or shipped(PACK).parent,
        tuple(name.strip() for name in asked.lanes.split(",") if name.strip()),
        asked.split,
        tuple(lack.value for lack in asked.without),
        asked.scores,
        asked.resamples,
    )


def _table(found: "dict[str, Evaluation]") -> Answer:
    """Each step of an ablation, one under the other."""
    from booth.evaluation import told

    first = next(iter(found.values()))
    data = {name: told.plain(one) | {"scored_by": one.by} for name, one in found.items()}
    return Answer(told.steps(found), {"simulated": first.data.simulated, "ablations": data}, diagnostics=_notes(first))


def _notes(found: "Evaluation") -> tuple[Diagnostic, ...]:
    return tuple(Diagnostic(note.code, "warning" if note.grave else "info", note.says) for note in found.notes)
