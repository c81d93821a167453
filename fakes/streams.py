"""Independent random streams, keyed by name: what one part of the simulation draws never shifts another's."""

import zlib

import numpy as np


def stream(seed: int, *name: str | int) -> np.random.Generator:
    """The stream `name` of `seed` (>= 0). The same arguments always give the same numbers."""
    keys = [part if isinstance(part, int) else zlib.crc32(part.encode()) for part in name]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, len(keys), *keys])))
