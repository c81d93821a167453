"""What a data set is made of."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fakes.dataset.eyes import DEPTH_CAMERAS
from fakes.dataset.split import SPLITS, Split
from fakes.stage import CAMERAS, LIGHTS

FORMAT = "booth.dataset/1"
FILE = "dataset.json"


HALF = 0.5
CHOICES = ("depth_camera", "vary_sensor", "split", "damaged", "tray_only", "products")
MOST_PRODUCTS = 1000
"""Of a family: their codes have three digits for it."""


class DatasetUnfit(ValueError):
    """The plan cannot be, or the folder holds something else; the message says what to do."""


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """`captures` trays, each through every one of `views` (fakes.stage.CAMERAS) under each of `shots` (LIGHTS, one at a
    time). `references`: pristine captures of every product, each in another pose, beside those. `depth_camera`: one
    of DEPTH_CAMERAS in every view; None: those of the simulated rig. `vary_sensor`: gain and white balance of every
    colour camera differ from one capture to the next. `split`: only trays of this part, and references of its products;
    None: of all three. `damaged`: the share of trays with a damaged item. `tray_only`: of every sensor only the part is
    read out that shows the tray. `products`: how many each family has; None: as many as the catalogue says, and any
    beyond those are for training. Raises DatasetUnfit."""

    captures: int
    seed: int = 0
    views: tuple[str, ...] = ("left", "right")
    shots: tuple[str, ...] = ("ring", "left", "right")
    references: int = 0
    depth_camera: str | None = None
    vary_sensor: bool = False
    split: Split | None = None
    damaged: float = HALF
    tray_only: bool = False
    products: int | None = None

    def __post_init__(self) -> None:
        for what, given, known in (("view", self.views, CAMERAS), ("light", self.shots, LIGHTS)):
            if wrong := [name for name in given if name not in known]:
                raise DatasetUnfit(f"no {what} is called {wrong[0]!r}; there are: {', '.join(known)}")
            if not given or len(set(given)) < len(given):
                raise DatasetUnfit(f"name each {what} once: {', '.join(known)}")
        if self.depth_camera is not None and self.depth_camera not in DEPTH_CAMERAS:
            raise DatasetUnfit(
                f"no depth camera is called {self.depth_camera!r}; there are: {', '.join(DEPTH_CAMERAS)}"
            )
        if self.split is not None and self.split not in SPLITS:
            raise DatasetUnfit(f"no part is called {self.split!r}; there are: {', '.join(SPLITS)}")
        if not 0 <= self.damaged <= 1:
            raise DatasetUnfit(f"{self.damaged:g} is no share of damaged trays: 0 to 1")
        if self.products is not None and not 1 <= self.products <= MOST_PRODUCTS:
            raise DatasetUnfit(f"{self.products} is no number of products of a family: 1 to {MOST_PRODUCTS}")
        if self.captures < 1 or self.references < 0 or self.seed < 0:
            raise DatasetUnfit("captures is at least 1; references and seed are not negative")

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen beyond views, lights and counts: nothing where it is as it always was, so that a folder that
        was begun before there was a choice goes on."""
        usual = type(self)(1)
        return {name: given for name in CHOICES if (given := getattr(self, name)) != getattr(usual, name)}

    def claim(self, folder: Path) -> None:
        """Make `folder` this plan's, or find that it is. Raises DatasetUnfit for one that holds something else."""
        told = {key: value for key, value in asdict(self).items() if key not in CHOICES}
        about = {"format": FORMAT, "simulated": True, **told, **self.chosen}
        wanted = json.loads(json.dumps(about))
        path = folder / FILE
        if folder.exists() and not folder.is_dir():
            raise DatasetUnfit(f"{folder} is a file: give a folder")
        if not path.exists():
            if folder.exists() and any(folder.iterdir()):
                raise DatasetUnfit(f"{folder} is not empty and holds no {FILE}: give another folder")
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
        elif (there := _read(path)) != wanted:
            changed = sorted(key for key in {*there, *wanted} if there.get(key) != wanted.get(key))
            raise DatasetUnfit(f"{path} was begun with other {', '.join(changed)}: give another folder, or those again")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DatasetUnfit(f"{path} is no JSON ({error}): give another folder") from error
    return found if isinstance(found, dict) else {}
