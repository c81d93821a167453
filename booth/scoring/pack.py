"""A pack is a folder: a model, what it says of itself, and a golden input that proves it still says so."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from booth.scoring.manifest import Expected, Input, Manifest
from booth.scoring.session import ModelUnusable, Session, Tensor

MANIFEST = "manifest.json"
RESTORE = "copy the pack again from where it came from"
REMAKE = "make the pack again (models/training), or install the version that fits"


class PackInvalid(ValueError):
    """The pack must not score anything. Says which file, what is wrong and what to do next."""

    def __init__(self, path: Path, wrong: str, do: str) -> None:
        super().__init__(f"{path}: {wrong}; {do}")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack whose hashes and golden held, its model warm. `sha256` is the manifest's, which names all the rest."""

    folder: Path
    manifest: Manifest
    sha256: str
    session: Session

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.manifest.version

    def score(self, picture: NDArray[np.uint8]) -> float:
        """The damage in one picture, (height, width, 3) of the input's size, as the model gives it: unchecked.

        Raises ModelUnusable.
        """
        (scores,) = self.session.run(self.manifest.input.name, picture[None], (self.manifest.outputs.score.name,))
        return float(scores.reshape(-1)[0])


def load(folder: Path) -> Pack:
    """Read, hash, run. Raises PackInvalid for the first thing that does not hold."""
    manifest, digest = _manifest(folder)
    contents = {name: _verified(folder / name, expected) for name, expected in manifest.files.items()}
    model = folder / manifest.model
    try:
        session = Session(contents[manifest.model])
    except ModelUnusable as error:
        raise PackInvalid(model, f"ONNX Runtime cannot load it: {error}", REMAKE) from error
    _check_input(model, session, manifest.input)
    _check_outputs(model, session, manifest)
    _check_golden(folder, manifest, session, contents[manifest.golden.input])
    return Pack(folder, manifest, digest, session)


def _manifest(folder: Path) -> tuple[Manifest, str]:
    if not folder.is_dir():
        raise PackInvalid(folder, "there is no such folder", "correct recipe.pack, or install the pack there")
    path = folder / MANIFEST
    content = _read(path)
    try:
        return Manifest.model_validate_json(content), hashlib.sha256(content).hexdigest()
    except ValidationError as error:
        wrong = ", ".join(_mistake(details["loc"], details["msg"]) for details in error.errors())
        raise PackInvalid(path, wrong, RESTORE) from error


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


def _check_input(model: Path, session: Session, wanted: Input) -> None:
    if len(session.inputs) != 1 or session.inputs[0].name != wanted.name:
        names = ", ".join(tensor.name for tensor in session.inputs)
        raise PackInvalid(model, f"its inputs are [{names}], the manifest says [{wanted.name}]", REMAKE)
    given = session.inputs[0]
    if given.element != f"tensor({wanted.dtype})":
        raise PackInvalid(model, f"its input is {given.element}, not tensor({wanted.dtype})", REMAKE)
    shape = (None, *wanted.size_px, 3)
    if not _takes(given, shape):
        raise PackInvalid(
            model, f"its input has shape {_shown(given.shape)}, the manifest says {_shown(shape)}", REMAKE
        )


def _takes(given: Tensor, shape: tuple[int | None, ...]) -> bool:
    return len(given.shape) == len(shape) and all(
        axis in (None, wanted) or (wanted is None and axis == 1)
        for axis, wanted in zip(given.shape, shape, strict=True)
    )


def _shown(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if axis is None else str(axis) for axis in shape)


def _check_outputs(model: Path, session: Session, manifest: Manifest) -> None:
    given = {tensor.name for tensor in session.outputs}
    named = {manifest.outputs.score.name, manifest.outputs.embedding.name, *manifest.golden.outputs}
    if missing := sorted(named - given):
        raise PackInvalid(model, f"it has no output called {', '.join(missing)}", REMAKE)


def _check_golden(folder: Path, manifest: Manifest, session: Session, content: bytes) -> None:
    """Also the warm-up: a session's first run allocates what the others reuse."""
    picture = _golden_picture(folder / manifest.golden.input, content, manifest.input.size_px)
    names = tuple(manifest.golden.outputs)
    model = folder / manifest.model
    try:
        found = session.run(manifest.input.name, picture[None], names)
    except ModelUnusable as error:
        raise PackInvalid(model, f"it fails on the golden input: {error}", REMAKE) from error
    for name, output in zip(names, found, strict=True):
        _compare(model, name, np.asarray(output, np.float64).reshape(-1), manifest.golden.outputs[name])


def _golden_picture(path: Path, content: bytes, size_px: tuple[int, int]) -> NDArray[np.uint8]:
    # imdecode of an empty buffer raises, of anything else it cannot read gives None.
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None:
        raise PackInvalid(path, "it is not a picture", RESTORE)
    if picture.shape[:2] != size_px:
        shape = _shown(picture.shape[:2])
        raise PackInvalid(path, f"the golden input is {shape}, the manifest's input {_shown(size_px)}", REMAKE)
    return picture.astype(np.uint8, copy=False)


def _compare(model: Path, name: str, found: NDArray[np.float64], expected: Expected) -> None:
    if not np.isfinite(found).all():
        raise PackInvalid(model, f"{name} of the golden input is not finite", REMAKE)
    wanted = np.array(expected.starts_with)
    if found.size < wanted.size:
        raise PackInvalid(model, f"{name} has {found.size} numbers, the golden {wanted.size}", REMAKE)
    apart = np.abs(found[: wanted.size] - wanted)
    if apart.max() > expected.tolerance:
        at = int(apart.argmax())
        says = f"{name}[{at}] of the golden input is {found[at]:.6g}, the manifest says {wanted[at]:.6g}"
        raise PackInvalid(model, f"{says} (tolerance {expected.tolerance:g})", REMAKE)
