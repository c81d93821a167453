"""`python -m fakes.stage.ship`: draws the scenes that are shipped, again."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track

from fakes import props
from fakes.props import Injury
from fakes.stage.cameras import CAMERAS
from fakes.stage.render import Stage
from fakes.stage.shipped import FOLDER, SUFFIX, Shipped, save
from fakes.stage.studio import Studio

TOP = ("left", "right")


@dataclass(frozen=True, slots=True)
class Plan:
    """`cameras` of fakes.stage.CAMERAS; the rest as fakes.props.draw takes it."""

    name: str
    seed: int
    family: str
    number: int
    injuries: tuple[Injury, ...] = ()
    decoys: tuple[str, ...] = ()
    cameras: tuple[str, ...] = TOP

    def scene(self) -> props.Scene:
        return props.draw(self.seed, self.family, self.number, self.injuries, self.decoys)


PLANS = (
    Plan("case", 101, "case", 3, cameras=(*TOP, "oblique")),
    Plan("case-crushed", 101, "case", 3, (Injury("crush", "major"),), cameras=(*TOP, "oblique")),
    Plan("case-opened", 102, "case", 8, (Injury("deconstruction", "major"), Injury("missing", "major"))),
    Plan("diecut", 105, "diecut", 7),
    Plan("diecut-spilt", 105, "diecut", 7, (Injury("spillage", "major"),)),
    Plan("retail-printed", 106, "retail", 11, decoys=("printed-screen",)),
    Plan("mailer-torn", 108, "mailer", 4, (Injury("tear", "major"),), cameras=(*TOP, "oblique")),
    Plan("polybag", 109, "polybag", 5),
    Plan("bottles", 110, "bottles", 6),
    Plan("bottles-missing", 110, "bottles", 6, (Injury("missing", "major"),)),
    Plan("book-dented", 111, "book", 2, (Injury("dent", "major"),)),
)


def drawn(plans: tuple[Plan, ...] = PLANS) -> Iterator[tuple[str, Shipped]]:
    """Names and scenes, an empty tray first. Raises NoGraphics."""
    with Studio() as studio:
        yield "empty", _seen(studio, props.empty(100), TOP)
        for plan in plans:
            yield plan.name, _seen(studio, plan.scene(), plan.cameras)


def _seen(studio: Studio, scene: props.Scene, names: tuple[str, ...]) -> Shipped:
    cameras = {name: CAMERAS[name] for name in names}
    with Stage(scene, studio) as stage:
        return Shipped(scene.truth, {name: stage.see(camera) for name, camera in cameras.items()}, cameras)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--into", type=Path, default=FOLDER, help="the folder to write to")
    into: Path = parser.parse_args().into
    into.mkdir(parents=True, exist_ok=True)
    for name, scene in track(drawn(), "drawing scenes", total=len(PLANS) + 1):
        save(into / f"{name}{SUFFIX}", scene)


if __name__ == "__main__":
    main()
