"""What the trained encoder sees: colour, light from the sides, and height, each brought to about -2..2.

All of it happens inside the graph. What a booth has not got comes as all 0 (left, right) or all NaN (height); its
planes are then 0, and one plane per kind says whether it is there.
"""

import torch
from torch import nn
from torch.nn import functional

PLANES = 13
DARK = 0.03
"""Added to a code of 0..1 before the logarithm: below it there is noise alone."""
GAMMA = 2.2
CELL_PX = 8
"""Local means are taken on cells of this side, then over NEAR or FAR of them: 26 and 62 mm at 1.1 mm per px."""
NEAR, FAR = 3, 7
LUMA = (0.114, 0.587, 0.299)


class Planes(nn.Module):
    """colour, left, right (N, H, W, 3) uint8 BGR and height (N, H, W) float32 mm with NaN to (N, PLANES, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("luma", torch.tensor(LUMA).reshape(1, 3, 1, 1), persistent=False)

    def forward(
        self, colour: torch.Tensor, left: torch.Tensor, right: torch.Tensor, height: torch.Tensor
    ) -> torch.Tensor:
        bgr = colour.permute(0, 3, 1, 2).float() / 255
        ring = torch.log((bgr * self.luma).sum(1, keepdim=True) + DARK)
        return torch.cat(
            ((bgr - 0.35) / 0.25, ring - local_mean(ring, FAR), self._relief(left, right), _shape(height[:, None])), 1
        )

    def _relief(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        """What the two sides disagree about: print is in both, a slope in one alone."""
        seen = ((left.amax((1, 2, 3)) > 0) & (right.amax((1, 2, 3)) > 0)).float()[:, None, None, None]
        one, other = (self._light(side) for side in (left, right))
        tilt = (one - other) / (one + other + 2 * DARK**GAMMA)
        glow, shade = torch.log(one + 2e-3), torch.log(other + 2e-3)
        planes = (
            4 * (tilt - local_mean(tilt, NEAR)),
            3 * (tilt - local_mean(tilt, FAR)),
            glow - local_mean(glow, FAR),
            shade - local_mean(shade, FAR),
        )
        return torch.cat((*planes, torch.ones_like(tilt)), 1) * seen

    def _light(self, side: torch.Tensor) -> torch.Tensor:
        """Linear: what two lamps give adds up."""
        code = (side.permute(0, 3, 1, 2).float() / 255 * self.luma).sum(1, keepdim=True)
        return (code + 1e-4) ** GAMMA


def _shape(height: torch.Tensor) -> torch.Tensor:
    """Height, what stands out of its surroundings, and where it was measured."""
    valid = (~torch.isnan(height)).float()
    known = torch.where(torch.isnan(height), torch.zeros_like(height), height).clamp(-40, 400)
    near, far = (known - _mean_of_valid(known, valid, cells) for cells in (NEAR, FAR))
    planes = (known / 100, near.clamp(-16, 16) / 4, far.clamp(-48, 48) / 12, torch.ones_like(known))
    return torch.cat(planes, 1) * valid


def local_mean(plane: torch.Tensor, cells: int) -> torch.Tensor:
    return _spread(_pooled(plane, cells))


def _mean_of_valid(plane: torch.Tensor, valid: torch.Tensor, cells: int) -> torch.Tensor:
    return _spread(_pooled(plane * valid, cells) / _pooled(valid, cells).clamp(min=0.02))


def _pooled(plane: torch.Tensor, cells: int) -> torch.Tensor:
    coarse = functional.avg_pool2d(plane, CELL_PX)
    return functional.avg_pool2d(coarse, cells, 1, cells // 2, count_include_pad=False)


def _spread(coarse: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(coarse, scale_factor=float(CELL_PX), mode="bilinear", align_corners=False)
