"""From torch to ONNX: opset 17, a free batch axis."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from samples import SIZE_PX
from torch import nn

OPSET = 17
Kind = Literal["uint8", "float32"]


def export(module: nn.Module, inputs: Mapping[str, Kind], outputs: list[str], path: Path) -> None:
    """Inputs of uint8 are pictures (N, H, W, 3), those of float32 planes (N, H, W)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        module.eval(),
        tuple(example(kind) for kind in inputs.values()),
        str(path),
        input_names=list(inputs),
        output_names=outputs,
        dynamic_axes={name: {0: "n"} for name in (*inputs, *outputs)},
        opset_version=OPSET,
        dynamo=False,
    )


def example(kind: Kind) -> torch.Tensor:
    if kind == "uint8":
        return torch.zeros(1, *SIZE_PX, 3, dtype=torch.uint8)
    return torch.zeros(1, *SIZE_PX)
