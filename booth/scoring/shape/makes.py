"""What a thing on the tray is to those who look at its shape: how much of it is flat by nature."""

from typing import Literal

from booth.scoring.shape.flaws import Shape
from booth.scoring.shape.surface import Thing, Top

Make = Literal["units", "low", "flat", "padded", "bag"]
"""Several units, small or low, a flat top, an uneven one, a very uneven one."""
MAKES: tuple[Make, ...] = ("units", "low", "flat", "padded", "bag")
UNITS_MM = 40.0
"""Lower than this, units are the blisters of a card."""
WHOLE = 0.9
"""Share of its inside that a low top has to have in its plane, or it is such a card, too."""
LOW_MM, SMALL_CM2, SMALL_UNEVEN_CM2 = 14.0, 120.0, 250.0
PADDED_MM, BAG_MM = 1.2, 1.85
"""From there on, unevenness of a top. Cartons have 0.7 to 1.1 at 0.7 m, padded envelopes 1.4 to 2.0, polybags 1.9 to
2.7; on 1105 simulated training captures, 2026-11."""


def make_of(thing: Thing, top: Top, shape: Shape) -> Make:
    if shape.units:
        return "units" if top.height_mm >= UNITS_MM else "low"
    padded = shape.uneven_mm >= PADDED_MM
    if not padded and top.height_mm < UNITS_MM and float(top.face[shape.core].mean()) < WHOLE:
        return "low"
    if top.height_mm < LOW_MM or thing.area_cm2 < (SMALL_UNEVEN_CM2 if padded else SMALL_CM2):
        return "low"
    return "bag" if shape.uneven_mm >= BAG_MM else "padded" if padded else "flat"
