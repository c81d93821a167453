"""The one place that knows ONNX Runtime."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as raised

# They share no base class of their own.
_ERRORS = (
    raised.EPFail,
    raised.Fail,
    raised.InvalidArgument,
    raised.InvalidGraph,
    raised.InvalidProtobuf,
    raised.NotImplemented,
    raised.RuntimeException,
)


PROVIDER = "CPUExecutionProvider"
RUNTIME = f"onnxruntime {onnxruntime.__version__} ({onnxruntime.get_build_info().removeprefix('ORT Build Info: ')})"
"""A release is built more than once, and each build sums as its compiler saw fit."""


class ModelUnusable(ValueError):
    """ONNX Runtime cannot load or run this model."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """How a model declares an input or output. An axis that is not fixed is None."""

    name: str
    element: str  # as ONNX Runtime writes it: tensor(uint8), tensor(float)
    shape: tuple[int | None, ...]


class Session:
    """One model on one thread of the CPU. `run` may be called from any thread."""

    def __init__(self, model: bytes) -> None:
        """`model` is a whole ONNX file: what was hashed is what runs. Raises ModelUnusable."""
        try:
            self._session = _session(model)
        except _ERRORS as error:
            raise ModelUnusable(_first_line(error)) from error
        self.inputs = tuple(map(_tensor, self._session.get_inputs()))
        self.outputs = tuple(map(_tensor, self._session.get_outputs()))

    def run(self, feeds: Mapping[str, NDArray[Any]], outputs: tuple[str, ...]) -> list[NDArray[np.float32]]:
        """Feed each input by its name; the named outputs, in that order. Raises ModelUnusable."""
        try:
            results: list[NDArray[np.float32]] = self._session.run(list(outputs), dict(feeds))
        except _ERRORS as error:
            raise ModelUnusable(_first_line(error)) from error
        return results


def _session(model: bytes) -> onnxruntime.InferenceSession:
    """From a file in memory that nobody else can have changed. Given bytes, ONNX Runtime keeps them for as long as the
    session lives, and unpacks its weights from a second copy: 31 MB more for a model of 15 (1.32, 2026-11)."""
    with os.fdopen(os.memfd_create("model"), "wb") as file:
        file.write(model)
        file.flush()
        return onnxruntime.InferenceSession(f"/proc/self/fd/{file.fileno()}", _options(), providers=[PROVIDER])


def _options() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A pool that spins between trays takes the core from the cameras and from the other session.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # A plan of each run's memory beside the arena: 25 to 35 MB more for two runs at once, and no sooner done (2026-11).
    options.enable_mem_pattern = False
    options.log_severity_level = 4  # what goes wrong comes back as an exception
    return options


def _tensor(node: Any) -> Tensor:
    shape = tuple(axis if isinstance(axis, int) else None for axis in node.shape)
    return Tensor(node.name, node.type, shape)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
