"""`booth model bench`: how fast a pack is on this machine."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli.manners import Answer, run
from booth.cli.model_packs import all_in_models
from booth.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from booth.geometry.views import View
    from booth.scoring.packs.manifest import ViewShape

WARM = 3


def bench(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER...]", help="The packs; else all in models/.")
    ] = None,
    views: Annotated[int, typer.Option(min=1, max=16, help="Cameras of a tray.")] = 2,
    rounds: Annotated[int, typer.Option(min=2, max=10_000, help="Trays to score.")] = 50,
    as_json: Json = False,
) -> None:
    """Measure how long a pack takes to load and to score a tray here, on views of noise at its own scale.

    No tray is damaged by what it finds: the figures are of time alone.
    """
    run(lambda: _bench(folders or all_in_models(), views, rounds), as_json)


def _bench(folders: list[Path], views: int, rounds: int) -> Answer:
    found = {str(folder): _measured(folder, views, rounds) for folder in folders}
    lines = [line for folder, figures in found.items() for line in (folder, *map(_line, figures.items()))]
    return Answer("\n".join(lines), {"packs": found})


def _measured(folder: Path, views: int, rounds: int) -> dict[str, float]:
    """Milliseconds. A view of its own each round: the network remembers those that it has seen."""
    from booth.scoring.packs.pack import load
    from booth.scoring.scorer import PackScorer

    loading = _milliseconds(lambda: load(folder), 1)
    pack = load(folder)
    scorer, network = PackScorer(pack), pack.network
    seen = tuple(_noise(f"camera-{number}", pack.manifest.view) for number in range(views))
    scored = _milliseconds(lambda: scorer.score(tuple(map(replace, seen))), rounds)
    figures = {"load_ms": loading[0], "tray_p50_ms": _share(scored, 0.5), "tray_p99_ms": _share(scored, 0.99)}
    if network is not None:
        feeds, outputs = network.feeds(seen[0]), tuple(network.form.given.values())
        figures["model_p50_ms"] = _share(_milliseconds(lambda: network.session.run(feeds, outputs), rounds), 0.5)
    return {name: round(value, 2) for name, value in figures.items()}


def _milliseconds(work: "Callable[[], object]", rounds: int) -> list[float]:
    """Of each round, the shortest first; of more than one, after WARM that do not count."""
    from drivers.clock import SystemClock
    from drivers.units import as_ms, between

    clock = SystemClock()

    def once() -> float:
        begun = clock.now()
        work()
        return as_ms(between(begun, clock.now()))

    for _ in range(WARM if rounds > 1 else 0):
        work()
    return sorted(once() for _ in range(rounds))


def _share(shortest_first: list[float], share: float) -> float:
    return shortest_first[min(int(share * len(shortest_first)), len(shortest_first) - 1)]


def _noise(camera: str, shape: "ViewShape") -> "View":
    """Of the pack's size and scale, with height and light from both sides."""
    import numpy as np

    from booth.geometry.views import Standpoint, View

    rng = np.random.default_rng(len(camera))
    colour, left, right = (rng.integers(0, 256, (*shape.size_px, 3), np.uint8) for _ in range(3))
    height = rng.uniform(0, 50, shape.size_px).astype(np.float32)
    stands = Standpoint(shape.size, shape.mm_per_px, (0.0, 0.0, -1.0), 700.0) if shape.mm_per_px else None
    return View(camera, colour, height, np.ones(shape.size_px, np.bool_), {"left": left, "right": right}, stands)


def _line(figure: tuple[str, float]) -> str:
    name, value = figure
    return f"  {name.removesuffix('_ms'):<12}{value:9.2f} ms"
