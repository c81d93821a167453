"""What a simulated booth is told before it starts: one JSON object, read whole and checked whole."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from fakes.faults.planned import PlannedFault
from fakes.line.places import CAMERAS, LAMPS, PLACES

__all__ = [
    "CAMERAS",
    "LAMPS",
    "PLACES",
    "Exhibit",
    "Pictures",
    "PlanInvalid",
    "PlannedFault",
    "WorldPlan",
    "plan_from_json",
]

Exhibit = Literal["trays", "empty", "board"]
Pictures = Literal["rendered", "staged", "shipped", "flat"]


class PlanInvalid(ValueError):
    """The plan cannot be used; the message names every key that is wrong and what would do."""


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """The line as it stands, and what comes down it. Distances are along the belt, of a tray's leading edge.

    `trays` is the most that are ever fed (None: no end); feeding begins when a client asks for it. `exhibit`:
    trays that come by; an empty tray that stands at the station for ever; a calibration board in a new pose for
    every frame. `pictures`: of height fields, drawn and lit; of panels, by software GL; of
    the few scenes that come with the booth; or flat and cheap. `slip`: the most, as a share, by which the belt lags
    behind its drive. `bounce`: the share of edges at which a sensor bounces. `bin_holds`: diverted trays until the
    bin is full (None: no end). A tray's label is under the scanner when the tray is `entry_to_scanner_mm` past the
    entry sensor; the share `unread` of labels cannot be read. The booth begins at `start_c` and becomes `warming_k`
    warmer, with `warming_ms` as the time constant; a lamp loses `lamp_loss_per_k` of its light for each kelvin. Raises
    PlanInvalid.
    """

    seed: int = 0
    pitch_mm: tuple[float, float] = (640.0, 1100.0)
    damaged: float = 0.25
    trays: int | None = None
    exhibit: Exhibit = "trays"
    pictures: Pictures = "rendered"
    belt_mm_per_s: float = 300.0
    tray_length_mm: float = 400.0
    infeed_mm: float = 600.0
    entry_to_scanner_mm: float = 120.0
    entry_to_station_mm: float = 150.0
    station_to_pregate_mm: float = 900.0
    pregate_to_gate_mm: float = 100.0
    gate_to_confirm_mm: float = 200.0
    gate_to_exit_mm: float = 600.0
    gate_actuation_ms: float = 120.0
    light_rise_ms: float = 3.0
    encoder_counts_per_mm: float = 10.0
    slip: float = 0.0
    bounce: float = 0.0
    bin_holds: int | None = None
    unread: float = 0.05
    start_c: float = 20.0
    warming_k: float = 8.0
    warming_ms: float = 1_200_000.0
    lamp_loss_per_k: float = 0.0
    fault_seed: int = 0
    faults: tuple[PlannedFault, ...] = ()

    def __post_init__(self) -> None:
        if problems := [*self._numbers(), *self._rules()]:
            raise PlanInvalid("; ".join(problems))

    def _numbers(self) -> list[str]:
        names = [f.name for f in fields(self) if f.name.endswith(("_mm", "_mm_per_s", "_ms")) and f.name != "pitch_mm"]
        return [
            f"{name}: {getattr(self, name)!r} is not a positive number" for name in names if not self._positive(name)
        ]

    def _positive(self, name: str) -> bool:
        value = getattr(self, name)
        return isinstance(value, int | float) and not isinstance(value, bool) and value > 0

    def _rules(self) -> list[str]:
        shortest, longest = self.pitch_mm
        rules = [
            (self.seed >= 0, f"seed: {self.seed} is negative"),
            (0 <= self.damaged <= 1, f"damaged: {self.damaged} is not a share between 0 and 1"),
            (0 <= self.slip < 1, f"slip: {self.slip} is not a share from 0 up to, but not, 1"),
            (0 <= self.unread <= 1, f"unread: {self.unread} is not a share between 0 and 1"),
            (0 <= self.bounce <= 1, f"bounce: {self.bounce} is not a share between 0 and 1"),
            (0 <= self.lamp_loss_per_k * self.warming_k < 1, "lamp_loss_per_k: at warming_k no light is left, or more"),
            (self.encoder_counts_per_mm > 0, f"encoder_counts_per_mm: {self.encoder_counts_per_mm} is not positive"),
            (self.bin_holds is None or self.bin_holds > 0, "bin_holds: is not positive; null: it never fills"),
            (self.fault_seed >= 0, f"fault_seed: {self.fault_seed} is negative"),
            (self.trays is None or self.trays >= 0, f"trays: {self.trays} is negative; null means without end"),
            (self.exhibit in get_args(Exhibit), f"exhibit: {self.exhibit!r} is none of {', '.join(get_args(Exhibit))}"),
            (self.pictures in get_args(Pictures), f"pictures: {self.pictures!r}: {', '.join(get_args(Pictures))}"),
            (shortest <= longest, f"pitch_mm: {shortest:g} to {longest:g} runs backwards"),
            (shortest >= self.tray_length_mm, f"pitch_mm: {shortest:g} is less than tray_length_mm"),
            (self.exhibit != "board" or self.pictures == "rendered", "exhibit: a board needs pictures: rendered"),
        ]  # fmt: skip
        return [says for holds, says in rules if not holds] + [
            f"faults: {problem}" for fault in self.faults for problem in fault.problems()
        ]

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))


def plan_from_json(text: str) -> WorldPlan:
    """Raises PlanInvalid for text that is not JSON, for unknown keys, and as WorldPlan."""
    try:
        content: dict[str, Any] = json.loads(text)
        if "pitch_mm" in content:
            shortest, longest = content["pitch_mm"]
            content["pitch_mm"] = (float(shortest), float(longest))
        content["faults"] = tuple(PlannedFault(**fault) for fault in content.get("faults", ()))
        return WorldPlan(**content)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, PlanInvalid):
            raise
        raise PlanInvalid(f"the plan is not a JSON object of WorldPlan's keys: {error}") from error
