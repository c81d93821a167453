"""A network in 8 bits: its convolutions and what clips them, per channel, as ONNX Runtime's static quantisation has it.

The planes that the encoder sees (logarithms, powers, millimetres), the two convolutions that see pixels, and all from
the heat map's convolution on stay in 32 bits: eight would round away what a dent is, and what tells 0.998 from 0.999.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

WEIGHED = ("Conv", "Gemm", "MatMul")
CLIPS = ("Clip", "Relu")
"""What follows a convolution and goes into its rounding: alone in 32 bits it would cost a way there and back."""
KEPT = ("/backbone/_conv_stem/", "/damage/encoder/fine/fine.0/", "/damage/heat/")
"""Were a convolution on pixels in 8 bits, ONNX Runtime would turn all before it to channels last, where additions to a
picture of one channel are slow (1.32, seen on the planes: 17 ms more, as much as all convolutions save)."""
Feeds = Mapping[str, NDArray[Any]]


class _Views(CalibrationDataReader):  # type: ignore[misc] # it has no types
    def __init__(self, views: Iterable[Feeds]) -> None:
        self._views: Iterator[Feeds] = iter(views)

    def get_next(self) -> Feeds | None:
        return next(self._views, None)


def quantised(model: Path, into: Path, views: Iterable[Feeds]) -> None:
    """Weights int8 per channel, activations uint8 between the least and the most that `views` showed. Of the same
    inputs and outputs as `model`."""
    plain = into.with_suffix(".plain.onnx")
    _simplified(model, plain)
    quantize_static(
        str(plain),
        str(into),
        _Views(views),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=[*WEIGHED, *CLIPS],
        nodes_to_quantize=chosen(onnx.load(plain)),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    plain.unlink()


def _simplified(model: Path, into: Path) -> None:
    """What does not hang on the input is worked out, and padding goes into its convolution: between the two it would
    keep them from being one."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(into)
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def chosen(model: onnx.ModelProto) -> list[str]:
    """The names of the nodes that go into 8 bits. A graph is in the order in which it runs."""
    names: list[str] = []
    made: dict[str, str] = {}
    for node in model.graph.node:
        weighed = node.op_type in WEIGHED and not node.name.startswith(KEPT)
        if weighed or (node.op_type in CLIPS and made.get(node.input[0]) in names):
            names.append(node.name)
        made.update(dict.fromkeys(node.output, node.name))
    return names
