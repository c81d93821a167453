"""Captures to make references of: small ones, drawn, of nothing in particular."""

from datetime import UTC, datetime

import numpy as np

from booth.geometry.views import Standpoint, View
from booth.scoring.gallery.reference import Capture, Origin
from booth.scoring.gallery.writing import Signed

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STANDS = Standpoint((32, 24), 1.1, (0.0, 0.0, -1.0), 700.0)


def view(seed: int = 0, camera: str = "left", stands: Standpoint | None = STANDS) -> View:
    """(24, 32), with a hole in its heights, lit from the left as well."""
    lot = np.random.default_rng(seed)
    colour, left = (lot.integers(0, 256, (24, 32, 3), np.uint8) for _ in range(2))
    height = np.float32(lot.uniform(-5, 150, (24, 32)))
    valid = lot.random((24, 32)) > 0.1
    return View(camera, colour, np.where(valid, height, np.float32(np.nan)), valid, {"left": left}, stands)


def capture(seed: int = 0, simulated: bool = True) -> Capture:
    return Capture((view(seed),), Origin(kind="dataset", folder="sets/one", capture=f"{seed:06d}"), simulated)


def signed(why: str = "for tests") -> Signed:
    return Signed("a person", NOON, why)
