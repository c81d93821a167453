"""What the settings mean to the simulated booth."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from booth.settings import Settings
from booth.settings.cameras import SEES_THE_WORLD, RecordedCamera
from booth.settings.model import Line
from drivers.clock import Clock
from drivers.links import Dial, connect

if TYPE_CHECKING:
    from fakes.faults import FaultPlan
    from fakes.plan import WorldPlan

Exhibit = Literal["trays", "empty", "board"]
Pictures = Literal["rendered", "staged", "shipped", "flat"]


def dial(settings: Settings) -> Dial | None:
    """How devices reach the world's process; None on a real line."""
    return partial(connect, settings.runtime_dir / "world.sock") if settings.simulated else None


def pictures_are_simulated(settings: Settings) -> bool:
    """False for a simulated line that triggers recorded cameras: the world's truth is not about those pictures."""
    return all(camera.driver in SEES_THE_WORLD for camera in settings.cameras.values())


def captures(settings: Settings) -> int | None:
    """How many trays the recorded sessions have pictures for; None without a recorded camera."""
    from drivers.cameras.session import captures_of

    sessions = {camera.session for camera in settings.cameras.values() if isinstance(camera, RecordedCamera)}
    shots = len(settings.recipe.shots)
    return min((len(captures_of(session)) // shots for session in sessions), default=None)


def fault_plan(path: Path | None) -> "FaultPlan":
    """The faults of a plan; of none, none. Raises FaultPlanInvalid."""
    from fakes.faults import FaultPlan, read

    return read(path) if path else FaultPlan()


def plan(
    settings: Settings, trays: int | None, exhibit: Exhibit = "trays", pictures: Pictures | None = None
) -> "WorldPlan":
    """The world that these settings describe, its pictures as they say or as `pictures` does. Where a PLC keeps the
    line, an empty tray stands at the station for ever, and whoever plays the PLC triggers it.

    Raises PlanInvalid for values no world can have, FaultPlanInvalid.
    """
    from fakes.plan import WorldPlan

    world, line = settings.world, settings.line
    assert world is not None, "only a simulated booth has a world"
    wrong = fault_plan(world.faults)
    return WorldPlan(
        seed=world.seed,
        pitch_mm=world.pitch_mm,
        damaged=world.damaged,
        trays=trays if line else 0,
        exhibit=exhibit if line else "empty",
        pictures=(pictures or world.pictures) if pictures_are_simulated(settings) else "flat",
        fault_seed=wrong.seed,
        faults=wrong.faults,
        **(_conveyor(line) if line else {}),
    )


@asynccontextmanager
async def world_apart(
    settings: Settings, clock: Clock, exhibit: Exhibit = "empty", pictures: Pictures | None = None
) -> AsyncIterator[Dial | None]:
    """A world of this process alone, without a tray that moves, while the context lasts; of a real booth None."""
    if not settings.simulated:
        yield None
        return
    from fakes.studios.studio import studio
    from fakes.world import World

    laid = plan(settings, 0, exhibit, pictures)
    world = World(laid, clock, studio(laid))
    running = asyncio.create_task(world.run())
    try:
        yield world.dial
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


def _conveyor(line: Line) -> dict[str, Any]:
    """What the world has to know of the line's build, by WorldPlan's names."""
    return {
        "belt_mm_per_s": line.belt_mm_per_s,
        "tray_length_mm": line.tray_length_mm,
        "entry_to_station_mm": line.entry_to_station_mm,
        "station_to_pregate_mm": line.station_to_pregate_mm,
        "pregate_to_gate_mm": line.pregate_to_gate_mm,
        "gate_actuation_ms": line.gate.actuation_ms,
        **({"entry_to_scanner_mm": line.scanner.at_mm} if line.scanner else {}),
    }
