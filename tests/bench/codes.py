"""What it costs to look for codes in the tray's region: only where a plate does not tell the product."""

import numpy as np

from booth.scoring.products.codes import Sight, codes_in
from tests.bench.rows import Row, p50, p99, repeated

ROUNDS = 30
SIZES = ((380, 500), (1000, 1000), (2000, 2000), (2800, 2900))


def rows() -> list[Row]:
    return [row for size in SIZES for row in _rows(*size)]


def _rows(height: int, width: int) -> list[Row]:
    sight = _sight(height, width)
    taken = repeated(lambda: codes_in(sight), ROUNDS)
    name = f"barcodes and QR codes in {height * width / 1e6:.1f} million pixels"
    conditions = f"drawn blocks and noise without a code, {ROUNDS} rounds; cv2 uses the cores that it finds"
    return [
        Row(f"{name}, {what}", of(taken) * 1000, "ms", None, conditions) for what, of in (("p50", p50), ("p99", p99))
    ]


def _sight(height: int, width: int) -> Sight:
    """Edges of every length and some noise: what detectors spend their time on."""
    lot = np.random.default_rng(height)
    blocks = lot.integers(0, 255, (height // 20 + 1, width // 20 + 1, 3), dtype=np.uint8)
    picture = blocks.repeat(20, axis=0).repeat(20, axis=1)[:height, :width]
    return Sight(np.clip(picture + lot.normal(0, 4, picture.shape), 0, 255).astype(np.uint8), 0.3)
