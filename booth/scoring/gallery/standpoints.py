"""Whether a gallery was seen as the booth sees now: another place of the camera shows other sides of an item."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from booth.geometry.views import Standpoint
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import About, Stood
from booth.scoring.gallery.store import Gallery

SCALE_OFF = 0.02
"""Share of mm_per_px. Two views at a pack's scale may each be off by AT_SCALE, so less would refuse a booth its own."""
TILT_DEG = 2.0
"""Between the floor's normals: shows 5 mm more of one side of an item of 150 mm, a cell and a half."""
DISTANCE_OFF = 0.03
"""Share of the distance to the floor: at 700 mm it moves the top of such an item by 1 mm, at the tray's rim.

How much is borne: each view is flattened from its own standpoint, so that of boxes with printed walls, 30 to 150 mm
tall, turned and shifted, the print still agrees by 0.98 at 5 % of scale, 4 degrees or 10 % of distance, and no channel
rises beyond the scatter of views from one place, but for the tallest one's colour at 4 degrees, by half (drawn, 2
references, 2026-11). What was not seen nothing can bring back, and gloss moves with the camera, which that drawing does
not have: hence half of it."""

Floor = tuple[tuple[float, float, float], float]
"""The normal of the tray's floor as it is calibrated now, and its distance in mm."""
Floors = Mapping[str, Floor | None]
"""By camera of the booth; None: its tray is not calibrated, and where it stands is not asked."""
Stands = Mapping[str, Stood | Standpoint | None]
"""By camera."""

AGAIN = (
    "put the cameras back and calibrate the tray, or add references taken as they stand now and remove the old ones: "
    "booth gallery check CONFIG names them"
)


def stands_of(about: About) -> Stands:
    return {seen.camera: seen.standpoint for seen in about.views}


def differs(stood: Stood | Standpoint | None, now: Stood | Standpoint | None) -> str | None:
    """By what a view taken from the one cannot be compared with one from the other; None: they can be."""
    if stood is None and now is None:
        return None
    if stood is None or now is None:
        return "one of them was taken by a camera whose tray was not calibrated"
    if stood.size_px != now.size_px:
        return f"{_size(stood.size_px)} pixels, not {_size(now.size_px)}"
    if abs(stood.mm_per_px / now.mm_per_px - 1) > SCALE_OFF:
        return f"{stood.mm_per_px:.3f} mm a pixel, not {now.mm_per_px:.3f}"
    if (tilt := _tilt(stood, now)) > TILT_DEG:
        return f"tilted by {tilt:.1f} degrees"
    if abs(stood.distance_mm / now.distance_mm - 1) > DISTANCE_OFF:
        return f"{stood.distance_mm:.0f} mm from the tray's floor, not {now.distance_mm:.0f}"
    return None


def moved(stands: Stands, others: Stands) -> str | None:
    """By what cameras that both have stood elsewhere, the first of them; None: by nothing."""
    for camera, stood in stands.items():
        if camera in others and (why := differs(stood, others[camera])):
            return f"{camera}: {why}"
    return None


def moved_since(stands: Stands, floors: Floors) -> str | None:
    """Likewise, from where the booth's cameras stand now; or that it has none of them."""
    if unknown := _unknown(stands, floors):
        return unknown
    now = {camera: now_of(stood, floors.get(camera)) for camera, stood in stands.items()}
    why = moved({camera: stands[camera] for camera, there in now.items() if there is not None}, now)
    return None if why is None else f"another camera geometry than its camera now: {why}"


def _unknown(stands: Stands, cameras: Mapping[str, object]) -> str | None:
    """That none of them is a camera of the booth."""
    if stands.keys() & cameras.keys():
        return None
    return f"was taken by {', '.join(stands)}, and there is none of that name"


def now_of(stood: Stood | Standpoint | None, floor: Floor | None) -> Standpoint | None:
    """From where the camera looks at the floor now, at the scale that the view has."""
    if stood is None or floor is None:
        return None
    normal, distance_mm = floor
    return Standpoint(stood.size_px, stood.mm_per_px, normal, distance_mm)


def strangers(
    references: Iterable[tuple[str, About]], now: Mapping[str, Standpoint | None]
) -> tuple[tuple[str, str], ...]:
    """(id, why) of each reference that was taken by another camera, or from elsewhere."""
    found: list[tuple[str, str]] = []
    for key, about in references:
        stood = stands_of(about)
        if why := _unknown(stood, now) or moved(stood, now):
            found.append((key, why))
    return tuple(found)


def refuse_strangers(gallery: Gallery, now: Mapping[str, Standpoint | None]) -> None:
    """Raises GalleryInvalid unless every reference was taken as the cameras stand now."""
    for product in gallery.products:
        for key, why in strangers(gallery.about(product).items(), now)[:1]:
            raise GalleryInvalid(gallery.folder / product / key, f"another camera geometry: {why}", AGAIN)


def refuse_drawn(gallery: Gallery, simulated: bool) -> None:
    """Raises GalleryInvalid for a simulated reference in a booth that is not."""
    for product in () if simulated else gallery.products:
        for key, about in gallery.about(product).items():
            if about.simulated:
                at = gallery.folder / product / key
                raise GalleryInvalid(
                    at, "is a simulated reference, and this booth is not", f"remove it: {_remove(key)}"
                )


def _remove(key: str) -> str:
    return f"booth gallery remove CONFIG {Path(key).name}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"


def _tilt(stood: Stood | Standpoint, now: Stood | Standpoint) -> float:
    cosine = float(np.dot(stood.normal, now.normal))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
