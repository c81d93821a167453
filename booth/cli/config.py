"""`booth config`: the settings themselves."""

import json
from typing import Any

import typer

from booth.cli.manners import Answer, run
from booth.cli.options import Json

app = typer.Typer(help="The settings themselves.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings themselves."""


@app.command()
def schema(as_json: Json = False) -> None:
    """Print the JSON Schema of a settings file, for editors."""
    run(_schema, as_json)


def _schema() -> Answer:
    from booth.settings.schema import document

    found: dict[str, Any] = document()
    return Answer(json.dumps(found, indent=2), found)
