"""What a simulated booth is told before it starts: one JSON object, read whole and checked whole."""

import json
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Exhibit = Literal["trays", "empty", "board"]
Pictures = Literal["rendered", "flat"]
FaultName = Literal["camera-silent", "camera-lost", "frame-stale", "gate-stuck", "confirm-missing", "sensor-bounce"]
PLACES = ("entry", "pregate", "confirm", "bypass")
CAMERAS = ("left", "right")
LAMPS = ("ring", "left", "right", "front", "back")


class PlanInvalid(ValueError):
    """The plan cannot be used; the message names every key that is wrong and what would do."""


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """A fault by name. `where` is a camera or a sensor's place, `times` how often it happens (gate-stuck: 0 mends
    it), `after_trays` how many trays have entered before it is armed, `lasts_ms` how long a lost camera is away."""

    name: FaultName
    where: str = ""
    times: int = 1
    after_trays: int = 0
    lasts_ms: float = 0.0

    def problems(self) -> list[str]:
        places: dict[str, tuple[str, ...]] = {
            "camera-silent": CAMERAS, "camera-lost": CAMERAS, "frame-stale": CAMERAS, "sensor-bounce": PLACES,
        }  # fmt: skip
        if self.name not in get_args(FaultName):
            return [f"faults: no fault is called {self.name!r}; there are: {', '.join(get_args(FaultName))}"]
        known = places.get(self.name, ("",))
        found = [] if self.where in known else [f"faults: {self.name}: where is one of {', '.join(known) or 'none'}"]
        if min(self.times, self.after_trays, self.lasts_ms) < 0:
            found.append(f"faults: {self.name}: times, after_trays and lasts_ms are not negative")
        return found


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """The line as it stands, and what comes down it. Distances are along the belt, of a tray's leading edge.

    `trays` is the most that are ever fed (None: no end); feeding begins when a client asks for it. `exhibit`:
    trays that come by; an empty tray that stands at the station for ever; a calibration board in a new pose for
    every frame. `pictures`: drawn and lit, or flat and cheap. Raises PlanInvalid.
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
    entry_to_station_mm: float = 150.0
    station_to_pregate_mm: float = 900.0
    pregate_to_gate_mm: float = 100.0
    gate_to_confirm_mm: float = 200.0
    gate_to_exit_mm: float = 600.0
    gate_actuation_ms: float = 120.0
    light_rise_ms: float = 3.0
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
            (self.trays is None or self.trays >= 0, f"trays: {self.trays} is negative; null means without end"),
            (self.exhibit in get_args(Exhibit), f"exhibit: {self.exhibit!r} is none of {', '.join(get_args(Exhibit))}"),
            (self.pictures in get_args(Pictures), f"pictures: {self.pictures!r} is neither rendered nor flat"),
            (shortest <= longest, f"pitch_mm: {shortest:g} to {longest:g} runs backwards"),
            (shortest >= self.tray_length_mm, f"pitch_mm: {shortest:g} is less than tray_length_mm"),
            (self.exhibit != "board" or self.pictures == "rendered", "exhibit: a board needs pictures: rendered"),
        ]  # fmt: skip
        return [says for holds, says in rules if not holds] + [p for fault in self.faults for p in fault.problems()]

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
