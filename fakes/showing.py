"""What `booth simulate render` shows: scenes by lot, drawn now, or the ones that were drawn before and are shipped."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from fakes import props
from fakes.dataset.eyes import eye
from fakes.photography import look, on_colour
from fakes.sensors.stereo import Imager
from fakes.sheet import Row
from fakes.stage import Stage, Studio, shipped

Drew = Callable[[int], None]
"""Is told how many scenes there are so far."""


def by_lot(
    seed: int, scenes: int, view: str, drew: Drew, families: Sequence[str] | None = None, twins: bool = False
) -> Iterator[Row]:
    """So many scenes from `seed` on; with `twins` each damaged one comes with itself undamaged before it. Raises
    KeyError for a family or a view that there is not, NoGraphics."""
    camera = eye(view)
    with Studio() as studio:
        for number in range(scenes):
            drawn = props.drawn(seed + number, families, damaged=number % 2 == 1 if not twins else None)
            for wanted in _and_twin(drawn) if twins else (drawn,):
                scene = props.scene(wanted)
                with Stage(scene, studio) as stage:
                    yield scene.truth, look(stage, camera), camera
            drew(number + 1)


def one_of_each(seed: int, view: str, drew: Drew) -> Iterator[Row]:
    """Every type of damage once, and every decoy, each on a product that it can happen to. Raises NoGraphics."""
    camera = eye(view)
    with Studio() as studio:
        for number, wanted in enumerate(every(seed), 1):
            scene = props.scene(wanted)
            with Stage(scene, studio) as stage:
                yield scene.truth, look(stage, camera), camera
            drew(number)


def every(seed: int) -> list[props.Drawn]:
    """Families in turn: each type of damage on the next family that it can happen to, then each decoy."""
    families = list(props.FAMILIES)
    found: list[props.Drawn] = []
    for type_ in props.TYPES:
        able = [name for name in _turned(families, len(found)) if type_ in props.harms(name)]
        item = props.Chosen(able[0], seed % 20, (props.Injury(type_, "major"),))
        found.append(props.Drawn(seed + len(found), "one", (item,)))
    for decoy in props.DECOYS:
        item = props.Chosen(families[len(found) % len(families)], seed % 20, (), (decoy,))
        found.append(props.Drawn(seed + len(found), "one", (item,)))
    return found


def shipped_ones() -> Iterator[Row]:
    """The scenes that came with this package. Needs no GL; depth is on the colour's pixels."""
    for name in shipped.names():
        one = shipped.load(shipped.named(name))
        view = next(iter(one.views))
        lens = one.cameras[view].lens
        camera = replace(eye(view), colour=one.cameras[view], imager=Imager(f"SIM-{view}", lens.fx_px, 55.0))
        yield one.truth, on_colour(one.views[view]), camera


def _and_twin(drawn: props.Drawn) -> tuple[props.Drawn, ...]:
    whole = replace(drawn, items=tuple(replace(item, injuries=()) for item in drawn.items))
    return (whole,) if whole == drawn else (whole, drawn)


def _turned(names: list[str], by: int) -> list[str]:
    by %= len(names)
    return names[by:] + names[:by]
