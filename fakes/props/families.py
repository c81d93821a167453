"""The catalogue: families of products, each a set of parameters over a builder."""

from dataclasses import dataclass
from types import MappingProxyType

from fakes.line.labels import ean13
from fakes.props import materials
from fakes.props.blister import Blister
from fakes.props.book import Book
from fakes.props.bottles import Bottles
from fakes.props.carton import Carton
from fakes.props.item import Builder, Product
from fakes.props.mailer import Mailer
from fakes.props.multipack import Multipack
from fakes.props.polybag import Polybag
from fakes.streams import stream

Span = tuple[float, float]
WHITE = (222, 226, 226)
GREY = (150, 158, 162)


@dataclass(frozen=True, slots=True)
class Family:
    """`length_mm`, `width_mm`, `height_mm` bound the sizes of its `products`."""

    builder: Builder
    length_mm: Span
    width_mm: Span
    height_mm: Span
    products: int = 24


KRAFTS = (materials.KRAFT, (99, 132, 158), (126, 159, 183))
POLY = ((40, 40, 42), (170, 130, 190), (140, 150, 70), (216, 218, 216))
BAGS = ((40, 40, 42), (198, 200, 200), (96, 98, 98), (170, 130, 190), (140, 150, 70), (90, 70, 190))
CLOTHS = ((92, 58, 40), (206, 204, 198), (60, 60, 150), (44, 44, 44), (150, 160, 168), (110, 130, 80))

FAMILIES: MappingProxyType[str, Family] = MappingProxyType({
    "case": Family(Carton(KRAFTS, 6.5, "taped"), (200, 330), (140, 235), (60, 150)),
    "case-white": Family(Carton((WHITE, (206, 214, 216)), 6.5, "taped", 0.6), (200, 320), (140, 230), (60, 140)),
    "case-grey": Family(Carton((GREY, (128, 140, 148)), 4.0, "taped"), (180, 300), (130, 220), (50, 120)),
    "diecut": Family(Carton(KRAFTS, 3.2, "tuck"), (180, 320), (130, 235), (28, 75)),
    "lidded": Family(Carton((*KRAFTS, WHITE, (40, 40, 44)), 0.0, "lid", 0.55), (200, 330), (130, 210), (70, 120)),
    "retail": Family(Carton((WHITE,), 0.0, "glued", 0.30, art=True, radius_mm=1.2), (150, 280), (100, 210), (35, 110)),
    "mailer": Family(Mailer((*KRAFTS[::2], WHITE, (196, 206, 212)), POLY), (200, 330), (140, 235), (16, 34)),
    "bottles": Family(Bottles((*KRAFTS, WHITE)), (190, 310), (130, 220), (85, 150)),
    "polybag": Family(Polybag(BAGS, CLOTHS), (210, 340), (150, 250), (20, 52)),
    "book": Family(Book(), (170, 290), (120, 215), (14, 48)),
    "blister": Family(Blister(), (140, 250), (120, 215), (16, 42)),
    "multipack": Family(Multipack((*KRAFTS, WHITE)), (170, 300), (115, 210), (80, 135)),
})  # fmt: skip


def product(family: str, number: int) -> Product:
    """Product `number` of `family`, the same in every scene. Raises KeyError with the families there are."""
    if family not in FAMILIES:
        raise KeyError(f"No family {family!r}: take one of {', '.join(FAMILIES)}.")
    kind = FAMILIES[family]
    rng = stream(number, "size", family)
    length, width, height = (
        float(round(rng.uniform(*span))) for span in (kind.length_mm, kind.width_mm, kind.height_mm)
    )
    order = list(FAMILIES).index(family)
    return Product(
        family, number, ean13(f"40{order:03d}{number:03d}{rng.integers(10_000):04d}"), (length, width, height)
    )
