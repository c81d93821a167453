"""Panels as triangles."""

import numpy as np
from numpy.typing import NDArray

from fakes.props import Panel
from fakes.props.panel import PX_PER_MM

Grid = NDArray[np.float64]


def mesh(panel: Panel) -> tuple[bytes, bytes]:
    """Vertices (point, normal, tangent, uv as float32) and triangles (uint32), two per cell of the grid."""
    rows, columns = panel.vertices.shape[:2]
    tangent = np.gradient(panel.vertices, axis=1)
    normal = np.cross(np.gradient(panel.vertices, axis=0), tangent)
    parts = [panel.vertices, _unit(normal), _unit(tangent), panel.uv]
    return np.concatenate(parts, axis=-1).astype("f4").tobytes(), triangles(rows, columns).astype("u4").tobytes()


def triangles(rows: int, columns: int) -> NDArray[np.int64]:
    """(N, 3) indices into a grid of vertices in row-major order."""
    at = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, :-1].ravel(), at[1:, 1:].ravel()
    return np.concatenate([np.stack([a, c, b], axis=1), np.stack([b, c, d], axis=1)])


def lean(panel: Panel, tolerance_mm: float = 0.1) -> Grid:
    """(R, C, 5): the panel's vertices (xyz mm) with their uv, without the rows and columns that it would look much
    the same without: in up to five rounds none moves by more than `tolerance_mm` a round."""
    height, width = panel.skin.shape
    scale = np.array([1, 1, 1, width / PX_PER_MM, height / PX_PER_MM])
    grid = np.concatenate([panel.vertices, panel.uv], axis=-1) * scale
    for _ in range(5):
        grid = _thinned(_thinned(grid, tolerance_mm).swapaxes(0, 1), tolerance_mm).swapaxes(0, 1)
    return np.asarray(grid / scale)


def _thinned(grid: Grid, tolerance: float) -> Grid:
    """`grid` without those of every second row that lie between their neighbours."""
    before, middle, after = grid[:-2:2], grid[1:-1:2], grid[2::2]
    span, reach = after - before, middle - before
    share = (span * reach).sum(axis=-1) / np.maximum((span * span).sum(axis=-1), 1e-9)
    off = np.linalg.norm(reach - share[..., None] * span, axis=-1).max(axis=1)
    keep = np.ones(len(grid), np.bool_)
    keep[1:-1:2] = off > tolerance
    return grid[keep]


def _unit(vectors: Grid) -> Grid:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12))
