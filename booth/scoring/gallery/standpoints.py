"""Whether a gallery was seen as the booth sees now: another place of the camera shows other sides of an item."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from booth.geometry.views import Standpoint
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import About, Stood
from booth.scoring.gallery.store import Gallery

SCALE_OFF = 0.02
"""Share of mm_per_px: 4 px at the rim of a tray of 400 px."""
TILT_DEG = 2.0
"""Between the floor's normals: moves the top of an item of 150 mm by 5 mm against its foot."""
DISTANCE_OFF = 0.03
"""Share of the distance to the floor: at 700 mm it moves the top of such an item by 1 mm, at the tray's rim."""

AGAIN = (
    "put the cameras back and calibrate the tray, or add references taken as they stand now and remove the old ones: "
    "booth gallery check CONFIG names them"
)


def differs(stood: Stood | None, now: Standpoint | None) -> str | None:
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


def strangers(
    references: Iterable[tuple[str, About]], now: Mapping[str, Standpoint | None]
) -> tuple[tuple[str, str], ...]:
    """(id, why) of each reference that was taken by another camera, or from elsewhere."""
    found: list[tuple[str, str]] = []
    for key, about in references:
        shared = [seen for seen in about.views if seen.camera in now]
        if not shared:
            cameras = ", ".join(seen.camera for seen in about.views)
            found.append((key, f"was taken by {cameras}, and there is none of that name"))
        reasons = [(seen.camera, why) for seen in shared if (why := differs(seen.standpoint, now[seen.camera]))]
        if reasons:
            found.append((key, f"{reasons[0][0]}: {reasons[0][1]}"))
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


def _tilt(stood: Stood, now: Standpoint) -> float:
    cosine = float(np.dot(stood.normal, now.normal))
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
