"""What a drawn capture costs: a scene, its upload and shadows, two views; a shipped view, loaded; and a frame of it."""

import time
from statistics import median

from drivers.units import Millimetres
from fakes import props
from fakes.stage import CAMERAS, NoGraphics, Stage, Studio
from fakes.stage.shipped import load, named
from fakes.studios.kept import KeptScenes
from fakes.studios.panels import PanelStudio
from tests.bench.rows import Row

TARGET = "<= 7.2"  # s: a thousand captures an hour on two cores
SCENES = 6
FRAMES = 20
HARM = ((), *((props.Injury(kind, "major"),) for kind in ("crush", "tear", "superficial", "spillage")))
Parts = dict[str, list[float]]


def rows() -> list[Row]:
    name = "drawing a capture of two views"
    try:
        parts = _measured()
    except NoGraphics as refusal:
        return [Row(name, None, "s", TARGET, str(refusal)), _loading(), _frame()]
    says = f"CPU of all threads, median of {SCENES} scenes, 640x480, every light"
    whole = median([sum(each) for each in zip(*parts.values(), strict=True)])
    split = [Row(f"{name}: {part}", median(spent), "s", None, says) for part, spent in parts.items()]
    return [Row(name, whole, "s", TARGET, says), *split, _loading(), _frame()]


def _measured() -> Parts:
    """CPU seconds of each part, scene by scene; the first scene, which compiles the programs, does not count."""
    with Studio() as studio:
        each = [_capture(studio, number) for number in range(SCENES + 1)][1:]
    return {part: [one[place] for one in each] for place, part in enumerate(("scene", "upload and shadows", "views"))}


def _capture(studio: Studio, number: int) -> tuple[float, float, float]:
    injuries = HARM[number % len(HARM)]
    able = [name for name in props.FAMILIES if all(injury.type in props.harms(name) for injury in injuries)]
    begun = time.process_time()
    scene = props.draw(number, able[number % len(able)], 1, injuries)
    drawn = time.process_time()
    with Stage(scene, studio) as stage:
        uploaded = time.process_time()
        for name in ("left", "right"):
            stage.see(CAMERAS[name])
        seen = time.process_time()
    return drawn - begun, uploaded - drawn, seen - uploaded


def _frame() -> Row:
    """Colour and depth together, lamps mixed anew, as the simulated booth takes them."""
    studio = PanelStudio(KeptScenes())
    scene, spent = studio.draw(1, True), list[float]()
    for index in range(FRAMES + 1):
        begun = time.process_time()
        studio.photograph(scene, Millimetres(0), "left", {"ring": 1.0, "left": 0.5}, 4.0, 1, index)
        spent.append((time.process_time() - begun) * 1000)
    says = f"CPU of all threads, median of {FRAMES}, 640x480, colour and depth, from the cached light"
    return Row("a frame of the simulated sensors", median(spent[1:]), "ms", "<= 40", says)


def _loading() -> Row:
    begun = time.process_time()
    views = load(named("case")).views
    took = (time.process_time() - begun) / len(views) * 1000
    return Row("loading a shipped view", took, "ms", None, "CPU of all threads, every light")
