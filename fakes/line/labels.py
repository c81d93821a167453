"""What the labels on the simulated trays say: the number of the product, and nothing of what was done to it. Pure."""

import zlib
from collections.abc import Mapping
from typing import Any


def ean13(digits12: str) -> str:
    """With its check digit (GS1 General Specifications, 7.9)."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits12))
    return digits12 + str(-total % 10)


def plate(truth: Mapping[str, Any]) -> str | None:
    """What the label on a tray says, by the truth of its scene; None: an empty tray has none. Scenes whose products
    have no number get one that hangs on the product's name (GS1's 20 to 29 are for use inside a company)."""
    if code := truth.get("code"):
        return str(code)
    product = truth["product"]
    if product in (None, "none"):
        return None
    return ean13(f"29{zlib.crc32(str(product).encode()):010d}"[:12])
