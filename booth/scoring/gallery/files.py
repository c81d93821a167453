"""A reference as files, and back.

<folder>/reference.json                 what it is, and the sha256 of every other file
<folder>/<camera>.colour.png            8 bit BGR
<folder>/<camera>.height.png            16 bit, HEIGHT_UNIT_MM above HEIGHT_FROM_MM; 0 where nothing was measured
<folder>/<camera>.valid.png             8 bit, 255 where a height was measured
<folder>/<camera>.lit-<side>.png        8 bit BGR, under the light from one side alone
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from booth.geometry.views import Standpoint, View
from booth.scoring.gallery.reference import About, Capture, Reference, Seen, Stood

FILE = "reference.json"
HEIGHT_UNIT_MM = 0.1
HEIGHT_FROM_MM = -1000.0
"""Heights from -999.9 to 5553.5 mm can be kept; what lies beyond is no height of anything on a tray."""

EVER = datetime.min.replace(tzinfo=UTC)
"""An id does not hang on when."""
RESTORE = "restore it from a copy of the gallery, or remove the reference: `booth gallery remove CONFIG ID`"


class GalleryInvalid(ValueError):
    """The gallery must not be compared with. Says which file, what is wrong and what to do next."""

    def __init__(self, path: Path, wrong: str, do: str) -> None:
        super().__init__(f"{path}: {wrong}; {do}")
        self.path = path


def packed(capture: Capture, product: str, at: datetime, by: str) -> tuple[str, dict[str, bytes]]:
    """The reference's id and all of its files, reference.json last. Raises ValueError for a product or a camera that
    cannot be a file's name, and for a capture without a view."""
    about, files = described(capture, product, at, by)
    files[FILE] = about.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
    return id_of(about), files


def described(capture: Capture, product: str, at: datetime, by: str) -> tuple[About, dict[str, bytes]]:
    """What reference.json is to say, and the files that it names. Raises as `packed`."""
    files: dict[str, bytes] = {}
    views = tuple(_seen(view, files) for view in capture.views)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    about = About(
        product=product, added_at=at, added_by=by, source=capture.source, simulated=capture.simulated, views=views,
        files=hashes,
    )  # fmt: skip
    return about, files


def id_of(about: About) -> str:
    """The first 16 digits of a sha256: the same capture of the same product is the same reference, whoever adds it."""
    told = about.model_dump_json(include={"product", "views", "files"})
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def about_of(folder: Path, expected: str) -> About:
    """What reference.json says, if its sha256 is `expected`. Raises GalleryInvalid."""
    try:
        return About.model_validate_json(verified(folder / FILE, expected))
    except ValidationError as error:
        raise GalleryInvalid(folder / FILE, f"is no reference of this version ({_first(error)})", RESTORE) from error


def identity(capture: Capture, product: str) -> str:
    """The id that it has as a reference of `product`. Raises as `packed`."""
    return id_of(described(capture, product, EVER, "nobody")[0])


def verify(folder: Path, about: About) -> None:
    """Hash every file. Raises GalleryInvalid for the first that is missing or changed."""
    for name, expected in about.files.items():
        verified(folder / name, expected)


def unpacked(folder: Path, about: About) -> Reference:
    """The views, read and hashed again. Raises GalleryInvalid."""
    views = tuple(_view(folder, seen, about.files) for seen in about.views)
    return Reference(folder.name, about.product, views, about)


def verified(path: Path, expected: str) -> bytes:
    """The file's content, if it has that sha256. Raises GalleryInvalid."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GalleryInvalid(path, f"cannot be read ({error.strerror})", RESTORE) from error
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        raise GalleryInvalid(path, f"its sha256 is {found[:12]}..., not {expected[:12]}...", RESTORE)
    return content


def _first(error: ValidationError) -> str:
    details = error.errors()[0]
    return f"{'.'.join(map(str, details['loc'])) or 'it'}: {details['msg']}"


def _seen(view: View, files: dict[str, bytes]) -> Seen:
    """Adds the view's files to `files`."""
    names = {kind: f"{view.camera}.{kind}.png" for kind in ("colour", "height", "valid")}
    lit = {side: f"{view.camera}.lit-{side}.png" for side in view.lit}
    raw, valid = _raw(view)
    files |= {names["colour"]: _png(view.colour), names["height"]: _png(raw), names["valid"]: _png(valid)}
    files |= {lit[side]: _png(colour) for side, colour in view.lit.items()}
    return Seen(camera=view.camera, standpoint=_stood(view.standpoint), lit=lit, **names)


def _stood(standpoint: Standpoint | None) -> Stood | None:
    if standpoint is None:
        return None
    size, normal = standpoint.size_px, standpoint.normal
    return Stood(size_px=size, mm_per_px=standpoint.mm_per_px, normal=normal, distance_mm=standpoint.distance_mm)


def _raw(view: View) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    steps = np.rint((view.height_mm.astype(np.float64) - HEIGHT_FROM_MM) / HEIGHT_UNIT_MM)
    valid = view.valid & (steps >= 1) & (steps <= np.iinfo(np.uint16).max)  # false for NaN too
    return np.where(valid, steps, 0).astype(np.uint16), np.where(valid, 255, 0).astype(np.uint8)


def _png(picture: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    encoded, content = cv2.imencode(".png", picture)
    if not encoded:
        raise ValueError(f"a picture of shape {picture.shape} cannot be encoded as PNG; it is no view")
    return content.tobytes()


def _view(folder: Path, seen: Seen, hashes: Mapping[str, str]) -> View:
    def picture(name: str, flags: int) -> NDArray[Any]:
        return _picture(folder / name, hashes.get(name, "nothing"), flags)

    colour = picture(seen.colour, cv2.IMREAD_COLOR)
    raw = picture(seen.height, cv2.IMREAD_UNCHANGED)
    valid = picture(seen.valid, cv2.IMREAD_GRAYSCALE) > 0
    lit = {side: picture(name, cv2.IMREAD_COLOR) for side, name in seen.lit.items()}
    if any(other.shape[:2] != colour.shape[:2] for other in (raw, valid, *lit.values())):
        raise GalleryInvalid(folder / seen.colour, "the pictures of its view differ in size", RESTORE)
    height = np.where(valid, raw * HEIGHT_UNIT_MM + HEIGHT_FROM_MM, np.nan).astype(np.float32)
    return View(seen.camera, colour, height, valid, lit, _standpoint(seen.standpoint))


def _standpoint(stood: Stood | None) -> Standpoint | None:
    return None if stood is None else Standpoint(stood.size_px, stood.mm_per_px, stood.normal, stood.distance_mm)


def _picture(path: Path, expected: str, flags: int) -> NDArray[Any]:
    content = verified(path, expected)
    # imdecode of an empty buffer raises, of anything else it cannot read gives None.
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), flags) if content else None
    if picture is None:
        raise GalleryInvalid(path, "is not a picture", RESTORE)
    return np.asarray(picture)
