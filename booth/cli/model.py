"""`booth model`: model packs."""

from pathlib import Path
from typing import Annotated

import typer

from booth.cli.manners import Answer, run
from booth.cli.model_eval import evaluate
from booth.cli.options import Json

app = typer.Typer(help="Model packs.", no_args_is_help=True)
app.command("eval")(evaluate)


@app.callback()
def model() -> None:
    """Model packs."""


@app.command()
def verify(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="The packs, each a folder with manifest.json.")
    ],
    as_json: Json = False,
) -> None:
    """Check every hash of a pack and replay its golden input. Ends with 7 when anything does not hold."""
    run(lambda: _verify(folders), as_json)


def _verify(folders: list[Path]) -> Answer:
    from booth.scoring.pack import load

    packs = [load(folder) for folder in folders]
    lines = [f"{pack.folder}: {pack.name} {pack.version} holds ({pack.sha256[:12]})" for pack in packs]
    return Answer(
        "\n".join(lines), {"packs": [{"name": p.name, "version": p.version, "sha256": p.sha256} for p in packs]}
    )
