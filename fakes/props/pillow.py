"""What is soft: two sheets that meet in a flat seam around what fills them, and how such sheets crumple."""

from dataclasses import dataclass

import cv2
import numpy as np

from fakes.props.item import Size
from fakes.props.panel import PX_PER_MM, Panel, Plane, Points, Skin, px
from fakes.scene.shapes import clouds

Span = tuple[float, float]
Grid = tuple[Points, Points]


@dataclass(frozen=True, slots=True)
class Pillow:
    """`size_mm` over all. The seam is `lip_mm` wide, all round, at the height `seam_mm`; from its inner edge the upper
    sheet rises to the full height within `ramp_mm`."""

    size_mm: Size
    lip_mm: float
    seam_mm: float
    ramp_mm: float

    def fullness(self, x: Points, y: Points) -> Points:
        """0 at the seam's inner edge and beyond, 1 where the upper sheet has its full height."""
        share = np.ones_like(x)
        for at, side in ((x, self.size_mm[0]), (y, self.size_mm[1])):
            share = share * np.sin(np.pi / 2 * np.clip((side / 2 - self.lip_mm - np.abs(at)) / self.ramp_mm, 0, 1))
        return np.asarray(share**0.8)

    def upper(self, x: Points, y: Points) -> Points:
        """Height of the upper sheet, mm."""
        outside = np.max([np.abs(at) - side / 2 + self.lip_mm for at, side in zip((x, y), self.size_mm, strict=False)],
                         axis=0)  # fmt: skip
        droop = 1 - 0.45 * np.clip(outside / self.lip_mm, 0, 1)
        return np.asarray(self.seam_mm * droop + (self.size_mm[2] - self.seam_mm) * self.fullness(x, y))

    def panels(self, skin: Skin, relief_mm: Plane, step_mm: float) -> list[Panel]:
        """`top`, the seam's long sides `front` and `back`, and `bottom`.

        `skin` goes over the whole upper side, row 0 along the back; so does `relief_mm` (of its shape), of which the
        vertices take what they can show, and the skins' bump the rest.
        """
        smooth = np.asarray(cv2.GaussianBlur(relief_mm, (0, 0), step_mm * PX_PER_MM * 0.5), dtype=np.float32)
        skin.bump_mm += np.asarray(relief_mm - smooth, dtype=np.float32)
        length, width, _ = self.size_mm
        lip, rows = self.lip_mm, px(self.lip_mm)
        cuts = {
            "top": (slice(rows, -rows), np.linspace(lip, width - lip, round(width / step_mm)), 1),
            "front": (slice(-rows, None), np.linspace(width - lip, width, 4), 1),
            "back": (slice(0, rows), np.linspace(0, lip, 4), -1),
        }
        along = np.concatenate([np.linspace(0, lip, 4)[:-1], np.linspace(lip, length - lip, round(length / step_mm)),
                                np.linspace(length - lip, length, 4)[1:]])  # fmt: skip
        shell = []
        for name, (cut, down, turn) in cuts.items():
            grid = np.meshgrid(along[::turn], down[::turn])
            shell.append(self._sheet(name, (grid[0], grid[1]), _cut(skin, cut, turn), smooth))
        inner = np.linspace(lip, width - lip, round(width / step_mm / 2))
        under = np.meshgrid(along, np.concatenate([cuts["back"][1][:-1], inner, cuts["front"][1][1:]]))
        return [*shell, self._sheet("bottom", (under[0], under[1]), _plain(skin), smooth)]

    def _sheet(self, name: str, grid: Grid, skin: Skin, relief_mm: Plane) -> Panel:
        """Over `grid`: mm from the left and from the back."""
        right, down = grid
        x, y = right - self.size_mm[0] / 2, self.size_mm[1] / 2 - down
        relief = _at(relief_mm, grid)
        height = self.upper(x, y) + relief
        if name == "bottom":  # it lies on what it stands on, but for its rim
            height = (height - 0.6) * np.clip(1 - 4 * self.fullness(x, y), 0, 1) ** 2
        drawn_in = self.size_mm[2] * 0.35 / min(self.size_mm[:2])
        full = [np.sin(np.pi / 2 * np.clip((side / 2 - np.abs(at)) / self.ramp_mm, 0, 1))
                for at, side in zip((x, y), self.size_mm, strict=False)]  # fmt: skip
        rim = [
            np.sign(at) * np.abs(at * 2 / side) ** 8 * relief * 0.6
            for at, side in zip((x, y), self.size_mm, strict=False)
        ]
        points = np.stack([x * (1 - drawn_in * full[1]) - rim[0], y * (1 - drawn_in * full[0]) - rim[1],
                           np.maximum(height, 0)], axis=-1)  # fmt: skip
        u, v = ((side - side[0, 0]) / (side[-1, -1] - side[0, 0]) for side in grid)
        uv = np.stack([u, v], axis=-1)
        return Panel(name, points[:, ::-1] if name == "bottom" else points, uv, skin)


def under(top: Panel, skin: Skin, gap_mm: float) -> Panel:
    """A sheet `gap_mm` below the lowest that `top` is nearby, named "unit top": what a hole in `top` lets see."""
    inset = slice(4, -4)
    nearby = np.ones((9, 9), np.uint8)
    height = np.asarray(cv2.erode(top.vertices[..., 2], nearby), np.float64) - gap_mm
    points = np.concatenate([top.vertices[..., :2], np.maximum(height, 0.3)[..., None]], axis=-1)[inset, inset][
        ::2, ::2
    ]
    u, v = np.meshgrid(np.linspace(0, 1, points.shape[1]), np.linspace(0, 1, points.shape[0]))
    return Panel("unit top", points, np.stack([u, v], axis=-1), skin)


def _at(plane: Plane, grid: Grid) -> Points:
    right, down = (np.asarray(side * PX_PER_MM - 0.5, dtype=np.float32) for side in grid)
    return np.asarray(cv2.remap(plane, right, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float64)


def _cut(skin: Skin, rows: slice, turn: int) -> Skin:
    return Skin(
        skin.albedo[rows][::turn, ::turn].copy(),
        skin.roughness[rows][::turn, ::turn].copy(),
        skin.bump_mm[rows][::turn, ::turn].copy(),
        skin.solid[rows][::turn, ::turn].copy(),
        skin.marks[rows][::turn, ::turn].copy(),
    )


def _plain(skin: Skin) -> Skin:
    """A small one of the same tone, for what is not seen."""
    shape = (skin.shape[0] // 4, skin.shape[1] // 4)
    tone = np.median(skin.albedo[::4, ::4].reshape(-1, 3), axis=0).astype(np.uint8)
    return Skin(
        np.full((*shape, 3), tone, np.uint8),
        np.full(shape, np.median(skin.roughness), np.float32),
        np.zeros(shape, np.float32),
        np.ones(shape, np.bool_),
        np.zeros(shape, np.uint8),
    )


def crumpled(rng: np.random.Generator, shape: tuple[int, int], pitch_mm: Span, folds: int, steep: float) -> Plane:
    """Sharp folds in all directions, mm: each lies where it likes, bends a little and has a pitch of its own within
    `pitch_mm`; its flanks rise by `steep` mm/mm."""
    rows, columns = (np.arange(side, dtype=np.float32)[:, None] / np.float32(PX_PER_MM) for side in shape)
    total = np.zeros(shape, np.float32)
    for _ in range(folds):
        pitch = float(np.exp(rng.uniform(*np.log(pitch_mm))))
        turn = rng.uniform(0, np.pi)
        phase = rows * np.float32(np.sin(turn) / pitch) + columns.T * np.float32(np.cos(turn) / pitch)
        phase += clouds(rng, shape, px(pitch * 1.7)) * np.float32(0.32)
        wave = np.abs((phase + np.float32(rng.uniform())) % 1 - np.float32(0.5)) * 4 - 1
        here = np.clip(clouds(rng, shape, px(pitch * 2.2)) * np.float32(0.8), 0, 1)
        total += wave * here * np.float32(steep * pitch / 4)
    return total


def puckered(
    rng: np.random.Generator, pillow: Pillow, shape: tuple[int, int], pitch_mm: float, high_mm: float
) -> Plane:
    """Folds that run from the seam inwards and die out, each after a length of its own, mm."""
    length, width, _ = pillow.size_mm
    total = np.zeros(shape, np.float32)
    for side, span, across in ((shape[1], shape[0], width), (shape[0], shape[1], length)):
        away = (np.arange(span, dtype=np.float32) / np.float32(PX_PER_MM))[:, None] - np.float32(pillow.lip_mm)
        for far in (away, np.float32(across - 2 * pillow.lip_mm) - away):
            wander = cv2.resize(clouds(rng, (px(pitch_mm) * 4, side), px(pitch_mm)), (side, span))
            reach = pillow.ramp_mm * (0.10 + 0.45 * np.abs(clouds(rng, (2, side), px(1.6 * pitch_mm))[:1]))
            inside = np.clip(far / 6 + 0.3, 0.12, 1) * np.exp(-np.maximum(far, 0) / reach)
            ridges = (1 - 2 * np.minimum(np.abs(wander), 1)) * inside * np.float32(high_mm)
            total += ridges if span == shape[0] else ridges.T
    return np.asarray(total, dtype=np.float32)
