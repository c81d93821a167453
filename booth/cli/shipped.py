"""Where the files that come with the booth are: in the folder one works in, in a checkout, or in an installation."""

import sys
from pathlib import Path

from booth.cli.exits import Exit, Failed

CHECKOUT = Path(__file__).parents[2]
INSTALLED = Path(sys.prefix) / "share" / "inspection-booth"


def shipped(name: str) -> Path:
    """The file `name`, as config/sim.yaml. Raises Failed if it is in none of the places."""
    for folder in (Path(), CHECKOUT, INSTALLED):
        if (found := folder / name).is_file():
            return found
    raise Failed(Exit.USAGE, "not-shipped", f"{name} is neither here nor in {INSTALLED}; give the path of one yourself")


def shipped_folder(name: str) -> Path:
    """The folder `name`, as models. Raises Failed if it is in none of the places."""
    for folder in (Path(), CHECKOUT, INSTALLED):
        if (found := folder / name).is_dir():
            return found
    raise Failed(
        Exit.USAGE, "not-shipped", f"{name}/ is neither here nor in {INSTALLED}; give the path of one yourself"
    )
