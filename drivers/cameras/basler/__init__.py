"""Basler cameras: colour, one exposure a trigger, through the vendor's SDK."""

from functools import partial

from drivers.cameras.basler.camera import BaslerCamera
from drivers.cameras.basler.finding import Opens, attached
from drivers.cameras.basler.wanted import Wanted, read_wanted
from drivers.registry import Bench, Options

__all__ = ["BaslerCamera", "Opens", "Wanted", "attached", "make", "read_wanted"]


def make(options: Options, bench: Bench) -> BaslerCamera:
    """`serial`, and the keys of read_wanted."""
    serial = str(options["serial"])
    return BaslerCamera(bench.name, serial, partial(attached, bench.name, serial), read_wanted(options), bench.clock)
