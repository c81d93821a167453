"""Stories for the tracker: trays, people and noise on a small physical line, and an oracle that only reads along."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from hypothesis import strategies as st

from booth.line.belt import Pace, Travel, run
from booth.line.layout import Layout
from booth.line.line import (
    Broken,
    Command,
    ControllerThere,
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
)
from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultRaised,
    LineState,
    Reset,
    TrayAt,
    TrayEnded,
    TrayEntered,
)
from booth.line.table import TABLE, Table
from booth.line.tracker import next_wake, track
from booth.tray import End, Found, Judgement, TrayId, Verdict
from drivers.protocols import GatePosition
from drivers.units import Duration, Instant, ms

LENGTH, ACTUATION, PREGATE_TO_GATE, COMMIT_BEFORE, SLACK = ms(1333), ms(120), ms(333), ms(140), ms(20)
PACE = Pace(300_000)


def of(span: Duration) -> Travel:
    return run(PACE, span)


LAYOUT = Layout(
    indexed=True, pace=PACE, length=of(LENGTH), pitch=of(ms(2000)), to_station=of(ms(500)), to_pregate=of(ms(3500)),
    to_gate=of(ms(3833)), tolerance=of(ms(200)), confirm_within=of(ms(1500)), actuation=ACTUATION,
    hold_at_most=ms(1000), verdict_due=ms(2000),
)  # fmt: skip
TO_STATION, TO_PREGATE = ms(500), ms(3500)


@dataclass(frozen=True)
class TrayPlan:
    """All in ms. `gap` behind the one before; `says`: what is decided, and when after its entry."""

    gap: int = 2200
    says: tuple[tuple[int, Verdict], ...] = ((1500, Verdict.PASS),)
    captured: int | None = 150
    drift: int | None = 0  # at the pre-gate sensor; None: taken off the belt by hand
    confirms: bool = True
    long: bool = False


@dataclass(frozen=True)
class Plan:
    trays: tuple[TrayPlan, ...]
    noise: tuple[tuple[int, LineEvent], ...] = ()
    oversleeps: int = 0  # ms by which the keeper wakes late
    indexed: bool = True
    pitch: int = 2000  # ms; the settings refuse one at which the gate cannot part two trays


def _often(usual: st.SearchStrategy[int], rare: st.SearchStrategy[int | None]) -> st.SearchStrategy[int | None]:
    return st.sampled_from((usual, usual, usual, usual, rare)).flatmap(lambda chosen: chosen)


VERDICTS = st.sampled_from(Verdict)
TRAYS = st.builds(
    TrayPlan,
    gap=st.one_of(st.integers(2000, 3500), st.integers(1340, 2000)),
    says=st.lists(st.tuples(st.integers(0, 5500), VERDICTS), max_size=3).map(tuple),
    captured=_often(st.integers(0, 400), st.one_of(st.none(), st.integers(400, 1200))),
    drift=_often(st.integers(-150, 150), st.one_of(st.none(), st.integers(-600, 600))),
    confirms=st.sampled_from((True, True, True, True, True, False)),
    long=st.sampled_from((False, False, False, False, False, True)),
)
EDGES = st.builds(
    EdgeSeen, place=st.sampled_from(("entry", "pregate", "confirm", "bypass")), blocked=st.booleans(), at=st.just(0)
)
STRANGERS = st.sampled_from(("000009-000001", "000001-000001", "000001-000003", "nobody"))
WORDS = st.builds(
    Heard,
    st.one_of(
        st.builds(Decision, STRANGERS, VERDICTS.map(lambda verdict: Judgement(verdict, ()))),
        st.builds(CaptureDone, STRANGERS),
        st.builds(Reset, st.sampled_from(("", "ann")), st.just("looked"), st.one_of(st.none(), STRANGERS)),
    ),
    st.just(0),
)
OTHERS = st.one_of(
    st.builds(ControllerThere, st.booleans(), st.just(0)),
    st.builds(Broken, st.just("line-io-lost"), st.just("gate"), st.just("gone"), st.just(0)),
)
NOISE = st.tuples(st.integers(0, 15000), st.one_of(EDGES, EDGES, WORDS, OTHERS))
PLANS = st.builds(
    Plan,
    trays=st.lists(TRAYS, min_size=1, max_size=5).map(tuple),
    noise=st.one_of(st.just(()), st.lists(NOISE, max_size=6).map(tuple)),
    oversleeps=st.sampled_from((0, 0, 1, 8, 30, 400)),
    indexed=st.sampled_from((True, True, False)),
)
GOOD_PLANS = st.lists(
    st.builds(
        TrayPlan,
        gap=st.integers(2010, 3500),
        says=st.integers(50, 3000).map(lambda at: ((at, Verdict.PASS),)),
        captured=st.integers(0, 400),
        drift=st.integers(-100, 100),
    ),
    min_size=1,
    max_size=5,
).map(lambda trays: Plan(tuple(trays)))


@dataclass
class Told:
    """One call of the tracker."""

    at: Instant
    event: LineEvent
    line: Line
    commands: tuple[Command, ...]


@dataclass
class Story:
    """What went in, what came out, and where the trays really went. `found_open`: entry instants of the trays whose
    front found the blade at pass."""

    plan: Plan
    table: Table = field(default_factory=lambda: TABLE)
    told: list[Told] = field(default_factory=list)
    found_open: list[Instant] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = Line(replace(LAYOUT, indexed=self.plan.indexed, pitch=of(ms(self.plan.pitch))), boot=1)
        self.now = Instant(0)
        self._order = count()
        self._heap: list[tuple[int, int, bool, Callable[[], None]]] = []
        self._gate: list[tuple[int, GatePosition]] = [(-ACTUATION, GatePosition.DIVERT)]
        self._stop_up, self._moving = False, True
        self._under = 0
        self._waiting: list[Callable[[], None]] = []
        self._names: dict[Instant, TrayId] = {}

    # --- the plan's hands

    def run(self) -> "Story":
        self.feed(Ready(self.now))
        at = 0
        for tray in self.plan.trays:
            at += tray.gap
            self.later(ms(at), partial(self.enters, tray), physical=False)
        for when, noise in self.plan.noise:
            self.later(ms(when), partial(self.feed, noise), physical=False)
        horizon = ms(at + 30000)
        while True:
            wake = next_wake(self.line)
            upcoming = self._heap[0][0] if self._heap else horizon
            if wake is not None and wake <= upcoming:
                self.now = max(self.now, Instant(wake + ms(self.plan.oversleeps)))
                self.feed(Tick(self.now))
            elif self._heap:
                at_, _, _, act = heapq.heappop(self._heap)
                self.now = max(self.now, Instant(at_))
                act()
            else:
                break
        self.feed(Stop(self.now))
        return self

    def later(self, at: int, act: Callable[[], None], physical: bool = True) -> None:
        heapq.heappush(self._heap, (at, next(self._order), physical, act))

    def feed(self, event: LineEvent) -> None:
        """As the keeper does: the time first, then the event; an edge keeps its own time."""
        if not isinstance(event, (Tick, Ready)):
            self.feed(Tick(self.now))
        event = replace(event, at=self.now)
        self.line, commands = track(self.line, event, self.table)
        self.told.append(Told(self.now, event, self.line, commands))
        for command in commands:
            self.obey(command)

    def obey(self, command: Command) -> None:
        match command:
            case MoveGate(to=to):
                self._gate.append((self.now, to))
            case MoveStop(up=up):
                self._stop_up = up
                waiting, self._waiting = ([], self._waiting) if up else (self._waiting, [])
                for go in waiting:
                    go()
            case Permit(given=given):
                self._moving = given
                if not given:
                    self.belt_stands()
            case TrayEntered(tray=tray, entered_at=at):
                self._names[at] = tray
            case FaultRaised(code=code, tray=tray) if code.endswith(("missing", "spurious", "unexpected", "lost")):
                self.later(self.now + ms(1500), lambda: self.person(None, tray), physical=False)
                self.later(self.now + ms(2500), lambda: self.person(Found.REMOVED, tray), physical=False)

    def belt_stands(self) -> None:
        """Nothing moves any more; a person takes everything off the belt."""
        self._heap = [entry for entry in self._heap if not entry[2]]
        heapq.heapify(self._heap)
        self._waiting, self._under = [], 0

    def person(self, found: Found | None, tray: str) -> None:
        for place in ("entry", "pregate"):
            self.feed(EdgeSeen(place, False, self.now))
        self.now = Instant(self.now + ms(100))
        self.feed(Tick(self.now))
        self.feed(Heard(Reset("ann", "looked", TrayId(tray) if tray != "-" else None, found), self.now))

    # --- the physical line

    def enters(self, plan: TrayPlan) -> None:
        entered, long = self.now, 2 if plan.long else 1
        self.feed(EdgeSeen("entry", True, entered))
        for delay, verdict in plan.says:
            self.later(entered + ms(delay), partial(self.says, entered, verdict), physical=False)
        if self._moving:
            self.later(entered + TO_STATION, lambda: self.at_station(plan, entered, LENGTH * long))

    def says(self, entered: Instant, verdict: Verdict) -> None:
        if entered in self._names:
            self.feed(Heard(Decision(self._names[entered], Judgement(verdict, ())), self.now))

    def at_station(self, plan: TrayPlan, entered: Instant, length: int) -> None:
        if plan.captured is not None and entered in self._names:
            done = Heard(CaptureDone(self._names[entered]), self.now)
            self.later(self.now + ms(plan.captured), lambda: self.feed(done), physical=False)
        if self._stop_up:
            self._waiting.append(lambda: self.leaves(plan, entered, length))
        else:
            self.leaves(plan, entered, length)

    def leaves(self, plan: TrayPlan, entered: Instant, length: int) -> None:
        left = self.now
        self.edge(left + length - TO_STATION, "entry", False)
        if plan.drift is None:
            return
        pregate = left + TO_PREGATE - TO_STATION + ms(plan.drift)
        self.edge(pregate, "pregate", True)
        self.edge(pregate + length, "pregate", False)
        self.later(pregate + PREGATE_TO_GATE, lambda: self.at_gate(plan, entered))

    def at_gate(self, plan: TrayPlan, entered: Instant) -> None:
        blade = [to for at, to in self._gate if at + ACTUATION <= self.now][-1]
        if blade is GatePosition.PASS:
            self.found_open.append(entered)
        elif plan.confirms:
            self.edge(self.now + ms(400), "confirm", True)
            self.edge(self.now + ms(600), "confirm", False)

    def edge(self, at: int, place: Place, blocked: bool) -> None:
        self.later(at, lambda: self.seen(place, blocked))

    def seen(self, place: Place, blocked: bool) -> None:
        """Trays that touch are one to the pre-gate sensor: it is clear when the last of them is past."""
        if place == "pregate":
            self._under += 1 if blocked else -1
            if self._under != (1 if blocked else 0):
                return
        self.feed(EdgeSeen(place, blocked, self.now))


# --- the oracle


def wrongs(story: Story) -> list[str]:
    """What the story shows to be wrong with the line's promise. Reads events and commands only."""
    said = [(told.at, command) for told in story.told for command in told.commands]
    ends = [command for _, command in said if isinstance(command, TrayEnded)]
    entered = [command for _, command in said if isinstance(command, TrayEntered)]
    wrong = []
    if sorted(end.tray for end in ends) != sorted(tray.tray for tray in entered):
        wrong.append("a tray has not exactly one end")
    opened = {
        tray_of(story, told.at): place
        for place, told in enumerate(story.told)
        for command in told.commands
        if isinstance(command, MoveGate) and command.to is GatePosition.PASS
    }
    wrong += [
        f"{tray} was let pass without its own PASS" for tray, at in opened.items() if not own_pass(story, tray, at)
    ]
    went = {tray.tray for tray in entered if tray.entered_at in story.found_open}
    wrong += [f"{tray} found the gate open" for tray in went - opened.keys()]
    wrong += [f"{end.tray} ended PASSED" for end in ends if end.end is End.PASSED and end.tray not in opened]
    wrong += [
        f"{end.tray} ended {end.end}" for end in ends if end.tray in opened and end.end in (End.DIVERTED, End.BYPASSED)
    ]
    edges = [told.event for told in story.told if isinstance(told.event, EdgeSeen)]
    if sum(end.end is End.DIVERTED for end in ends) > sum(edge.place == "confirm" and edge.blocked for edge in edges):
        wrong.append("more trays DIVERTED than the confirm sensor has seen")
    return wrong + counted_wrong(story) + open_too_long(story) + moving_while_held(story)


def tray_of(story: Story, opened: Instant) -> str:
    """The tray whose front the pre-gate sensor saw just as long ago as a commit takes."""
    seen = [c for told in story.told for c in told.commands if isinstance(c, TrayAt) and c.place == "pregate"]
    ago = PREGATE_TO_GATE - COMMIT_BEFORE
    return next((at.tray for at in seen if 0 <= opened - at.at - ago <= SLACK), "nobody")


def own_pass(story: Story, tray: str, before: int) -> bool:
    """Of what was heard since the tray entered (before that its id means nothing), and before the story's call
    `before`: a word that comes at the very instant of the commit comes after it."""
    entries = (
        place
        for place, told in enumerate(story.told)
        for command in told.commands
        if isinstance(command, TrayEntered) and command.tray == tray
    )
    heard = [told.event.message for told in story.told[next(entries, before) : before] if isinstance(told.event, Heard)]
    words = [m.judgement.verdict for m in heard if isinstance(m, Decision) and m.tray == tray]
    return Verdict.PASS in words and Verdict.DIVERT not in words


def counted_wrong(story: Story) -> list[str]:
    entered = ended = 0
    for told in story.told:
        entered += sum(isinstance(command, TrayEntered) for command in told.commands)
        ended += sum(isinstance(command, TrayEnded) for command in told.commands)
        counts = told.line.counts
        if (counts.entered, counts.in_flight) != (entered, entered - ended):
            return [f"at {told.at} the counts do not add up: {counts}"]
    return []


def open_too_long(story: Story) -> list[str]:
    """The gate goes back to divert when the tray is past, or when the line is held: whichever comes first."""
    since: Instant | None = None
    for told in story.told:
        for command in told.commands:
            if isinstance(command, MoveGate):
                since = told.at if command.to is GatePosition.PASS else None
        late = SLACK + ms(story.plan.oversleeps)
        if since is not None and told.at > since + COMMIT_BEFORE + LENGTH + late:
            return [f"at {told.at} the gate stands open behind its tray"]
        if since is not None and told.line.state not in (LineState.IDLE, LineState.EXECUTE):
            return [f"at {told.at} the gate stands open on a line that is {told.line.state}"]
    return []


def moving_while_held(story: Story) -> list[str]:
    permit = True
    for told in story.told:
        for command in told.commands:
            permit = command.given if isinstance(command, Permit) else permit
        if told.line.state is LineState.HELD and (permit or told.line.trays):
            return [f"at {told.at} the line is held, and a tray is open or the belt may run"]
    return []
