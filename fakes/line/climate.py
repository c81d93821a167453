"""How warm the booth is, and what that does to what is in it. Pure."""

import math
from dataclasses import dataclass

import numpy as np

from drivers.frames import RawDepth
from drivers.units import Duration, Instant, between, ms
from fakes.plan import WorldPlan


@dataclass(slots=True)
class Climate:
    """A booth that is closed at `start` and warms up by its own lamps and computers."""

    start_c: float
    warming_k: float
    constant: Duration
    lamp_loss_per_k: float
    start: Instant = Instant(0)

    def warmer_k(self, at: Instant) -> float:
        """Kelvin above the start."""
        return self.warming_k * -math.expm1(-max(0, between(self.start, at)) / self.constant)

    def celsius(self, at: Instant) -> float:
        return self.start_c + self.warmer_k(at)

    def lamp_share(self, at: Instant) -> float:
        """What is left of a lamp's light."""
        return 1 - self.lamp_loss_per_k * self.warmer_k(at)


def climate(plan: WorldPlan) -> Climate:
    return Climate(plan.start_c, plan.warming_k, ms(plan.warming_ms), plan.lamp_loss_per_k)


def stretched(depth: RawDepth, ppm: float) -> RawDepth:
    """The depths so much longer; 0, which is no depth, stays 0."""
    longer: RawDepth = np.minimum(np.rint(depth * (1 + ppm * 1e-6)), np.iinfo(np.uint16).max).astype(np.uint16)
    return longer
