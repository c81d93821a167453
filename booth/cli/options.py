"""Arguments and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[Path, typer.Argument(metavar="CONFIG", help="The settings of the booth, a YAML file.")]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object on stdout.")]
