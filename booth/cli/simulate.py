"""`booth simulate`: what only a simulated booth can do."""

import typer

from booth.cli.simulate_day import day
from booth.cli.simulate_pictures import dataset, render

ABOUT = "What only a simulated booth can do: show itself, make data sets, play a day in a minute."

app = typer.Typer(help=ABOUT, no_args_is_help=True)
app.command()(render)
app.command()(dataset)
app.command()(day)


@app.callback()
def simulate() -> None:
    """What only a simulated booth can do: show itself, make data sets, play a day in a minute."""
