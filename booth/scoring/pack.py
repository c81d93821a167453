"""A pack is a folder: a model, what it says of itself, and golden inputs that prove it still says so."""

import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from booth.geometry.views import Side, View
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.manifest import Appearance, Expected, Golden, Manifest, OutputName, ViewShape
from booth.scoring.network import Network, Outputs
from booth.scoring.session import ModelUnusable, Session, Tensor
from drivers.frames import Colour

MANIFEST = "manifest.json"
RESTORE = "copy the pack again from where it came from"
REMAKE = "make the pack again (models/training), or install the version that fits"


class PackInvalid(ValueError):
    """The pack must not score anything. Says which file, what is wrong and what to do next."""

    def __init__(self, path: Path, wrong: str, do: str) -> None:
        super().__init__(f"{path}: {wrong}; {do}")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose hashes and golden held, its model warm. `sha256` is the manifest's, which names all the rest.
    `network`: None for a pack without the appearance lane."""

    folder: Path
    manifest: Manifest
    sha256: str
    network: Network | None

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.manifest.version


def load(folder: Path) -> Pack:
    """Read, hash, run. Raises PackInvalid for the first thing that does not hold."""
    manifest, digest = _manifest(folder)
    contents = {name: _verified(folder / name, expected) for name, expected in manifest.files.items()}
    network, golden = manifest.lanes.appearance, manifest.golden
    if network is None or golden is None:
        return Pack(folder, manifest, digest, None)
    model = folder / network.model
    try:
        session = Session(contents[network.model])
    except ModelUnusable as error:
        raise PackInvalid(model, f"ONNX Runtime cannot load it: {error}", REMAKE) from error
    _check_inputs(model, session, network, manifest.view)
    _check_outputs(model, session, network)
    ready = Network(session, network, manifest.view)
    found = _golden_answers(model, ready, _golden_view(folder, golden, contents, manifest.view))
    _check_shapes(model, found, len(manifest.damage_types))
    for name, expected in golden.outputs.items():
        _compare(model, name, np.asarray(found[name], np.float64).reshape(-1), expected)
    return Pack(folder, manifest, digest, ready)


def _manifest(folder: Path) -> tuple[Manifest, str]:
    if not folder.is_dir():
        raise PackInvalid(folder, "there is no such folder", "correct recipe.pack, or install the pack there")
    path = folder / MANIFEST
    content = _read(path)
    try:
        return Manifest.model_validate_json(content), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        raise PackInvalid(path, mistakes(error), RESTORE) from error


def mistakes(error: ValidationError, *below: str) -> str:
    """Every one, each with its key, which is `below` others."""
    return ", ".join(_mistake((*below, *details["loc"]), details["msg"]) for details in error.errors())


def _mistake(at: tuple[int | str, ...], says: str) -> str:
    key = ".".join(map(str, at))
    says = says.removeprefix("Value error, ")
    return f"{key}: {says}" if key else says


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise PackInvalid(path, "there is no such file", RESTORE) from error
    except OSError as error:
        raise PackInvalid(path, f"it cannot be read ({error.strerror})", "mend its permissions or the disk") from error


def _verified(path: Path, expected: str) -> bytes:
    content = _read(path)
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise PackInvalid(path, f"its sha256 is {found[:12]}..., the manifest says {expected[:12]}...", RESTORE)
    return content


def _check_inputs(model: Path, session: Session, network: Appearance, view: ViewShape) -> None:
    given = {tensor.name: tensor for tensor in session.inputs}
    if set(given) != set(network.fed.values()):
        told, wanted = ", ".join(given), ", ".join(network.fed.values())
        raise PackInvalid(model, f"its inputs are [{told}], the manifest says [{wanted}]", REMAKE)
    for name, named in network.fed.items():
        height = name == "height"
        element, shape = ("float", (None, *view.size_px)) if height else ("uint8", (None, *view.size_px, 3))
        if given[named].element != f"tensor({element})":
            raise PackInvalid(model, f"its input {named} is {given[named].element}, not tensor({element})", REMAKE)
        if not _takes(given[named], shape):
            has = _shown(given[named].shape)
            raise PackInvalid(model, f"its input {named} has shape {has}, the manifest says {_shown(shape)}", REMAKE)


def _takes(given: Tensor, shape: tuple[int | None, ...]) -> bool:
    return len(given.shape) == len(shape) and all(
        axis in (None, wanted) or (wanted is None and axis == 1)
        for axis, wanted in zip(given.shape, shape, strict=True)
    )


def _shown(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if axis is None else str(axis) for axis in shape)


def _check_outputs(model: Path, session: Session, network: Appearance) -> None:
    given = {tensor.name: tensor.element for tensor in session.outputs}
    if missing := sorted(set(network.given.values()) - given.keys()):
        raise PackInvalid(model, f"it has no output called {', '.join(missing)}", REMAKE)
    for named in network.given.values():
        if given[named] != "tensor(float)":
            raise PackInvalid(model, f"its output {named} is {given[named]}, not tensor(float)", REMAKE)


def _golden_answers(model: Path, network: Network, view: View) -> Outputs:
    """Also the warm-up: a session's first run allocates what the others reuse."""
    try:
        return network.of(view)
    except ScoreInvalid as error:
        raise PackInvalid(model, f"it fails on the golden inputs: {error}", REMAKE) from error


def _check_shapes(model: Path, found: Outputs, types: int) -> None:
    """Without the batch's axis, as booth.scoring.manifest.Outputs has them."""
    axes: dict[OutputName, int] = {"score": 0, "types": 1, "heat": 3, "maps": 3, "embedding": 1}
    for name, output in found.items():
        wrong_types = name in ("types", "heat") and output.shape[:1] != (types,)
        if output.ndim != axes[name] or wrong_types:
            says = f"{name} of one view has shape ({_shown(output.shape)})"
            raise PackInvalid(model, f"{says}; {axes[name]} axes are due, and {types} damage types", REMAKE)


def _golden_view(folder: Path, golden: Golden, contents: Mapping[str, bytes], shape: ViewShape) -> View:
    inputs = golden.inputs
    colours = {
        name: _picture(folder / file, contents[file], shape) for name, file in inputs.files.items() if name != "height"
    }
    if inputs.height is None:
        height = np.full(shape.size_px, np.nan, np.float32)
    else:
        height = _height(folder / inputs.height, contents[inputs.height], shape)
    sides: tuple[Literal["left", "right"], ...] = ("left", "right")
    lit: dict[Side, Colour] = {side: colours[side] for side in sides if side in colours}
    return View("golden", colours["colour"], height, np.isfinite(height), lit)


def _picture(path: Path, content: bytes, shape: ViewShape) -> Colour:
    # imdecode of an empty buffer raises, of anything else it cannot read gives None.
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None:
        raise PackInvalid(path, "it is not a picture", RESTORE)
    _check_size(path, picture.shape[:2], shape)
    return picture.astype(np.uint8, copy=False)


def _height(path: Path, content: bytes, shape: ViewShape) -> NDArray[np.float32]:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            height = arrays["height"]
    except (ValueError, OSError, KeyError, EOFError, zipfile.BadZipFile, TypeError) as error:
        raise PackInvalid(path, "it is not an .npz with an array `height`", REMAKE) from error
    if height.dtype != np.float32:
        raise PackInvalid(path, f"its height is {height.dtype}, not float32", REMAKE)
    _check_size(path, height.shape, shape)
    return np.asarray(height, np.float32)


def _check_size(path: Path, size_px: tuple[int, ...], shape: ViewShape) -> None:
    if size_px != shape.size_px:
        told = _shown(size_px)
        raise PackInvalid(path, f"the golden input is {told}, the manifest's view {_shown(shape.size_px)}", REMAKE)


def _compare(model: Path, name: str, found: NDArray[np.float64], expected: Expected) -> None:
    wanted = np.array(expected.starts_with)
    if found.size < wanted.size:
        raise PackInvalid(model, f"{name} has {found.size} numbers, the golden {wanted.size}", REMAKE)
    apart = np.abs(found[: wanted.size] - wanted)
    if apart.max() > expected.tolerance:
        at = int(apart.argmax())
        says = f"{name}[{at}] of the golden inputs is {found[at]:.6g}, the manifest says {wanted[at]:.6g}"
        raise PackInvalid(model, f"{says} (tolerance {expected.tolerance:g})", REMAKE)
