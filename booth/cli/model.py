"""`booth model`: model packs."""

import typer

from booth.cli.model_active import activate, install, rollback
from booth.cli.model_bench import bench
from booth.cli.model_eval import evaluate
from booth.cli.model_packs import list_packs, verify

ABOUT = "Model packs: what there is, whether it holds, how fast and how good it is, and which one scores."

app = typer.Typer(help=ABOUT, no_args_is_help=True)
app.command("list")(list_packs)
app.command()(verify)
app.command()(bench)
app.command("eval")(evaluate)
app.command()(install)
app.command()(activate)
app.command()(rollback)


@app.callback()
def model() -> None:
    """Model packs: what there is, whether it holds, how fast and how good it is, and which one scores."""
