"""The network of a pack: a frozen backbone on the colour, a trained encoder on all planes, one heat map per type."""

from dataclasses import dataclass

import torch
from backbone import CHANNELS, Backbone
from planes import PLANES, Planes
from torch import nn
from torch.nn import functional

WIDTHS = (16, 40, 80, 128)
"""Of the encoder at strides 2, 4, 8 and 16."""
JOINED = 96
FROM_BACKBONE = 40
DEEPEST = (1, 4, 16)
"""The image's logits are learned sums of the means over this many of its hottest cells."""


def _conv(given: int, out: int, stride: int = 1, side: int = 3, spread: int = 1) -> nn.Sequential:
    padding = side // 2 * spread
    return nn.Sequential(
        nn.Conv2d(given, out, side, stride, padding, spread, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    def __init__(self, width: int, spread: int = 1) -> None:
        super().__init__()
        self.one = _conv(width, width)
        self.two = nn.Sequential(nn.Conv2d(width, width, 3, 1, spread, spread, bias=False), nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x + self.two(self.one(x)))


class Encoder(nn.Module):
    """(N, PLANES, H, W) to maps at strides 8 and 16, trained from nothing: it sees a scratch of two pixels."""

    def __init__(self) -> None:
        super().__init__()
        half, quarter, eighth, sixteenth = WIDTHS
        self.fine = nn.Sequential(_conv(PLANES, half, 2), _conv(half, quarter, 2), Residual(quarter))
        self.middle = nn.Sequential(_conv(quarter, eighth, 2), Residual(eighth))
        self.coarse = nn.Sequential(_conv(eighth, sixteenth, 2), _conv(sixteenth, sixteenth))

    def forward(self, planes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        middle = self.middle(self.fine(planes))
        return middle, self.coarse(middle)


@dataclass(frozen=True, slots=True)
class Logits:
    """`heat` (N, T + 1, h, w): each type, then any damage. `image` (N, T + 1), in the same order."""

    heat: torch.Tensor
    image: torch.Tensor


class Damage(nn.Module):
    """All that is trained. `maps` as the backbone gives them, one per stride."""

    def __init__(self, types: int) -> None:
        super().__init__()
        self.planes, self.encoder = Planes(), Encoder()
        self.narrow = nn.ModuleList(_conv(channels, FROM_BACKBONE, side=1) for channels in CHANNELS)
        self.drop = nn.Dropout2d(0.15)
        self.join = nn.Sequential(
            _conv(3 * FROM_BACKBONE + WIDTHS[2] + WIDTHS[3], JOINED, side=1), Residual(JOINED, spread=2)
        )
        self.heat = nn.Conv2d(JOINED, types + 1, 1)
        self.depth = nn.Parameter(torch.full((types + 1, len(DEEPEST)), 1 / len(DEEPEST)))
        self.bias = nn.Parameter(torch.full((types + 1,), -1.0))
        nn.init.constant_(self.heat.bias, -4.0)

    def forward(self, shots: tuple[torch.Tensor, ...], maps: tuple[torch.Tensor, ...]) -> Logits:
        middle, coarse = self.encoder(self.planes(*shots))
        narrow = [self.drop(each(one)) for each, one in zip(self.narrow, maps, strict=True)]
        spread = [one if one.shape[-1] == middle.shape[-1] else _spread(one, middle) for one in (*narrow, coarse)]
        heat = self.heat(self.join(torch.cat((*spread, middle), 1)))
        return Logits(heat, self._image(heat))

    def _image(self, heat: torch.Tensor) -> torch.Tensor:
        hottest = heat.flatten(2).topk(max(DEEPEST), dim=2).values
        depths = torch.stack([hottest[..., :count].mean(2) for count in DEEPEST], 2)
        return (depths * self.depth.clamp(min=0)).sum(2) + self.bias


def _spread(coarse: torch.Tensor, fine: torch.Tensor) -> torch.Tensor:
    factor = float(fine.shape[-1] // coarse.shape[-1])
    return functional.interpolate(coarse, scale_factor=factor, mode="bilinear", align_corners=False)


class Pack(nn.Module):
    """The whole graph: colour, left, right, height to score (N,), types (N, T), heat (N, T, h, w), maps, embedding.

    `maps` are the frozen backbone's at stride 8 and 16, on the cells of stride 8, for the comparison with references.
    """

    def __init__(self, size_px: tuple[int, int], damage: Damage) -> None:
        super().__init__()
        self.backbone, self.damage = Backbone(size_px), damage

    def forward(
        self, colour: torch.Tensor, left: torch.Tensor, right: torch.Tensor, height: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        *maps, embedding = self.backbone(colour)
        logits = self.damage((colour, left, right, height), tuple(maps))
        heat, image = torch.sigmoid(logits.heat[:, :-1]), torch.sigmoid(logits.image)
        patches = torch.cat((functional.avg_pool2d(maps[0], 2), maps[1]), 1)
        return image[:, -1], image[:, :-1], heat, patches, embedding
