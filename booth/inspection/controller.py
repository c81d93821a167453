"""The controller: performs what the cycle's table says, one instance of it per tray. A thin shell."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Protocol

from booth.faults import Occurrence
from booth.inspection.cycle import Action, Event, State, step
from booth.inspection.examination import Examined, Examiner
from booth.inspection.state import ControllerState, controller_state
from booth.inspection.station import Capture, CaptureFailed, Station
from booth.line import wire
from booth.line.relay import LineLost
from booth.scoring.arrangement import ruled
from booth.scoring.products.identity import UNKNOWN
from booth.scoring.products.limits import in_force
from booth.scoring.verdict import judge
from booth.settings import Settings
from booth.tray import Judgement, Reason, TrayId, Verdict
from drivers.clock import Clock
from drivers.errors import LinkLost
from drivers.frames import CameraInfo
from drivers.units import Duration, Instant, after, between, ms

TRAYS_AT_ONCE = 8
"""More open cycles than this and the next tray is diverted unseen: the line is faster than the booth."""


class Line(Protocol):
    """The controller's end of the link to the keeper."""

    def messages(self) -> AsyncIterator[wire.LineMessage | LineLost]:
        """What the keeper says, across reconnections; LineLost once at each loss."""

    async def send(self, message: wire.CaptureDone | wire.Decision) -> None:
        """Raises LinkLost."""


@dataclass(slots=True)
class Cycle:
    """One tray's journey: the table's state, and what has been found so far."""

    tray: TrayId
    entered_at: Instant
    decide_by: Instant
    look_until: Instant | None = None
    state: State = State.TRAVELLING
    capture: Capture | None = None
    captured_at: Instant | None = None
    examined: Examined | None = None
    plate: str | None = None
    problem: Occurrence | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Finished:
    """All that is known of a tray when its verdict has left. `heard` is False if nobody was there to hear it. `plate`:
    what its label says, if that was known by then; which thresholds it was judged by may hang on what had been read
    when its scoring began."""

    tray: TrayId
    entered_at: Instant
    judged_at: Instant
    judgement: Judgement
    capture: Capture | None
    examined: Examined | None
    latency: Duration
    deciding: Duration | None
    heard: bool
    plate: str | None = None


class Faults(Protocol):
    """Where faults are told, once on entry and once on recovery."""

    def raised(self, occurrence: Occurrence) -> None: ...
    def cleared(self, occurrence: Occurrence) -> None: ...


class Book(Protocol):
    """Where trays are told once their verdict has left. Never waits, never raises."""

    def entered(self, entered: wire.TrayEntered) -> None: ...
    def finished(self, finished: Finished) -> None: ...
    def ended(self, ended: wire.TrayEnded) -> None: ...


class Controller:
    """Owns the station's devices and the verdict; knows nothing of where trays are but what the keeper says.

    `stirred` is called when `state` may have changed, unless it was by the station's doing, which says so itself.
    """

    def __init__(
        self,
        settings: Settings,
        station: Station,
        line: Line,
        clock: Clock,
        faults: Faults,
        book: Book,
        stirred: Callable[[], None] = lambda: None,
    ) -> None:
        self._stirred = stirred
        self._recipe, self._station, self._line, self._clock = settings.recipe, station, line, clock
        self._own = {name: product.thresholds for name, product in settings.recipe.products.items()}
        kept = settings.line
        self._stands = ms(kept.station_hold_ms) if kept is not None and kept.transport == "indexed" else None
        self._faults, self._book = faults, book
        self._cycles: dict[TrayId, Cycle] = {}
        self._examiner: Examiner | None = None
        self._line_is_there = False
        self._stopping = False
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def state(self) -> ControllerState:
        trays = [cycle.state for cycle in self._cycles.values()]
        opened = self._examiner is not None
        return controller_state(opened, self._line_is_there, self._station.degraded, self._stopping, trays)

    async def open(self) -> Mapping[str, CameraInfo]:
        """Claim the station's devices. Raises DeviceError."""
        return await self._station.open()

    async def run(self, examiner: Examiner) -> None:
        """Serve the line until cancelled; the station is dark and closed afterwards. `stop` comes first."""
        self._examiner = examiner
        self._stirred()
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._tasks.create_task(self._station.recover())
                await self._listen()
        finally:
            await self._station.close()

    def use(self, examiner: Examiner) -> None:
        """For each capture whose scoring begins from now on. One that is being scored ends as it began."""
        self._examiner = examiner

    async def stop(self) -> None:
        """Divert what is under way. The trays still coming are the keeper's, which diverts them."""
        self._stopping = True
        self._stirred()
        for cycle in list(self._cycles.values()):
            await self._apply(cycle, Event.STOPPING)

    async def _listen(self) -> None:
        async for message in self._line.messages():
            match message:
                case wire.Status():
                    self._line_is_there = True
                    self._stirred()
                case wire.TrayEntered():
                    await self._enter(message)
                case wire.TrayAt(tray=tray, place="station", at=at) if tray in self._cycles:
                    await self._arrived(self._cycles[tray], at)
                case wire.TrayIdentified(tray=tray, plate=plate) if tray in self._cycles:
                    self._cycles[tray].plate = plate
                case wire.TrayEnded():
                    self._book.ended(message)
                case LineLost():
                    await self._line_lost()

    async def _enter(self, entered: wire.TrayEntered) -> None:
        cycle = Cycle(entered.tray, entered.entered_at, entered.decide_by)
        self._cycles[cycle.tray] = cycle
        self._stirred()
        self._book.entered(entered)
        if self._stopping or len(self._cycles) > TRAYS_AT_ONCE:
            detail = "the booth is stopping" if self._stopping else f"{TRAYS_AT_ONCE} trays were under way"
            cycle.problem = Occurrence("queue-full", tray=cycle.tray, detail=detail)
            await self._apply(cycle, Event.STOPPING)
        else:
            self._start(cycle, self._watch(cycle))

    async def _arrived(self, cycle: Cycle, at: Instant) -> None:
        """A tray that the stop has let go moves: no picture of it counts any more."""
        if self._stands is not None:
            cycle.look_until = min(cycle.decide_by, after(at, self._stands))
        await self._apply(cycle, Event.AT_STATION)

    async def _line_lost(self) -> None:
        self._line_is_there = False
        self._stirred()
        for cycle in list(self._cycles.values()):
            await self._apply(cycle, Event.LINE_LOST)

    async def _watch(self, cycle: Cycle) -> None:
        await self._clock.sleep_until(cycle.decide_by)
        cycle.problem = cycle.problem or Occurrence("deadline-missed", tray=cycle.tray)
        await self._apply(cycle, Event.DEADLINE)

    async def _apply(self, cycle: Cycle, event: Event) -> None:
        following = step(cycle.state, event)
        cycle.state = following.to
        self._stirred()
        for action in following.do:
            await self._perform(cycle, action)

    async def _perform(self, cycle: Cycle, action: Action) -> None:
        match action:
            case Action.CAPTURE:
                self._start(cycle, self._capture(cycle))
            case Action.SCORE:
                self._start(cycle, self._score(cycle))
            case Action.RELEASE:
                with suppress(LinkLost):  # the keeper lets the tray go at its own deadline
                    await self._line.send(wire.CaptureDone(cycle.tray))
            case Action.JUDGE:
                await self._decide(cycle, self._judged(cycle))
            case Action.DIVERT:
                await self._decide(cycle, _diverted(cycle))
            case Action.ABANDON:
                self._end(cycle, _diverted(cycle), heard=False)

    async def _capture(self, cycle: Cycle) -> None:
        tolerance = ms(self._recipe.pairing_ms)
        try:
            until = cycle.look_until or cycle.decide_by
            cycle.capture = await self._station.capture(cycle.tray, self._recipe.shots, tolerance, until)
        except CaptureFailed as failed:
            cycle.problem = failed.occurrence
            await self._apply(cycle, Event.CAPTURE_FAILED)
        else:
            cycle.captured_at = self._clock.now()
            await self._apply(cycle, Event.CAPTURED)

    async def _score(self, cycle: Cycle) -> None:
        assert self._examiner is not None
        assert cycle.capture is not None
        in_thread, now, plate = asyncio.get_running_loop().run_in_executor, self._clock.utc(), cycle.plate
        try:
            examined = await in_thread(None, self._examiner.examine, cycle.capture, now, plate)
        except Exception as error:  # noqa: BLE001 a mistake of ours on this picture must not cost the next tray
            examined = Examined((), problem=Occurrence("score-failed", detail=repr(error)))
        cycle.examined = examined = examined.believing(plate, cycle.plate)
        if examined.problem:
            cycle.problem = replace(examined.problem, tray=cycle.tray)
        await self._apply(cycle, Event.SCORED if examined.scored else Event.NOT_SCORABLE)

    def _judged(self, cycle: Cycle) -> Judgement:
        assert cycle.examined is not None
        scored = cycle.examined.scored
        identity = UNKNOWN if scored is None else scored.identity
        judgement = judge(scored, in_force(identity, self._recipe.thresholds, self._own))
        return ruled(judgement, cycle.examined.arrangement, self._recipe.arrangements)

    async def _decide(self, cycle: Cycle, judgement: Judgement) -> None:
        try:
            await self._line.send(wire.Decision(cycle.tray, judgement))
        except LinkLost:
            self._end(cycle, judgement, heard=False)
        else:
            self._end(cycle, judgement, heard=True)

    def _end(self, cycle: Cycle, judgement: Judgement, heard: bool) -> None:
        """The verdict has left: now, and not before, it is told and recorded."""
        del self._cycles[cycle.tray]
        self._stirred()
        for task in cycle.tasks:
            if task is not asyncio.current_task():
                task.cancel()
        if cycle.problem:
            self._faults.raised(cycle.problem)
        now = self._clock.now()
        deciding = between(cycle.captured_at, now) if cycle.captured_at else None
        latency = between(cycle.entered_at, now)
        self._book.finished(
            Finished(
                cycle.tray,
                cycle.entered_at,
                now,
                judgement,
                cycle.capture,
                cycle.examined,
                latency,
                deciding,
                heard,
                cycle.plate,
            )
        )

    def _start(self, cycle: Cycle, work: "asyncio._CoroutineLike[None]") -> None:
        assert self._tasks is not None
        cycle.tasks.append(self._tasks.create_task(work))


def _diverted(cycle: Cycle) -> Judgement:
    """A DIVERT without a score, and why."""
    problem = cycle.problem or Occurrence("keeper-lost", tray=cycle.tray)
    return Judgement(Verdict.DIVERT, (Reason(problem.code, problem.says()),))
