"""The tracker on a line with physics: the simulated conveyor and its encoder, people, and trouble. No clock runs."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from booth.line.belt import Travel, pace, run, travel
from booth.line.layout import Layout
from booth.line.line import (
    Broken,
    Command,
    EdgeSeen,
    Heard,
    Line,
    LineEvent,
    MoveGate,
    MoveStop,
    Permit,
    Place,
    Ready,
    Stop,
    Tick,
    Turned,
)
from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultRaised,
    Refused,
    Reset,
    Status,
    TrayAt,
    TrayEnded,
    TrayEntered,
)
from booth.line.table import TABLE, Table
from booth.line.tracker import next_wake, track
from booth.tray import End, Found, Judgement, TrayId, Verdict
from drivers.protocols import GatePosition
from drivers.units import Instant, Millimetres, MillimetresPerSecond, after, ms, seconds
from fakes.line.conveyor import Conveyor, Entered, Happening, Parted, SensorEdge
from fakes.plan import WorldPlan

SPEED = MillimetresPerSecond(300)
COUNTS_PER_MM = 10
SENSORS: tuple[Place, ...] = ("entry", "pregate", "confirm")
SOUGHT = ("tray-missing", "confirm-missing")
END = seconds(45)


def mm(along: float) -> Travel:
    return travel(Millimetres(along))


LAYOUT = Layout(
    indexed=True, pace=pace(SPEED), length=mm(400), pitch=mm(600), to_station=mm(150), to_pregate=mm(1050),
    to_gate=mm(1150), tolerance=mm(60), confirm_within=run(pace(SPEED), ms(1500)), actuation=ms(120),
    hold_at_most=ms(600), verdict_due=ms(2000), believed=seconds(1),
)  # fmt: skip


@dataclass(frozen=True)
class Trouble:
    """`what`: stop (somebody's button, for `lasts` ms), slip, slack (a little) or dead (the encoder, for that long),
    merged, removed, bin (suspends for that long), lost (a device of ours), restless (the encoder is not read for that
    long), jam (the gate), unconfirmed (the confirm sensor is blind from then on), killed (the keeper, which is there
    again at once)."""

    at: int
    what: str
    lasts: int = 0


@dataclass(frozen=True)
class Plan:
    """All in ms. `says`: of each tray in turn, what is decided and when after its entry; `late`: edges are told so
    much later; `oversleeps`: the keeper wakes so much later than it wanted; `comes`: how long a person takes to."""

    says: tuple[tuple[tuple[int, Verdict], ...], ...]
    troubles: tuple[Trouble, ...] = ()
    seed: int = 0
    sample: int = 20
    late: int = 0
    oversleeps: int = 0
    indexed: bool = True
    captured: int = 100
    comes: int = 3000


PASS_IN_TIME = ((1200, Verdict.PASS),)
VERDICTS = st.sampled_from(Verdict)
SAYS = st.one_of(
    st.just(PASS_IN_TIME),
    st.just(PASS_IN_TIME),
    st.lists(st.tuples(st.integers(0, 6000), VERDICTS), max_size=3).map(tuple),
)
LIES, HANDS = ("slip", "slack", "dead"), ("merged", "removed")
KINDS = ("stop", "stop", "bin", "lost", "restless", "jam", "unconfirmed", "killed", *LIES, *HANDS)


TROUBLES = st.builds(Trouble, st.integers(500, 12_000), st.sampled_from(KINDS), st.integers(50, 6000))
PLANS = st.builds(
    Plan,
    says=st.lists(SAYS, min_size=1, max_size=4).map(tuple),
    troubles=st.lists(TROUBLES, max_size=4).map(tuple),
    seed=st.integers(0, 10_000),
    sample=st.sampled_from((20, 50, 100)),
    late=st.sampled_from((0, 0, 5, 30)),
    oversleeps=st.sampled_from((0, 0, 0, 1, 8, 30, 300)),
    indexed=st.sampled_from((True, True, False)),
    captured=st.integers(0, 700),
    comes=st.sampled_from((3000, 3000, 15_000)),
)
STOPS = st.builds(Trouble, st.integers(500, 12_000), st.sampled_from(("stop", "stop", "bin")), st.integers(300, 6000))
PATIENT = st.builds(
    Plan,
    says=st.lists(st.just(PASS_IN_TIME), min_size=1, max_size=4).map(tuple),
    troubles=st.lists(STOPS, max_size=4).map(tuple),
    seed=st.integers(0, 10_000),
    sample=st.just(20),
    indexed=st.sampled_from((True, False)),
)
"""Lines that only ever stop, and whose trays all have their PASS in time."""


@dataclass
class Play:
    """`told`: instants, events, commands. `went`: by entry edge, where the gate sent it while the blade was the
    keeper's to move. `fooled`: those about which the encoder lied, and a hand or the confirm sensor too: one tray may
    then stand for another exactly, and what went wrong at the gate is not seen."""

    plan: Plan
    table: Table = field(default_factory=lambda: TABLE)
    layout: Layout = LAYOUT
    told: list[tuple[Instant, LineEvent, tuple[Command, ...]]] = field(default_factory=list)
    went: dict[int, str] = field(default_factory=dict)
    fooled: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        world = WorldPlan(seed=self.plan.seed, pitch_mm=(640.0, 1100.0), bin_holds=None)
        self.belt = Conveyor(world, Instant(0))
        self.line = Line(replace(self.layout, indexed=self.plan.indexed), boot=1)
        self.now = Instant(0)
        self._todo: list[tuple[int, int, Any]] = []
        self._number = 0
        self._entries: dict[int, int] = {}
        self._sought: str | None = None
        self._reads_from = Instant(0)
        self._blind = self._handled = False
        self._lied: list[tuple[int, int]] = []

    # --- the plan's hands

    def run(self) -> "Play":
        self.feed(Ready(self.now, turned=Turned(self.travelled(), self.now)))
        self.belt.permit(True)
        self.belt.infeed.feed(len(self.plan.says))
        self.at(ms(self.plan.sample), self.sample)
        for trouble in self.plan.troubles:
            self.at(ms(trouble.at), lambda trouble=trouble: self.strike(trouble))
        while not self.over and (due := self.due()) is not None and due <= END:
            self.go(due)
        self.feed(Stop(self.now))
        return self

    def at(self, when: int, act: Any) -> None:
        self._number += 1
        self._todo.append((max(when, self.now), self._number, act))
        self._todo.sort(key=lambda todo: todo[:2])

    def due(self) -> Instant | None:
        mine = Instant(self._todo[0][0]) if self._todo else None
        return min((at for at in (self.woken(), mine, self.belt.next_event_at()) if at is not None), default=None)

    def woken(self) -> Instant | None:
        wake = next_wake(self.line)
        return None if wake is None else after(wake, ms(self.plan.oversleeps))

    @property
    def over(self) -> bool:
        """Nothing is on its way, and nothing is still to go wrong."""
        busy = self.belt.on_the_line or self.belt.infeed.next_up or self.line.trays or self.line.latched
        return not busy and self.now > max((ms(each.at + each.lasts) for each in self.plan.troubles), default=0)

    def go(self, to: Instant) -> None:
        """The world first, then what is to be done, then the keeper's own waking."""
        self.now = max(self.now, to)
        self.happen(self.belt.advance(self.now))
        while self._todo and self._todo[0][0] <= self.now:
            self._todo.pop(0)[2]()
        if (woken := self.woken()) is not None and woken <= self.now:
            self.feed(Tick(self.now))

    def feed(self, event: LineEvent) -> None:
        self.line, commands = track(self.line, event, self.table)
        self.told.append((self.now, event, commands))
        for command in commands:
            self.obey(command)

    def obey(self, command: Command) -> None:
        match command:
            case MoveGate(to=to):
                self.belt.order_gate(to)
            case MoveStop(up=up):
                (self.belt.hold if up else self.belt.release)()
            case Permit(given=given):
                self.belt.permit(given)
            case TrayEntered(tray=tray, entered_at=at):
                self.decide(tray, at)
            case TrayAt(tray=tray, place="station"):
                done = Heard(CaptureDone(tray), self.now)
                self.at(self.now + ms(self.plan.captured), lambda: self.hear(done))
            case FaultRaised(code=code, tray=tray) if code in SOUGHT and self._sought is None:
                self._sought = tray
            case Status(latched=latched) if latched:
                self.at(self.now + ms(self.plan.comes), self.attend)
            case Refused():
                self.at(self.now + seconds(1), self.attend)

    def decide(self, tray: TrayId, entered: Instant) -> None:
        number = next((n for n, at in self._entries.items() if at == entered), None)
        for delay, verdict in self.plan.says[number] if number is not None else ():
            said = Heard(Decision(tray, Judgement(verdict, ())), self.now)
            self.at(entered + ms(delay), lambda said=said: self.hear(said))

    def hear(self, said: Heard) -> None:
        """As the keeper does: the time first."""
        self.feed(Tick(self.now))
        self.feed(replace(said, at=self.now))

    def attend(self) -> None:
        """A person clears the stretch and resets."""
        if not self.line.latched:
            return
        self.happen(self.belt.clear())
        self.at(self.now + ms(300), self.reset)

    def reset(self) -> None:
        if self.line.latched:
            sought, self._sought = self._sought, None
            found = Found.REMOVED if sought else None
            self.hear(Heard(Reset("ann", "looked", TrayId(sought) if sought else None, found), self.now))

    # --- the physical line

    def travelled(self) -> Travel:
        return Travel(mm(1) * self.belt.counts // COUNTS_PER_MM)

    def sample(self) -> None:
        if self.now >= self._reads_from:
            self.feed(Turned(self.travelled(), self.now))
        self.at(self.now + ms(self.plan.sample), self.sample)

    def strike(self, trouble: Trouble) -> None:
        over = self.now + ms(trouble.lasts)
        match trouble.what:
            case "stop":
                self.belt.press_stop(True)
                self.at(over, lambda: self.belt.press_stop(False))
            case "slip" | "slack" | "dead":
                self._lied.append((self.now, over))
                self.belt.blunt_encoder({"slip": 0.75, "slack": 0.95, "dead": 0.0}[trouble.what])
                self.at(over, lambda: self.belt.blunt_encoder(1.0))
            case "merged":
                self._handled = True
                self.belt.infeed.merge_next(1)
            case "removed":
                self._handled = True
                self.belt.remove_next(1)
            case "jam":
                self.belt.jam_gate(True)
                self.at(over, lambda: self.belt.jam_gate(False))
            case "bin":
                self.feed(EdgeSeen("bin_full", True, self.now))
                self.at(over, lambda: self.feed(EdgeSeen("bin_full", False, self.now)))
            case "lost":
                self.feed(Broken("line-io-lost", "gate", "gone", self.now))
            case "unconfirmed":
                self._blind = True
            case "killed":
                self.kill()
            case "restless":
                self._reads_from = Instant(over)

    def kill(self) -> None:
        """What a ledger would know goes over to the next keeper; what a device is at rest, it is."""
        left, latched = self.line.trays, bool(self.line.latched)
        blocked = frozenset(place for place in SENSORS if self.belt.blocked(place))
        for command in (MoveGate(GatePosition.DIVERT), MoveStop(up=False), Permit(given=True)):
            self.obey(command)
        self.line, self._sought = Line(self.line.layout, self.line.boot + 1), None
        turned = Turned(self.travelled(), self.now)
        clear, sweepable = not (left or latched), bool(left) and not latched
        self.feed(Ready(self.now, blocked, len(left), clear, turned, sweepable))
        counts = self.line.counts
        ends = [TrayEnded(tray.id, End.HELD, (), False, tray.entered_at, self.now, counts) for tray in left]
        at, ready, said = self.told[-1]
        self.told[-1] = (at, ready, (*ends, *said))

    def parted(self, entered: int, went: str) -> None:
        """Where the gate sent it, though a person take it away from there afterwards."""
        self.went.setdefault(entered, went)
        lied = any(begin <= self.now and entered <= end for begin, end in self._lied)
        if lied and (self._handled or self._blind):
            self.fooled.add(entered)

    def happen(self, happenings: list[Happening]) -> None:
        for happening in happenings:
            match happening:
                case Entered(number, at):
                    self._entries[number] = at
                case Parted(number, went, _, True):
                    self.parted(self._entries[number], went.value)
                case SensorEdge("confirm") if self._blind:
                    pass
                case SensorEdge(place, blocked, at) if place in ("entry", "pregate", "confirm"):
                    edge = EdgeSeen(place, blocked, at)  # type: ignore[arg-type] # it is one of the three
                    self.at(at + ms(self.plan.late), lambda edge=edge: self.feed(edge))


def ends(play: Play) -> Iterator[Any]:
    for _, _, commands in play.told:
        yield from (command for command in commands if type(command).__name__ == "TrayEnded")


def gate_moves(play: Play) -> list[GatePosition]:
    return [command.to for _, _, commands in play.told for command in commands if isinstance(command, MoveGate)]
