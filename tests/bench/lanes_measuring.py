"""What the lanes that measure cost of one core: three views of a dented carton, 416 by 320 px, lit from two sides."""

import time
from collections.abc import Callable

import cv2

from booth.geometry.views import View
from booth.inspection.quality import poor, unlit
from booth.scoring.arrangement import arrangement
from booth.scoring.lanes.geometry import GeometryLane
from booth.scoring.lanes.relief import ReliefLane
from booth.scoring.packs.manifest import Measured
from booth.settings.model import Quality
from tests.bench.rows import Row, p50
from tests.scoring.trays import dented

TRAYS = 40
LIMITS = Quality(saturated_at_most=1, dark_at_most=1, valid_depth_at_least=0)


def rows() -> list[Row]:
    views = tuple(dented(14.0).view(seed, camera=camera) for seed, camera in enumerate(("left", "middle", "right")))
    entry = Measured(curve=((-8.0, 0.0), (9.0, 1.0)))
    relief, geometry = ReliefLane(entry), GeometryLane(entry)
    conditions = f"3 views of 416x320, {TRAYS} trays, time of one thread"
    return [
        Row("relief lane, p50 of one core", _of_one_core(lambda: relief.score(views)), "ms", "<= 15", conditions),
        Row("geometry lane, p50 of one core", _of_one_core(lambda: geometry.score(views)), "ms", "<= 15", conditions),
        Row("arrangement, p50 of one core", _of_one_core(lambda: arrangement(views)), "ms", None, conditions),
        Row("quality of 9 pictures, p50 of one core", _of_one_core(lambda: _quality(views)), "ms", None, conditions),
    ]


def _quality(views: tuple[View, ...]) -> None:
    for view in views:
        poor(view, LIMITS, has_depth=True)
        for picture in view.lit.values():
            unlit(view.camera, picture, LIMITS)


def _of_one_core(work: Callable[[], object]) -> float:
    """ms that the thread computes; what others do on the machine counts little."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        work()
        return p50([_computed(work) for _ in range(TRAYS)]) * 1000
    finally:
        cv2.setNumThreads(threads)


def _computed(work: Callable[[], object]) -> float:
    begun = time.thread_time()
    work()
    return time.thread_time() - begun
