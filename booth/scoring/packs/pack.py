"""A pack is a folder: a model, what it says of itself, and golden inputs that prove it still says so."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.geometry.views import Side, View
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.network import Network, Outputs
from booth.scoring.packs.contents import (
    MANIFEST,
    REMAKE,
    RESTORE,
    Contents,
    PackInvalid,
    Wrong,
    mistakes,
    read,
    unlisted,
)
from booth.scoring.packs.held import Held, held, wrong_bits
from booth.scoring.packs.machine import this_machine
from booth.scoring.packs.manifest import Appearance, Expected, Golden, InputName, Manifest, OutputName, ViewShape
from booth.scoring.packs.session import ModelUnusable, Session, Tensor
from drivers.frames import Colour

__all__ = ["MANIFEST", "REMAKE", "RESTORE", "Pack", "PackInvalid", "examine", "golden_view", "load", "mistakes"]


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose hashes and golden held, its model warm. `sha256` is the manifest's, which names all the rest.
    `network`, and how its golden `held`: None for a pack without the appearance lane."""

    folder: Path
    manifest: Manifest
    sha256: str
    network: Network | None
    held: Held | None = None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.manifest.version


def load(folder: Path, signed_by: Path | None = None) -> Pack:
    """Read, hash, run. `signed_by`: an Ed25519 public key that the manifest must be signed by. Raises PackInvalid for
    the first thing that does not hold."""
    pack, wrong = _examined(folder, signed_by)[1:]
    if wrong:
        raise wrong[0]
    assert pack is not None
    return pack


def examine(folder: Path, signed_by: Path | None = None) -> tuple[Pack | None, tuple[PackInvalid, ...]]:
    """All that does not hold, a file that nothing vouches for included; the pack, if it could be used nevertheless."""
    contents, pack, wrong = _examined(folder, signed_by)
    return pack if not wrong else None, (*wrong, *(unlisted(contents) if contents else ()))


def golden_view(folder: Path) -> View | None:
    """What the golden of the pack in `folder` is asked of; None for a pack without a network. Raises PackInvalid."""
    wrong: Wrong = []
    contents = read(folder, None, wrong)
    golden = contents and contents.manifest.golden
    view = _golden_view(contents, golden, wrong) if contents and golden else None
    if wrong:
        raise wrong[0]
    return view


def _examined(folder: Path, signed_by: Path | None) -> tuple[Contents | None, Pack | None, Wrong]:
    wrong: Wrong = []
    contents = read(folder, signed_by, wrong)
    if contents is None:
        return None, None, wrong
    network, golden_held = _network(contents, wrong) or (None, None)
    return contents, Pack(folder, contents.manifest, contents.sha256, network, golden_held), wrong


def _network(contents: Contents, wrong: Wrong) -> tuple[Network, Held] | None:
    """Ready to run; None for a pack without one, for one that something is wrong with, and for a stranger's."""
    manifest, files = contents.manifest, contents.files
    form, golden = manifest.lanes.appearance, manifest.golden
    if form is None or golden is None or form.model not in files or not contents.trusted:
        return None
    model = contents.folder / form.model
    try:
        session = Session(files[form.model])
    except ModelUnusable as error:
        wrong.append(PackInvalid(model, f"ONNX Runtime cannot load it: {error}", REMAKE))
        return None
    before = len(wrong)
    wrong += [*_wrong_inputs(model, session, form, manifest.view), *_wrong_outputs(model, session, form)]
    view = _golden_view(contents, golden, wrong)
    if view is None or len(wrong) > before:
        return None
    network = Network(session, form, manifest.view)
    wrong += _wrong_answers(model, network, manifest, view)
    if len(wrong) > before:
        return None
    # Where the numbers hold: a machine of the class that has other bits is not to be trusted with anything.
    here = held(network.of(view), golden, this_machine())
    wrong += [PackInvalid(model, says, SOUND) for says in wrong_bits(here, golden)]
    return (network, here) if len(wrong) == before else None


def _wrong_inputs(model: Path, session: Session, form: Appearance, view: ViewShape) -> Iterator[PackInvalid]:
    given = {tensor.name: tensor for tensor in session.inputs}
    if set(given) != set(form.fed.values()):
        told, wanted = ", ".join(given), ", ".join(form.fed.values())
        yield PackInvalid(model, f"its inputs are [{told}], the manifest says [{wanted}]", REMAKE)
    for name, named in form.fed.items():
        if (tensor := given.get(named)) is None:
            continue
        height = name == "height"
        element, shape = ("float", (None, *view.size_px)) if height else ("uint8", (None, *view.size_px, 3))
        if tensor.element != f"tensor({element})":
            yield PackInvalid(model, f"its input {named} is {tensor.element}, not tensor({element})", REMAKE)
        if not _takes(tensor, shape):
            has = _shown(tensor.shape)
            yield PackInvalid(model, f"its input {named} has shape {has}, the manifest says {_shown(shape)}", REMAKE)


def _takes(given: Tensor, shape: tuple[int | None, ...]) -> bool:
    return len(given.shape) == len(shape) and all(
        axis in (None, wanted) or (wanted is None and axis == 1)
        for axis, wanted in zip(given.shape, shape, strict=True)
    )


def _shown(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if axis is None else str(axis) for axis in shape)


def _wrong_outputs(model: Path, session: Session, form: Appearance) -> Iterator[PackInvalid]:
    given = {tensor.name: tensor.element for tensor in session.outputs}
    for named in form.given.values():
        if named not in given:
            yield PackInvalid(model, f"it has no output called {named}", REMAKE)
        elif given[named] != "tensor(float)":
            yield PackInvalid(model, f"its output {named} is {given[named]}, not tensor(float)", REMAKE)


def _wrong_answers(model: Path, network: Network, manifest: Manifest, view: View) -> Wrong:
    """Also the warm-up: a session's first run allocates what the others reuse."""
    try:
        found = network.of(view)
    except ScoreInvalid as error:
        return [PackInvalid(model, f"it fails on the golden inputs: {error}", REMAKE)]
    wrong = [PackInvalid(model, says, REMAKE) for says in _wrong_shapes(found, len(manifest.damage_types))]
    assert manifest.golden is not None
    told = (_wrong_numbers(name, found[name], expected) for name, expected in manifest.golden.outputs.items())
    return wrong + [PackInvalid(model, says, REMAKE) for says in told if says]


SOUND = (
    "set the booth's environment up again and test this machine's memory; if it stays, the manifest is wrong of it: "
    "make the pack again"
)
AXES: dict[OutputName, int] = {"score": 0, "types": 1, "heat": 3, "maps": 3, "embedding": 1}
"""Of one view, as booth.scoring.network.Outputs has them."""


def _wrong_shapes(found: Outputs, types: int) -> Iterator[str]:
    for name, output in found.items():
        if output.ndim != AXES[name]:
            yield f"{name} of one view has shape ({_shown(output.shape)}), not {AXES[name]} axes"
        elif name in ("types", "heat") and output.shape[0] != types:
            yield f"{name} of one view is of {output.shape[0]} types, the manifest names {types} damage types"


def _wrong_numbers(name: str, output: NDArray[np.float32], expected: Expected) -> str | None:
    found, wanted = np.asarray(output, np.float64).reshape(-1), np.array(expected.starts_with)
    start, end = expected.starts_at, expected.starts_at + wanted.size
    if found.size < end:
        return f"{name} has {found.size} numbers, the golden {end}"
    apart = np.abs(found[start:end] - wanted)
    if apart.max() <= expected.tolerance:
        return None
    at = int(apart.argmax())
    says = f"{name}[{start + at}] of the golden inputs is {found[start + at]:.6g}, the manifest says {wanted[at]:.6g}"
    return f"{says} (tolerance {expected.tolerance:g})"


def _golden_view(contents: Contents, golden: Golden, wrong: Wrong) -> View | None:
    """None if one of its files is not there or not what it should be."""
    found: dict[InputName, NDArray[np.generic]] = {}
    for name, file in golden.inputs.files.items():
        path, content = contents.folder / file, contents.files.get(file)
        try:
            if content is not None:
                read_one = _height if name == "height" else _picture
                found[name] = read_one(path, content, contents.manifest.view)
        except PackInvalid as error:
            wrong.append(error)
    if found.keys() != golden.inputs.files.keys():
        return None
    return _view(found, contents.manifest.view)


def _view(found: Mapping[InputName, NDArray[np.generic]], shape: ViewShape) -> View:
    nowhere = np.full(shape.size_px, np.nan, np.float32)
    height = np.asarray(found.get("height", nowhere), np.float32)
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    lit: dict[Side, Colour] = {side: np.asarray(found[side], np.uint8) for side in sides if side in found}
    return View("golden", np.asarray(found["colour"], np.uint8), height, np.isfinite(height), lit)


def _picture(path: Path, content: bytes, shape: ViewShape) -> NDArray[np.generic]:
    # imdecode of an empty buffer raises, of anything else it cannot read gives None.
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None:
        raise PackInvalid(path, "it is not a picture", RESTORE)
    return _of_size(path, np.asarray(picture), picture.shape[:2], shape)


def _height(path: Path, content: bytes, shape: ViewShape) -> NDArray[np.generic]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            height = arrays["height"]
    except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, TypeError) as error:
        raise PackInvalid(path, "it is not an .npz with an array `height`", REMAKE) from error
    if height.dtype != np.float32:
        raise PackInvalid(path, f"its height is {height.dtype}, not float32", REMAKE)
    return _of_size(path, height, height.shape, shape)


def _of_size(path: Path, array: NDArray[np.generic], size_px: tuple[int, ...], shape: ViewShape) -> NDArray[np.generic]:
    if size_px != shape.size_px:
        told = _shown(size_px)
        raise PackInvalid(path, f"the golden input is {told}, the manifest's view {_shown(shape.size_px)}", REMAKE)
    return array
