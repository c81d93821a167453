"""The pack's network on views: run once a view, whoever asks."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import View
from booth.scoring.fitting import fitted
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.packs.manifest import Appearance, InputName, OutputName, ViewShape
from booth.scoring.packs.session import ModelUnusable, Session

REMEMBERED = 8
"""Views: more than a booth has cameras."""

Array = NDArray[np.float32]
Outputs = Mapping[OutputName, Array]
"""Of one view, without the batch's axis: score (), types (T,), heat (T, h, w), maps (C, h, w), embedding (D,); those
that the pack gives."""

IN_RANGE: tuple[OutputName, ...] = ("score", "types", "heat")


class Network:
    """The network of one pack. Any thread may ask; two that ask of the same view share one run.

    A view is known by its identity: whoever changes a picture in place gets the answer to what it was.
    """

    def __init__(self, session: Session, form: Appearance, shape: ViewShape) -> None:
        self.session, self.form, self.shape = session, form, shape
        self._names = tuple(form.given.values())
        self._past: OrderedDict[int, _Run] = OrderedDict()
        self._lock = Lock()

    def of(self, view: View) -> Outputs:
        """The view is fitted first, if it is not yet. Raises ScoreInvalid for what the model cannot run on, and for an
        output that is not finite or not in its range."""
        run = self._run_of(view)
        with run.lock:
            if run.outputs is None:
                run.outputs = self._checked(view.camera, self._answers(view))
            return run.outputs

    def feeds(self, view: View) -> dict[str, NDArray[np.generic]]:
        """What the graph is fed for a view that is fitted, (1, ...) each, by the graph's names."""
        return {named: self._input(name, view)[None] for name, named in self.form.fed.items()}

    def _run_of(self, view: View) -> "_Run":
        with self._lock:
            run = self._past.setdefault(id(view), _Run(view))
            while len(self._past) > REMEMBERED:
                self._past.popitem(last=False)
            return run

    def _answers(self, view: View) -> dict[OutputName, Array]:
        try:
            answers = self.session.run(self.feeds(fitted(view, self.shape)), self._names)
        except ModelUnusable as error:
            raise ScoreInvalid(f"the model failed on {view.camera}: {error}") from error
        return {name: _of_one(view, name, one) for name, one in zip(self.form.given, answers, strict=True)}

    def _input(self, name: InputName, view: View) -> NDArray[np.generic]:
        match name:
            case "colour":
                return view.colour
            case "height":
                return view.height_mm
            case side:
                return view.lit[side] if side in view.lit else np.zeros_like(view.colour)

    def _checked(self, camera: str, outputs: dict[OutputName, Array]) -> dict[OutputName, Array]:
        for name, output in outputs.items():
            if not np.isfinite(output).all():
                raise ScoreInvalid(f"the model gave a {name} for {camera} that is not finite")
            if name in IN_RANGE and output.size and not (output.min() >= 0 and output.max() <= 1):
                raise ScoreInvalid(f"the model gave a {name} for {camera} that is not in [0, 1]: {_odd(output):g}")
        return outputs


def _of_one(view: View, name: OutputName, answer: Array) -> Array:
    """Without the batch's axis, which a graph may declare as it likes. Raises ScoreInvalid where it is not 1."""
    if answer.shape[:1] != (1,):
        raise ScoreInvalid(f"the model gave a {name} for {view.camera} of shape {answer.shape}: not of one view")
    return answer.reshape(answer.shape[1:])


@dataclass(slots=True)
class _Run:
    """The view is held, so that no other gets its identity."""

    view: View
    outputs: Outputs | None = None
    lock: Lock = field(default_factory=Lock)


def _odd(output: Array) -> float:
    """The number that is furthest out."""
    flat = output.reshape(-1)
    return float(flat[np.abs(flat - 0.5).argmax()])
