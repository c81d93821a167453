"""Draws trays that were scored: what went in, where the lanes see damage, how high it is, and what was said."""

from collections.abc import Sequence
from textwrap import wrap

import cv2
import numpy as np
from numpy.typing import NDArray
from scored_trays import BOXES, TOTES, Box, Tote, Trays

from booth.geometry.views import View
from booth.scoring.fusion import Scored
from booth.scoring.lanes import HeatMap
from booth.scoring.packs.pack import Pack
from drivers.frames import Colour

TOTE_BY = "recording: arc-robot-vision, A. Zeng et al., Apache-2.0; cropped, resampled and drawn over"
BOX_BY = "photograph: Damaged-Package-Detection, (c) 2021 L. Deck et al., MIT; made smaller and drawn over"
PANEL = (416, 320)
"""Width, height."""
TITLE_PX, LINE_PX, GAP_PX, MARGIN_PX, RING_PX = 24, 18, 6, 6, 9
COLUMNS = 124
"""Letters of a line below the panels."""
LOW_MM, HIGH_MM = -20.0, 150.0
INK, FAINT, PAPER, UNMEASURED = (40, 40, 40), (110, 110, 110), 255, 128
DIM, MOST, STEEP = 0.75, 0.7, 1.3
"""The picture below a heat map, and how much of it the heat may cover."""


def sheets(trays: Trays) -> dict[str, Colour]:
    """By file name: one for each capture and camera, and one for each photograph."""
    pack = trays.pack
    return {
        **{
            f"tote-{tote.name}-{view.camera}": _tote(tote, view, pack)
            for tote in trays.totes
            for view in tote.look.views
        },
        **{f"box-{box.name}": _box(box, pack) for box in trays.boxes},
    }


def _tote(tote: Tote, view: View, pack: Pack) -> Colour:
    """Colour and what appearance sees; below it height and what geometry sees."""
    alone = tote.alone[view.camera]
    network, measured = _by_lane(alone.heat, pack)
    rows = [
        [_panel("colour, as it is scored", view.colour), _heat("appearance", view.colour, network)],
        [_height(view), _heat("geometry", view.colour, measured)],
    ]
    both = tote.look.scored
    lines = [f"{view.camera} alone: {_lanes(alone)}. Both cameras: {_lanes(both)}", *_said(both), TOTE_BY]
    return _sheet(f"REAL: {TOTES[tote.name]}, {view.camera}", pack, rows, lines)


def _box(box: Box, pack: Pack) -> Colour:
    """The photograph, and below it what was simulated to look like it; beside both what appearance sees."""
    rows = []
    for kind, look in (("REAL", box.photograph), ("SIMULATED", box.simulated)):
        (view,) = look.views
        network, _ = _by_lane(look.scored.heat, pack)
        rows.append([_panel(f"{kind}, as it is scored", view.colour), _heat("appearance", view.colour, network)])
    real, simulated = box.photograph.scored, box.simulated.scored
    lines = [f"photograph: {_lanes(real)}. Simulated: {_lanes(simulated)}", *_said(real), BOX_BY]
    return _sheet(f"REAL above, SIMULATED below: {BOXES[box.name]}", pack, rows, lines)


def _by_lane(maps: Sequence[HeatMap], pack: Pack) -> tuple[list[HeatMap], list[HeatMap]]:
    """The network's, and those of the lanes that measure."""
    types = pack.manifest.damage_types
    return [one for one in maps if one.kind in types], [one for one in maps if one.kind not in types]


def _lanes(scored: Scored) -> str:
    lanes = ", ".join(f"{name} {score:.4f}" for name, score in scored.lanes)
    return f"{scored.score:.4f} ({lanes})"


def _said(scored: Scored) -> list[str]:
    """The strongest reason, and which lanes did not run."""
    lacking = [f"not run: {lane.lane}: {lane.why}" for lane in scored.not_run]
    return [*(f"says: {reason.text}" for reason in scored.reasons[:1]), *lacking]


def _sheet(title: str, pack: Pack, rows: Sequence[Sequence[Colour]], lines: Sequence[str]) -> Colour:
    """Rows of panels with a title above and lines of text below them, the last of which is small print."""
    body = np.vstack([np.hstack(row) for row in rows])
    below = [part for line in lines for part in wrap(line, COLUMNS)]
    head, foot = _paper(TITLE_PX + 6, body.shape[1]), _paper(LINE_PX * (len(below) + 1) + 6, body.shape[1])
    _write(head, title, MARGIN_PX, 20, 16, INK)
    _write(foot, f"pack: {pack.name} {pack.version} ({pack.sha256[:12]})", MARGIN_PX, LINE_PX - 2, 13, FAINT)
    for place, line in enumerate(below, start=2):
        _write(foot, line, MARGIN_PX, LINE_PX * place - 2, 13, FAINT if place > len(below) else INK)
    return np.vstack([head, body, foot])


def _panel(title: str, picture: NDArray[np.uint8], legend: Colour | None = None) -> Colour:
    """A picture on PANEL pixels, its title above it, the legend right of that."""
    head, body = _paper(TITLE_PX, PANEL[0] + GAP_PX), _paper(PANEL[1] + GAP_PX, PANEL[0] + GAP_PX)
    _write(head, title, MARGIN_PX, 17, 13, INK)
    if legend is not None:
        head[4 : 4 + legend.shape[0], -legend.shape[1] - GAP_PX : -GAP_PX] = legend
    body[: PANEL[1], : PANEL[0]] = cv2.resize(picture, PANEL, interpolation=cv2.INTER_LINEAR)
    return np.vstack([head, body])


def _height(view: View) -> Colour:
    share = np.clip((np.nan_to_num(view.height_mm) - LOW_MM) / (HIGH_MM - LOW_MM), 0, 1)
    shown = np.asarray(cv2.applyColorMap((255 * share).astype(np.uint8), cv2.COLORMAP_TURBO), np.uint8)
    shown[~view.valid] = UNMEASURED
    legend = _scale(f"{LOW_MM:.0f}", f"{HIGH_MM:.0f} mm", cv2.COLORMAP_TURBO)
    return _panel("height above the floor; grey: unknown", shown, legend)


def _heat(lane: str, colour: Colour, maps: Sequence[HeatMap]) -> Colour:
    """What a lane sees, of all kinds together, over the picture in grey; the hottest kind is written where it is."""
    grey = cv2.cvtColor(cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    shown = np.asarray(cv2.resize(grey, PANEL, interpolation=cv2.INTER_LINEAR), np.float32) * np.float32(DIM)
    maps = [one for one in maps if one.values.size]
    if not maps:
        return _panel(f"{lane}: gives no map", shown.astype(np.uint8))
    heat = np.maximum.reduce([_spread(one.values) for one in maps])
    glow = np.asarray(cv2.applyColorMap((255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO), np.float32)
    share = np.minimum(heat * np.float32(STEEP), np.float32(MOST))[..., None]
    picture = (shown * (1 - share) + glow * share).astype(np.uint8)
    _mark(picture, max(maps, key=lambda one: float(one.values.max())))
    return _panel(f"{lane}: where it sees damage", picture, _scale("0", "1", cv2.COLORMAP_INFERNO))


def _spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """On PANEL pixels."""
    return np.clip(np.asarray(cv2.resize(values, PANEL, interpolation=cv2.INTER_LINEAR), np.float32), 0, 1)


def _mark(picture: Colour, hottest: HeatMap) -> None:
    """A ring around its hottest place (the middle of the largest where many are as hot), and of which kind it is."""
    most = float(hottest.values.max())
    inside = cv2.distanceTransform(np.pad((hottest.values >= most).astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    rows, columns = hottest.values.shape
    row, column = divmod(int(np.asarray(inside).argmax()), columns)
    x, y = round((column + 0.5) / columns * PANEL[0]), round((row + 0.5) / rows * PANEL[1])
    words = f"{hottest.kind} {most:.2f}"
    long = 8 * len(words)
    left = x + RING_PX + 4 if x + RING_PX + 4 + long < PANEL[0] else x - RING_PX - 4 - long
    foot = min(max(y + 5, 16), PANEL[1] - 6)
    for shift, ink in ((1, (0, 0, 0)), (0, (255, 255, 255))):
        cv2.circle(picture, (x + shift, y + shift), RING_PX, ink, 1, cv2.LINE_AA)
        _write(picture, words, left + shift, foot + shift, 14, ink)


def _scale(low: str, high: str, colours: int) -> Colour:
    """The colours of a map in a row, its ends named."""
    ramp = cv2.applyColorMap(np.tile(np.arange(0, 256, 4, dtype=np.uint8), (10, 1)), colours)
    left, long = 9 * len(low), 64
    bar = _paper(17, left + long + 9 * len(high) + 8)
    bar[3:13, left : left + long] = ramp
    _write(bar, low, 0, 13, 12, FAINT)
    _write(bar, high, left + long + 4, 13, 12, FAINT)
    return bar


def _paper(height: int, width: int) -> Colour:
    return np.full((height, width, 3), PAPER, np.uint8)


def _write(picture: Colour, words: str, x: int, y: int, size: int, ink: tuple[int, int, int]) -> None:
    cv2.putText(picture, words, (x, y), ink, cv2.FontFace("sans"), size, 400)
