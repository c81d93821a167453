"""Random streams by name: drawing more from one never shifts another."""

import zlib

import numpy as np
from numpy.random import Generator, SeedSequence


def stream(seed: int, *names: str | int) -> Generator:
    """The generator of this seed and these names, the same on every machine."""
    key = [name if isinstance(name, int) else zlib.crc32(name.encode()) for name in names]
    return np.random.default_rng(SeedSequence(seed, spawn_key=key))
