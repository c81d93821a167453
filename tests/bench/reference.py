"""What the reference lane costs: a tray of three views beside one to three references, by stage, and how the search
among patches grows with them. The boxes are drawn; the maps are random, of the size that a network gives."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import cycle

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.comparing.comparison import compared, reference_of, tray_of
from booth.scoring.comparing.coreset import bank_of, coreset
from booth.scoring.comparing.differences import differences, drawn, halved
from booth.scoring.comparing.registration import flattened, register
from booth.scoring.gallery.reference import Reference
from booth.scoring.lanes.reference import ReferenceLane
from tests.bench.rows import Row, once, p50, p99, repeated
from tests.scoring.printed import Box, pack, reference, tray

ROUNDS = 60
CAMERAS = ("left", "middle", "right")
MAPS, PATCH = (20, 26), 112
"""Patches of a view of 320 x 416 px at stride 16, and the length of one (EfficientNet-Lite0)."""
BANKS = (1_000, 10_000, 100_000, 1_000_000)


def rows() -> list[Row]:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        trays = [row for count in (1, 2, 3) for row in _trays(count)]
        queries = _patches(MAPS[0] * MAPS[1])
        return [*trays, *_stages(), *(_search(count, queries) for count in BANKS), *map(_choice, (400, 1_000))]
    finally:
        cv2.setNumThreads(threads)


def _seen(box: Box, seed: int) -> tuple[View, ...]:
    """The same from three cameras, each with noise of its own."""
    return tuple(replace(tray(box, seed + number), camera=camera) for number, camera in enumerate(CAMERAS))


def _bare() -> tuple[View, ...]:
    """Nothing on the tray: what a booth warms itself with."""
    return tuple(replace(tray(None), camera=camera) for camera in CAMERAS)


def _references(count: int) -> tuple[Reference, ...]:
    boxes = (Box(turn_deg=178.0 * (number % 2), at_mm=(9.0 * number, -6.0)) for number in range(count))
    return tuple(
        replace(reference(tray(box), f"{number:016x}"), views=_seen(box, 10 * number))
        for number, box in enumerate(boxes)
    )


def _trays(count: int) -> list[Row]:
    """The network runs on the appearance lane's budget, and not here."""
    lane, references = ReferenceLane(pack()), _references(count)
    trays = cycle([_seen(Box(turn_deg=turn, at_mm=(15, -10)), 100) for turn in (-4.0, 3.0, 183.0)])

    def work() -> object:
        return lane.compare(next(trays), references)

    cold = once(work)
    lane = ReferenceLane(pack())
    warming = once(lambda: lane.compare(_bare(), references))
    warm, times = once(work), repeated(work, ROUNDS)
    conditions = f"3 views of 416x320, {count} references of each, one thread, without the network's run"
    return [
        Row(f"reference lane, {count} references, p50", p50(times) * 1000, "ms", "<= 100", conditions),
        Row(f"reference lane, {count} references, p99", p99(times) * 1000, "ms", None, conditions),
        Row(f"reference lane, {count} references, a product's first tray, cold", cold * 1000, "ms", None, conditions),
        Row(
            f"reference lane, {count} references, the same of a product made ready", warm * 1000, "ms", None, conditions
        ),
        Row(f"reference lane, {count} references, making ready", warming * 1000, "ms", None, conditions),
    ]


def _stages() -> list[Row]:
    view, other = tray(Box(turn_deg=4.0, at_mm=(15, -10)), 3), tray(Box(at_mm=(-20, 10)), 1)
    item, model = tray_of(view, None), reference_of("a", other, None)
    assert item is not None
    assert model is not None
    laid = register(model.flat, item.flat)
    assert laid is not None
    image = drawn(model.halved, laid, model.flat.top_mm, item.halved)
    stages: dict[str, Callable[[], object]] = {
        "flatten a view": lambda: flattened(view),
        "halve a view": lambda: halved(view),
        "register a reference": lambda: register(model.flat, item.flat),
        "draw a reference": lambda: drawn(model.halved, laid, model.flat.top_mm, item.halved),
        "differences": lambda: differences(item.halved, image, laid, model.flat),
        "compare with a reference": lambda: compared(item, [model], 1),
    }
    return [
        Row(f"reference: {name}", p50(repeated(work, ROUNDS)) * 1000, "ms", None, "one view, one thread")
        for name, work in stages.items()
    ]


def _patches(count: int) -> NDArray[np.float32]:
    found = np.random.default_rng(1).standard_normal((count, PATCH), np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def _search(count: int, queries: NDArray[np.float32]) -> Row:
    """Unit vectors without structure: a product of matrices costs what it costs."""
    bank = bank_of(_patches(count))
    times = repeated(partial(bank.nearest, queries), 3 if count > 10_000 else 20)
    conditions = f"{len(queries)} queries of {PATCH}, all threads of the BLAS"
    return Row(f"nearest of {count:,} patches", p50(times) * 1000, "ms", None, conditions)


def _choice(count: int) -> Row:
    seconds = once(partial(coreset, _patches(10_000), count))
    return Row(f"coreset of {count:,} of 10,000 patches", seconds * 1000, "ms", None, "once a product")
