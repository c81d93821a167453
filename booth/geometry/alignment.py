"""Depth onto the pixels that are scored: the tray region of a colour camera, at the resolution asked for.

Backwards (decision 0008): each wanted pixel guesses how far away it sees, looks where the depth picture would show
that, and is done if it finds there what it guessed. A coarse map of what is nearest, carried forward from every fourth
depth pixel, makes the guesses: where two surfaces meet on one pixel the search starts at the nearer one. The few pixels
that are not done at the first look search again, and those that never agree with what they find stay empty: colour
sees there what depth does not.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.projection import bent, pixel_grid, rays_of
from booth.geometry.region import Region, Size, whole
from drivers.frames import Intrinsics, RawDepth, Transform
from drivers.units import Millimetres

STEP_PX = 4
"""Of the coarse map. Something narrower may be missed by it; it is then found from the guess of what is behind it."""

AGREED_PX = 0.25
"""A first look this close to where its answer would have looked is good: the answer is the same pixel or the next."""

SETTLED_PX = 1.0
"""The same for the last look. Noise of stereo depth moves a pixel by a fraction of this, an occlusion by more."""

LOOKS = 3
"""After the first, for those that have not settled. 15 mm between the cameras need one, 180 mm two, the third is for
slopes seen from there."""

STEP_SHARE = 0.01
"""What is this share nearer is another surface, not noise: 4 deviations of a D435 at 0.8 m, 2 % of it at 1.6 m."""

NEAREST_MM = 100.0
"""Nothing that matters is nearer to the depth camera; D400 cameras begin at 170 mm."""

TYPICAL_MM = 700.0
"""Where the scale between the pictures is taken, and where a pixel of which nothing is known looks first."""

BAND_PX = 30_000
"""Looked at in one go: what they need stays in the cache, and below the 128 kB from which malloc maps pages anew."""

_UNKNOWN = np.iinfo(np.uint16).max  # a sensor that reports it has measured nothing
_FAR_OUT = -16_000.0  # px, where no picture is
_SHARE = np.float32(1.0 - STEP_SHARE)
_ROW = 256  # a list of places as a picture: remap takes nothing longer than 32,766 either way

Floats = NDArray[np.float32]

Pair = tuple[Floats, Floats]
"""Of x and y."""


@dataclass(frozen=True, slots=True)
class Rig:
    """Two cameras that look the same way, within 90 degrees: of one device or of two. `depth_to_colour` maps points
    of the depth camera's frame into the colour camera's; `size_px` pixels are laid over `region` of the colour's."""

    depth: Intrinsics
    colour: Intrinsics
    depth_to_colour: Transform
    depth_unit: Millimetres
    region: Region
    size_px: Size


def registered(depth: RawDepth, rig: Rig) -> RawDepth:
    """(height, width) of `size_px`, in the units of `depth`; 0 where nothing was measured, or depth cannot see what
    colour sees.

    As `rs.align` (librealsense, src/proc/align.cpp): values stay distances along the *depth* camera's axis, the nearer
    surface wins, and at its edge it covers every pixel of which it covers a part. Unlike it, a pixel inside a surface
    takes the depth pixel at its centre, not the nearest of those that touch it: noise would shorten the distance.
    """
    search = _search(rig)
    start = _nearest(depth, search)
    z = np.empty((rig.size_px[1], rig.size_px[0]), np.uint16)
    flat = z.reshape(-1)
    looks = [_look(depth, search, start, z, band) for band in search.bands]
    chosen, guess = (np.concatenate(parts) for parts in zip(*looks, strict=True))
    if len(chosen):
        _look_again(depth, search, flat, chosen, guess)
    if search.behind > 0.0 or z.max() == _UNKNOWN:
        z[(z == _UNKNOWN) | (z <= search.behind)] = 0
    return z


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """What is fixed by the rig. Wanted pixel i looks at the depth pixel far[i] + shift[i] / raw depth, before the depth
    camera's lens bends it. `longest` is the longest shift, `half` a colour pixel's half width on the depth picture.
    Raw depth up to `behind` is behind the colour camera. `wide`: noise alone moves a pixel further than a first look
    may be off, so that every pixel looks twice."""

    far: Pair
    shift: Pair
    longest: float
    wide: bool
    half: float
    behind: float
    typical: float
    lens: Intrinsics
    bands: tuple[slice, ...]
    coarse: "_Coarse"


@dataclass(frozen=True, slots=True, eq=False)
class _Coarse:
    """`rays`: in the colour camera's frame and units of depth, of the depth pixels that `rows` and `columns` pick.
    `scale` and `origin` take ideal image coordinates of colour to cells of a grid of `cells`; `row_of` and
    `column_of` say in which of them a wanted pixel lies."""

    rows: slice
    columns: slice
    rays: tuple[Floats, Floats, Floats]
    translation: tuple[float, float, float]
    colour: Intrinsics
    scale: tuple[float, float]
    origin: tuple[float, float]
    cells: Size
    row_of: NDArray[np.intp]
    column_of: NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Start:
    """Raw depth guessed (0: nothing was measured around here), one over it, and how far a first look may be off.
    As wide as what is wanted, a row for each row of cells."""

    raw: RawDepth
    inverse: Floats
    reach: RawDepth


def _nearest(depth: RawDepth, search: _Search) -> _Start:
    """What is nearest around each wanted pixel."""
    coarse = search.coarse
    raw = depth[coarse.rows, coarse.columns]
    cell, seen = _cells(raw.astype(np.float32), coarse)
    width, height = coarse.cells
    grid = np.full(width * height, _UNKNOWN, np.uint16)
    np.minimum.at(grid, cell, raw[seen])
    grid = np.asarray(cv2.erode(grid.reshape(height, width), np.ones((3, 3), np.uint8)), np.uint16)
    grid = grid.take(coarse.column_of, axis=1)
    known = grid < _UNKNOWN
    z = np.where(known, grid, np.float32(search.typical)).astype(np.float32)
    reach = np.minimum(z * z * np.float32(AGREED_PX / search.longest), z / 2) * known
    return _Start(grid * known, np.asarray(1 / z, np.float32), reach.astype(np.uint16))


def _cells(z: Floats, coarse: _Coarse) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The flat cell that each coarse depth pixel falls into, of those that fall into one."""
    x, y, ahead = (ray * z + np.float32(t) for ray, t in zip(coarse.rays, coarse.translation, strict=True))
    measured = (z > 0) & (ahead > 0)
    ahead[~measured] = 1.0
    u, v = bent(x / ahead, y / ahead, coarse.colour)
    column = u * np.float32(coarse.scale[0]) + np.float32(coarse.origin[0])
    row = v * np.float32(coarse.scale[1]) + np.float32(coarse.origin[1])
    width, height = coarse.cells
    seen = measured & (column >= 0) & (column < width) & (row >= 0) & (row < height)
    return row[seen].astype(np.intp) * width + column[seen].astype(np.intp), seen


def _look(depth: RawDepth, search: _Search, start: _Start, z: RawDepth, band: slice) -> tuple[NDArray[np.intp], Floats]:
    """Write into a band of rows of `z` what is found at the guesses. Returns the flat pixels that found something
    else than they guessed, and one over their guesses."""
    cells = search.coarse.row_of[band]
    inverse = start.inverse.take(cells, axis=0)
    far, shift = ((maps[0][band], maps[1][band]) for maps in (search.far, search.shift))
    raw = start.raw.take(cells, axis=0)
    z[band] = found = _at(depth, _places(far, shift, inverse, search.lens))
    if search.wide:
        follow = np.where(found > 0, _inverse(found), inverse)
        z[band] = found = _at(depth, _places(far, shift, follow, search.lens))
        unsettled = np.abs(_inverse(found) - follow) > np.float32(SETTLED_PX / search.longest)
        off = (unsettled & ((raw | found) > 0)) | (found * _SHARE > raw)
    else:
        off = cv2.absdiff(found, raw) > start.reach.take(cells, axis=0)
    chosen = np.flatnonzero(off)
    return chosen + band.start * z.shape[1], inverse.reshape(-1)[chosen]


def _look_again(depth: RawDepth, search: _Search, z: RawDepth, chosen: NDArray[np.intp], guess: Floats) -> None:
    """Settle the `chosen` of flat `z`: where what they found leads, else on the edge of what is nearer, else empty.
    `guess`: one over what they guessed."""
    far, shift = ((x.reshape(-1)[chosen], y.reshape(-1)[chosen]) for x, y in (search.far, search.shift))
    limit = np.float32(SETTLED_PX / search.longest)
    settled = _followed(depth, (far, shift, search.lens), z[chosen], limit)
    edge = _edge(depth, _places(far, shift, guess, search.lens), search.half, guess, limit)
    nearer = (edge < _UNKNOWN) & ((settled == 0) | (edge < settled * _SHARE))
    z[chosen] = np.where(nearer, edge, settled)


def _followed(depth: RawDepth, where: tuple[Pair, Pair, Intrinsics], found: RawDepth, limit: np.float32) -> RawDepth:
    """Where what was found leads, again and again, until the same is found there; 0 where that never is."""
    far, shift, lens = where
    settled = np.zeros_like(found)
    open_ = np.flatnonzero(found > 0)
    found, far, shift = found[open_], _of(far, open_), _of(shift, open_)
    for _ in range(LOOKS):
        follow = _inverse(found)
        found = _at(depth, _places(far, shift, follow, lens))
        agreed = np.abs(_inverse(found) - follow) <= limit
        settled[open_[agreed]] = found[agreed]
        left = np.flatnonzero(~agreed & (found > 0))
        open_, found, far, shift = open_[left], found[left], _of(far, left), _of(shift, left)
    return settled


def _of(pair: Pair, chosen: NDArray[np.intp]) -> Pair:
    return pair[0][chosen], pair[1][chosen]


def _edge(depth: RawDepth, places: Pair, half: float, guess: Floats, limit: np.float32) -> RawDepth:
    """The nearest raw depth, of what was guessed, that reaches into the pixel from one of its corners; else unknown."""
    right, down = (
        np.array(signs, np.float32)[:, None] * np.float32(half) for signs in ((-1, 1, -1, 1), (-1, -1, 1, 1))
    )
    corners = _at(depth, ((places[0] + right).reshape(-1), (places[1] + down).reshape(-1))).reshape(4, -1)
    corners[np.abs(_inverse(corners) - guess) > limit] = _UNKNOWN
    return np.asarray(corners.min(axis=0), np.uint16)


def _places(far: Pair, shift: Pair, inverse: Floats, lens: Intrinsics) -> Pair:
    """Where on the depth picture."""
    u, v = (s * inverse for s in shift)
    u += far[0]
    v += far[1]
    return _as_bent(u, v, lens) if any(lens.distortion) else (u, v)


def _as_bent(u: Floats, v: Floats, lens: Intrinsics) -> Pair:
    """The same through a lens. Far outside its picture the polynomial folds back into it: nothing is seen there."""
    fx, fy, cx, cy = (np.float32(value) for value in (lens.fx_px, lens.fy_px, lens.cx_px, lens.cy_px))
    x, y = (u - cx) / fx, (v - cy) / fy
    left, top, right, bottom = _seen_box(lens)
    outside = (x < left) | (x > right) | (y < top) | (y > bottom)
    bent_x, bent_y = bent(x, y, lens)
    u, v = np.asarray(bent_x * fx + cx, np.float32), np.asarray(bent_y * fy + cy, np.float32)
    u[outside] = _FAR_OUT
    return u, v


def _at(depth: RawDepth, places: Pair) -> RawDepth:
    """The nearest depth pixel's value, 0 outside of the picture. Never a mean: 0 is no distance."""
    if places[0].ndim == 1:
        return _at(depth, (_as_picture(places[0]), _as_picture(places[1]))).reshape(-1)[: len(places[0])]
    return np.asarray(cv2.remap(depth, *places, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT), np.uint16)


def _as_picture(values: Floats) -> Floats:
    picture = np.full((len(values) // _ROW + 1, _ROW), _FAR_OUT, np.float32)
    picture.reshape(-1)[: len(values)] = values
    return picture


def _inverse(raw: RawDepth) -> Floats:
    """Of 0 infinity."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / raw.astype(np.float32))


@lru_cache(maxsize=16)
def _seen_box(lens: Intrinsics) -> tuple[float, float, float, float]:
    """Left, top, right, bottom of the ideal image coordinates that the picture shows."""
    rays = rays_of(whole(lens).centres((33, 33)), lens)[..., :2].reshape(-1, 2)
    (left, top), (right, bottom) = rays.min(axis=0), rays.max(axis=0)
    margin = 0.05 * (right - left)
    return float(left - margin), float(top - margin), float(right + margin), float(bottom + margin)


@lru_cache(maxsize=16)
def _search(rig: Rig) -> _Search:
    """A wanted pixel's ray r (z = 1) passes p = s R^T r - R^T t in the depth camera's frame; with z_d the third
    coordinate of p, x_d / z_d = a_x + (b_x - a_x b_z) / z_d where a = R^T r over its third coordinate, b = -R^T t."""
    rays = rays_of(rig.region.centres(rig.size_px), rig.colour) @ rig.depth_to_colour.matrix()
    origin = -np.array(rig.depth_to_colour.translation_mm) @ rig.depth_to_colour.matrix()
    ahead = rays[..., 2] > 0.0
    along = np.where(ahead[..., None], rays / np.where(ahead, rays[..., 2], 1.0)[..., None], _FAR_OUT)
    lens = rig.depth
    focal, centre = (lens.fx_px, lens.fy_px), (lens.cx_px, lens.cy_px)
    far = [along[..., axis] * focal[axis] + centre[axis] for axis in (0, 1)]
    shift = [(origin[axis] - along[..., axis] * origin[2]) * focal[axis] / rig.depth_unit for axis in (0, 1)]
    longest = max(1e-3, float(np.hypot(*shift)[ahead].max(initial=0.0)))
    typical = TYPICAL_MM / rig.depth_unit
    scale = _scale(far, shift, typical)
    return _Search(
        _single(far),
        _single(shift),
        longest,
        AGREED_PX * typical / longest < STEP_SHARE,
        scale * rig.size_px[0] / rig.region.width_px / 2,
        float(origin[2]) / rig.depth_unit,
        typical,
        lens,
        _bands(rig.size_px),
        _coarse(rig, far, shift, scale),
    )


def _bands(size: Size) -> tuple[slice, ...]:
    width, height = size
    rows = max(1, BAND_PX // width)
    return tuple(slice(top, min(top + rows, height)) for top in range(0, height, rows))


def _single(maps: list[NDArray[np.float64]]) -> Pair:
    return maps[0].astype(np.float32), maps[1].astype(np.float32)


def _scale(far: list[NDArray[np.float64]], shift: list[NDArray[np.float64]], typical: float) -> float:
    """Depth pixels per wanted pixel, side to side, around the middle."""
    u, v = (f + s / typical for f, s in zip(far, shift, strict=True))
    row, column = u.shape[0] // 2, u.shape[1] // 2
    if min(u.shape) < 2:
        return 1.0
    across = np.array([[p[row, column] - p[row, column - 1], p[row, column] - p[row - 1, column]] for p in (u, v)])
    return max(1e-3, float(np.sqrt(abs(np.linalg.det(across)))))


def _coarse(rig: Rig, far: list[NDArray[np.float64]], shift: list[NDArray[np.float64]], scale: float) -> _Coarse:
    """The depth pixels that can show the region from NEAREST_MM on, every STEP_PX; a cell never falls between two."""
    lens, region = rig.depth, rig.region
    columns, rows = (
        _picked(f, s, NEAREST_MM / rig.depth_unit, size)
        for f, s, size in zip(far, shift, (lens.width_px, lens.height_px), strict=True)
    )
    pixels = pixel_grid(0, 0, lens.width_px, lens.height_px)[rows, columns]
    rays = rays_of(pixels, lens) @ rig.depth_to_colour.matrix().T * rig.depth_unit
    cell = 1.1 * STEP_PX / scale  # in wanted pixels
    cells = max(1, round(rig.size_px[0] / cell)), max(1, round(rig.size_px[1] / cell))
    per_px = cells[0] / region.width_px, cells[1] / region.height_px
    colour = rig.colour
    return _Coarse(
        rows,
        columns,
        tuple(np.ascontiguousarray(rays[..., axis], np.float32) for axis in range(3)),  # type: ignore[arg-type]
        rig.depth_to_colour.translation_mm,
        colour,
        (colour.fx_px * per_px[0], colour.fy_px * per_px[1]),
        ((colour.cx_px - region.x_px + 0.5) * per_px[0], (colour.cy_px - region.y_px + 0.5) * per_px[1]),
        cells,
        np.arange(rig.size_px[1]) * cells[1] // rig.size_px[1],
        np.arange(rig.size_px[0]) * cells[0] // rig.size_px[0],
    )


def _picked(far: NDArray[np.float64], shift: NDArray[np.float64], nearest: float, size: int) -> slice:
    reached = np.stack((far, far + shift / nearest))
    inside = reached[reached > _FAR_OUT]
    first = int(np.clip(inside.min(initial=0.0) if not inside.size else inside.min(), 0, size - 1))
    last = int(np.clip(inside.max() if inside.size else 0.0, 0, size - 1))
    return slice(first + (last - first) % STEP_PX // 2, last + 1, STEP_PX)
