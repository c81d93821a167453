"""Which products are for training, which for validation, which for the test."""

from dataclasses import replace
from typing import Literal, get_args

from fakes.props import FAMILIES, Drawn
from fakes.streams import stream

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
HELD_OUT = ("lidded", "retail", "diecut")
"""Families that are for the test alone: nobody trains on anything like them."""
TRAIN, VAL = 0.70, 0.15


def of_product(family: str, number: int) -> Split:
    """Every capture of a product is in the same part. Products beyond the catalogue's are for training."""
    if family in HELD_OUT:
        return "test"
    if number >= FAMILIES[family].products:
        return "train"
    drawn = float(stream(number, "split", family).random())
    return "train" if drawn < TRAIN else "val" if drawn < TRAIN + VAL else "test"


def wholly(wanted: Drawn, part: Split) -> bool:
    """Whether every item is of a product of this part. An empty tray trains."""
    return all(of_product(item.family, item.number) == part for item in wanted.items) and (
        bool(wanted.items) or part == "train"
    )


def parted(wanted: Drawn) -> tuple[Drawn, Split]:
    """The scene, without a second item that belongs to another part than the first, and its part. Empty trays train."""
    if not wanted.items:
        return wanted, "train"
    parts = [of_product(item.family, item.number) for item in wanted.items]
    if parts[-1] != parts[0]:
        kept = tuple(item for item, part in zip(wanted.items, parts, strict=True) if part == parts[0])
        return replace(wanted, arrangement="one", items=kept), parts[0]
    return wanted, parts[0]
