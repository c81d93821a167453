"""What `booth simulate render` shows: scenes by lot, drawn now, or the ones that were drawn before and are shipped."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count

from fakes import props
from fakes.dataset.eyes import eye
from fakes.props.harm import SEVERITIES
from fakes.sensors.stereo import Imager
from fakes.sheets.sheet import Row
from fakes.stage import Stage, Studio, shipped
from fakes.studios.photography import look, on_colour

SUITS = {"printed-screen": "retail", "tape-repair": "case", "wrinkled-film": "polybag"}
"""The families on which some decoys are best seen."""
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
    """What `every` lists. Raises NoGraphics, and KeyError for a view that there is not."""
    return these(every(seed), view, drew)


def these(drawn: Iterable[props.Drawn], view: str, drew: Drew) -> Iterator[Row]:
    """A row a scene. Raises NoGraphics, and KeyError for a view that there is not."""
    camera = eye(view)
    with Studio() as studio:
        for number, wanted in enumerate(drawn, 1):
            scene = props.scene(wanted)
            with Stage(scene, studio) as stage:
                yield scene.truth, look(stage, camera), camera
            drew(number)


def every(seed: int) -> list[props.Drawn]:
    """Each type of damage, minor and major, on the next family that it can happen to; each decoy on a family where it
    is seen, and around one; an empty tray, two items, one that overhangs."""
    return [*_damages(seed), *_decoys(seed), *_arrangements(seed)]


def _damages(seed: int) -> Iterator[props.Drawn]:
    families = list(props.FAMILIES)
    for turn, type_ in enumerate(props.TYPES):
        family = next(name for name in _turned(families, turn) if type_ in props.harms(name))
        for severity in SEVERITIES:
            item = props.Chosen(family, seed % 20, (props.Injury(type_, severity),))
            yield props.Drawn(seed + turn, "one", (item,))


def _decoys(seed: int) -> Iterator[props.Drawn]:
    able = [name for name in props.FAMILIES if props.decoyed(name)]
    for turn, decoy in enumerate(props.DECOYS):
        family = SUITS.get(decoy, _turned(able, turn)[0])
        yield props.Drawn(seed + turn, "one", (props.Chosen(family, seed % 20, (), (decoy,)),))
    for turn, name in enumerate(props.AROUND):
        yield props.Drawn(seed + turn, "one", (props.Chosen(able[turn], seed % 20),), (name,))


def _arrangements(seed: int) -> Iterator[props.Drawn]:
    yield props.Drawn(seed, "empty")
    for wanted in ("two", "overhang"):
        lots = (props.drawn(number, damaged=False) for number in count(seed))
        yield next(drawn for drawn in lots if drawn.arrangement == wanted and _plain(drawn))


def _plain(drawn: props.Drawn) -> bool:
    """Nothing on it looks like damage."""
    return not drawn.around and not any(item.decoys for item in drawn.items)


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
