"""Patches of references to compare with: fewer of them, that still lie near all the others.

Roth et al., "Towards Total Recall in Industrial Anomaly Detection" (PatchCore, 2022): greedy k-centre on random
projections. Each step takes the patch that is furthest from all that were taken (Gonzalez 1985: no more than twice as
far as the best choice would leave it).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20261125
"""Of the projection and of the first patch: the same patches always give the same coreset."""
PROJECTED = 32
"""Dimensions in which distances are measured while choosing. 112-d features keep 95 % of them within 25 % there
(Johnson and Lindenstrauss), and choosing is three times as fast; on maps of EfficientNet-Lite0, simulated."""
BLOCK = 65_536
"""Patches that a product of matrices takes at once: 1 M of them beside 520 queries would be 2 GB."""

Patches = NDArray[np.float32]
"""(N, C): one row a patch."""


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """Patches that queries are compared with; `squared` (N,): their squared lengths."""

    patches: Patches
    squared: NDArray[np.float32]

    def nearest(self, queries: Patches) -> NDArray[np.float32]:
        """(Q,) the Euclidean distance of each query to the nearest patch: one product of matrices. Infinite without
        patches."""
        best = np.full(len(queries), np.inf, np.float32)
        for start in range(0, len(self.patches), BLOCK):
            block = slice(start, start + BLOCK)
            apart = queries @ self.patches[block].T
            apart *= np.float32(-2)
            apart += self.squared[block]
            np.minimum(best, apart.min(axis=1), out=best)
        near = best + np.einsum("qc,qc->q", queries, queries)
        return np.asarray(np.sqrt(np.maximum(near, np.float32(0))), np.float32)


def bank_of(patches: Patches, most: int | None = None, seed: int = SEED) -> Bank:
    """A bank of (N, C) patches, of a coreset of `most` of them where there are more."""
    kept = patches if most is None or len(patches) <= most else patches[coreset(patches, most, seed)]
    kept = np.ascontiguousarray(kept, np.float32)
    return Bank(kept, np.einsum("nc,nc->n", kept, kept))


def coreset(patches: Patches, count: int, seed: int = SEED) -> NDArray[np.intp]:
    """Which of (N, C) patches, `count` of them or all there are, in the order in which they were taken: the first k are
    the coreset of k. Equal patches are taken once, then any. N * count * PROJECTED multiplications."""
    rng = np.random.default_rng(seed)
    low = _projected(patches, rng)
    squared = np.einsum("nc,nc->n", low, low)
    count = min(count, len(patches))
    taken = np.zeros(count, np.intp)
    apart = np.full(len(patches), np.inf, np.float32)
    place = int(rng.integers(len(patches))) if count else 0
    for number in range(count):
        taken[number] = place
        np.minimum(apart, squared + squared[place] - 2 * (low @ low[place]), out=apart)
        apart[place] = -np.inf  # never twice
        place = int(apart.argmax())
    return taken


def _projected(patches: Patches, rng: np.random.Generator) -> Patches:
    """Gaussian random projection; patches that are short already stay as they are."""
    if patches.shape[1] <= PROJECTED:
        return np.ascontiguousarray(patches, np.float32)
    onto = rng.normal(size=(patches.shape[1], PROJECTED)) / np.sqrt(PROJECTED)
    return np.asarray(patches @ onto.astype(np.float32), np.float32)


def rows_of(maps: NDArray[np.float32]) -> Patches:
    """The patches of (C, h, w) feature maps, row by row, (h * w, C), each of length 1: how strongly a patch answers is
    how bright it is."""
    rows = np.ascontiguousarray(maps.reshape(maps.shape[0], -1).T, np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.float32(1e-6)), np.float32)
