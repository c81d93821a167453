"""One shift of a simulated day: the whole booth in virtual time, everything that can go wrong, and its judgement."""

import asyncio
import io
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from booth.assembly.account import Account, Row
from booth.assembly.day.attendance import Attendance
from booth.assembly.day.drawn import Distributions, DrawnScorer, straight_down
from booth.assembly.day.mishaps import Mishaps
from booth.assembly.day.promise import Facts, Violation, deceived, violations
from booth.assembly.day.witness import Witness
from booth.assembly.foundation import Foundation
from booth.assembly.recording import Grounds
from booth.assembly.simulation import plan
from booth.assembly.virtual import Disk, VirtualBooth, virtual_booth
from booth.geometry.views import CameraGeometry
from booth.line.keeper import layout
from booth.records.record import Source
from booth.settings import Settings
from booth.settings.model import Recipe
from drivers.clock import pause
from drivers.frames import CameraInfo
from drivers.units import Duration, after, seconds
from fakes.faults import FaultPlan
from fakes.line.floor import Floor
from fakes.line.operator import GivesUp
from fakes.loop import NothingToDo, VirtualLoop
from fakes.plan import WorldPlan
from fakes.streams import stream
from fakes.studios.coded import CodedStudio, named
from fakes.studios.flat import FULL_LIGHT_MS

ROWS_TOGETHER = 64
SETTLES = seconds(30)
"""After the last tray: what is still on the line comes to its end."""

KEY_TURNED_AFTER, KEY_STAYS = (seconds(600), seconds(4_000)), (seconds(10), seconds(60))
LOOKS_EVERY = seconds(5)
ENOUGH_LIGHT = 0.8
MEMORY = Path("/dev/shm")  # noqa: S108 a kill in virtual time loses nothing of a file, and fsync is free there

Progress = Callable[[int], None]
"""Is told now and then how many trays have entered."""


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """`seed` draws trays, scores, the person's habits and the key; `damaged` is the share of damaged items."""

    trays: int
    faults: FaultPlan
    seed: int
    damaged: float
    scores: Distributions


@dataclass(frozen=True, slots=True)
class Shift:
    """What became of the trays. `entered` and `ends` are of the trays that the keeper named, `trays` counts those
    that came: one that touches the tray ahead has no edge of its own. `deceived`: trays about which two devices lied
    at once, as booth.assembly.day.promise has it. `in_poor_light`: passed trays that were seen
    with less than ENOUGH_LIGHT of the light that the recipe asks for, which the booth has no means to notice.
    """

    violations: tuple[Violation, ...]
    trays: int
    entered: int
    ends: Counter[str]
    faults: Counter[str]
    resets: int
    deceived: int
    in_poor_light: int
    lasted: Duration


class _Nobody:
    """A Show that shows nothing."""

    def say(self, who: str, line: str) -> None: ...
    def fault(self, code: str, text: str, raised: bool) -> None: ...
    def entered(self, account: Account) -> None: ...
    def row(self, row: Row, account: Account) -> None: ...


def simulate(settings: Settings, wanted: ShiftPlan, progress: Progress) -> Shift:
    """One shift of the simulated booth of `settings`: its line, recipe and devices are used, its pictures, model and
    calibration are not, and its records go to a folder of their own, which is removed. A line that comes to a stand
    for good ends the shift, with a violation that says so; so does a mistake that ends keeper or controller. Raises
    PlanInvalid.
    """
    with _own_folder() as folder, asyncio.Runner(loop_factory=VirtualLoop) as runner:
        own = {
            "state_dir": folder / "state",
            "runtime_dir": folder / "run",
            "records": settings.records.model_copy(update={"evidence": "none"}),
            "recipe": _for_plain_pictures(settings.recipe),
        }
        course, why = _Course(settings.model_copy(update=own), wanted, progress), ""
        try:
            runner.run(course.run())
        except* (GivesUp, NothingToDo) as stalled:
            why = f"the line stands for good: {_innermost(stalled)}"
        except* Exception as broken:  # whatever ends keeper or controller breaks the promise
            if not course.begun:
                raise
            why = f"the booth broke down for good: {_told(_innermost(broken))}"
        return course.judged(why)


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _told(error: BaseException) -> str:
    """With the place where it was raised: whoever mends it has nothing else."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


@contextmanager
def _own_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="booth-day-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


class _Course:
    """A shift from its first tray to its judgement."""

    def __init__(self, settings: Settings, wanted: ShiftPlan, progress: Progress) -> None:
        self._settings, self._wanted, self._progress = settings, wanted, progress
        self._plan = self._world()
        self._threshold = settings.recipe.thresholds[0]
        self._studio = CodedStudio()
        self._scorer = DrawnScorer(self._threshold.lanes, wanted.scores, wanted.seed)
        self._witness = Witness()
        self._booth: VirtualBooth | None = None
        self._attendance: Attendance | None = None
        self._lasted = Duration(0)

    async def run(self) -> None:
        """Raises GivesUp in a group, or NothingToDo, if the line comes to a stand for good."""
        base, disk = self._foundation(), Disk(ROWS_TOGETHER)
        async with virtual_booth(base, self._plan, self._studio, _Nobody(), io.StringIO(), disk) as booth:
            for reader in ("line", "desk"):  # the witness hears more, and nobody looks on
                booth.running.pop(reader).cancel()
            booth.world.floor.unfollow(booth.account.truth)
            booth.world.floor.follow(self._witness.saw)
            booth.world.floor.overhear(self._witness.overheard)
            booth.world.floor.listen(self._witness.befallen)
            Mishaps(booth)
            self._booth, self._attendance = booth, Attendance(booth, self._witness, self._wanted.seed)
            booth.run("witness", self._witness.listen(booth.reach_keeper, booth.clock))
            booth.run("attendance", self._attendance.run())
            booth.run("key", self._turn_the_key(booth))
            await self._work(booth)

    @property
    def begun(self) -> bool:
        return self._booth is not None

    def judged(self, stalled: str) -> Shift:
        """What became of the trays, and of the promise; `stalled` says why the line does not go on, if it does not."""
        witness, booth = self._witness, self._booth
        if booth is None or self._attendance is None:
            raise RuntimeError("the shift has not begun")
        facts = self._facts()
        stands = [Violation("goes on", "", stalled)] if stalled else []
        return Shift(
            violations=(*stands, *violations(facts)),
            trays=booth.world.floor.entered,
            entered=len(witness.entries),
            ends=Counter(end.name.lower() for ends in witness.ends.values() for end in ends),
            faults=booth.world.floor.faults.struck,
            resets=self._attendance.resets,
            deceived=len(deceived(facts)),
            in_poor_light=self._in_poor_light(),
            lasted=self._lasted,
        )

    def _world(self) -> WorldPlan:
        wanted = self._wanted
        return replace(
            plan(self._settings, None, pictures="flat"),
            seed=wanted.seed,
            damaged=wanted.damaged,
            fault_seed=wanted.faults.seed + wanted.seed,
            faults=wanted.faults.faults,
        )

    def _foundation(self) -> Foundation:
        nothing = Source("drawn", "0" * 64)
        grounds = Grounds("drawn", nothing, (nothing,), "drawn", simulated=True)
        return Foundation(self._settings, grounds, _geometries, self._scorer)

    async def _work(self, booth: VirtualBooth) -> None:
        """Until the last tray is off the line, whoever may have to reset it meanwhile."""
        floor, quiet_since = booth.world.floor, booth.clock.now()
        floor.feed(self._wanted.trays)
        while booth.clock.now() < after(quiet_since, SETTLES):
            await pause(booth.clock, LOOKS_EVERY)
            self._lasted = Duration(booth.clock.now())
            self._progress(floor.entered)
            if self._busy(floor):
                quiet_since = booth.clock.now()

    def _busy(self, floor: Floor) -> bool:
        under_way = floor.entered < self._wanted.trays or floor.line.on_the_line > 0
        return under_way or bool(self._witness.open) or self._witness.held.is_set()

    async def _turn_the_key(self, booth: VirtualBooth) -> None:
        draw = stream(self._wanted.seed, "key")
        while True:
            await pause(booth.clock, Duration(int(draw.integers(*KEY_TURNED_AFTER))))
            booth.world.floor.turn_bypass(True)
            await pause(booth.clock, Duration(int(draw.integers(*KEY_STAYS))))
            booth.world.floor.turn_bypass(False)

    def _facts(self) -> Facts:
        witness, line = self._witness, layout(self._settings.conveyor)
        return Facts(
            passages=witness.passages,
            entries=witness.entries,
            ends=witness.ends,
            endings=witness.endings,
            holds=witness.holds,
            confirmations=witness.confirmations,
            key_read_on=witness.key_read_on,
            encoder_lied=witness.encoder_lied,
            scores=self._scorer.given,
            looks={named(seed): len(by_camera) for seed, by_camera in self._studio.looks.items()},
            divert_at=self._threshold.divert_at,
            views=len(self._settings.cameras),
            pitch=line.lasts(line.pitch),
        )

    def _in_poor_light(self) -> int:
        """By the least that a shot of the recipe asks for."""
        shots = self._settings.recipe.shots
        asked = min(sum(shot.lights.values()) * shot.exposure_ms for shot in shots) / FULL_LIGHT_MS
        poor = {
            named(seed)
            for seed, by_camera in self._studio.looks.items()
            if min(by_camera.values()) < ENOUGH_LIGHT * asked
        }
        return sum(passage.went == "passed" and passage.product in poor for passage in self._witness.passages.values())


def _geometries(infos: Mapping[str, CameraInfo]) -> dict[str, CameraGeometry]:
    return {name: straight_down(name, info) for name, info in infos.items()}


def _for_plain_pictures(recipe: Recipe) -> Recipe:
    """The pictures of a day have neither edges nor noise: of their quality only the light is looked at."""
    quality = recipe.quality.model_copy(update={"contrast_at_least": 0.0})
    return recipe.model_copy(update={"quality": quality})
