"""The simulated line as a discrete-event model: pure, exact, told the time by its caller.

Positions are of a tray's leading edge, from the entry sensor, in femtometres: at 1 um/s a tray moves exactly
1 fm per nanosecond, so no rounding ever adds up. `advance` must be called up to an instant before a command of
that instant is given.

The belt stands while it has no permit, while somebody's stop button is pressed, and while its circuit is open (a
heartbeat relay that was not beaten). On a real line a person starts it again after a stop; here the permit
alone does, as if the person who reset the fault had also pressed start.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from drivers.protocols import GatePosition
from drivers.units import Duration, Instant, Millimetres, ms
from fakes.line.infeed import Coming, Infeed
from fakes.plan import PLACES, WorldPlan
from fakes.streams import stream

FM_PER_MM = 10**12
UM_PER_MM = 1000
PPM = 1_000_000
SLIP_CHANGES = ms(500)
FOR_EVER = Instant(2**62)


class Went(Enum):
    """Where a tray is or went, physically."""

    BELT = "belt"
    PASSED = "passed"
    DIVERTED = "diverted"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SensorEdge:
    """A sensor's light barrier was broken or came free."""

    place: str
    blocked: bool
    at: Instant


@dataclass(frozen=True, slots=True)
class Spawned:
    """A tray stands at the infeed."""

    tray: Coming
    at: Instant


@dataclass(frozen=True, slots=True)
class Entered:
    """The tray's leading edge broke the entry sensor's beam (which may be broken already)."""

    number: int
    at: Instant


@dataclass(frozen=True, slots=True)
class UnderScanner:
    """The middle of the tray's label is under the scanner."""

    number: int
    at: Instant


@dataclass(frozen=True, slots=True)
class Parted:
    """The tray's leading edge came to the gate, which sent it one way or the other; or a hand took it. `free` is False
    if the blade was not the keeper's to move: held by the key or stuck, or so one actuation time before."""

    number: int
    went: Went
    at: Instant
    free: bool = True


@dataclass(frozen=True, slots=True)
class Left:
    """The tray is off the line."""

    number: int
    at: Instant


Happening = SensorEdge | Spawned | Entered | UnderScanner | Parted | Left


@dataclass(slots=True)
class _Tray:
    number: int
    lead: int
    entered: bool = False
    scanned: bool = False
    lane: Went = Went.BELT


@dataclass(slots=True)
class _Blade:
    """Follows each command one actuation time after it."""

    actuation: Duration
    at: GatePosition = GatePosition.DIVERT
    ordered: GatePosition = GatePosition.DIVERT
    underway: list[tuple[Instant, GatePosition]] = field(default_factory=list)
    moves: int = 0
    stuck: bool = False
    free_from: Instant = Instant(0)

    def order(self, to: GatePosition, now: Instant) -> None:
        if to is not self.ordered:
            self.ordered = to
            self.moves += 1
            if not self.stuck:
                self.underway.append((Instant(now + self.actuation), to))

    def jam(self, stuck: bool, now: Instant) -> None:
        self.stuck = stuck
        self.free_from = Instant(now + self.actuation)
        self.underway = [] if stuck else [(Instant(now + self.actuation), self.ordered)]

    def settle(self, now: Instant) -> GatePosition:
        while self.underway and self.underway[0][0] <= now:
            _, self.at = self.underway.pop(0)
        return self.at


class Conveyor:
    """One line and the trays on it. `now` is the instant it was last advanced to, `infeed` says who comes."""

    def __init__(self, plan: WorldPlan, now: Instant) -> None:
        self.now = now
        self._speed = round(plan.belt_mm_per_s * UM_PER_MM)
        self.infeed = Infeed(plan)
        self._length, self._stack = _fm(plan.tray_length_mm), -_fm(plan.infeed_mm)
        self._follows = self._stack  # where the last tray has to be before the next one comes
        self._scanner = _fm(plan.entry_to_scanner_mm)
        self._station = _fm(plan.entry_to_station_mm)
        self._pregate = self._station + _fm(plan.station_to_pregate_mm)
        self._gate = self._pregate + _fm(plan.pregate_to_gate_mm)
        self._confirm = self._gate + _fm(plan.gate_to_confirm_mm)
        self._exit = max(self._gate + _fm(plan.gate_to_exit_mm), self._confirm + self._length)
        self._reach = (self._station + self._pregate) // 2  # where a hand can take a tray
        places = (0, self._scanner, self._station, self._reach, self._pregate, self._gate, self._confirm)
        tails = (place + self._length for place in (0, self._pregate, self._confirm))
        self._marks = sorted({*places, *tails, self._exit})
        self._blade = _Blade(ms(plan.gate_actuation_ms))
        self._commanded = GatePosition.DIVERT
        self._seed, self._slip = plan.seed, plan.slip
        self._pace_now: tuple[int, int] = (-1, self._speed)
        self._turned, self._encoder_ppm = 0, PPM
        self._per_count = round(FM_PER_MM / plan.encoder_counts_per_mm)
        self._bin_holds, self._in_bin = plan.bin_holds, 0
        self._to_remove = 0
        self._bypass = self._stop_up = self._permitted = self._stopped = False
        self._circuit = True
        self._trays: list[_Tray] = []
        self._blocked = dict.fromkeys(PLACES, False)

    # -- what is told to it -------------------------------------------------------------------------------

    def hold(self) -> None:
        self._stop_up = True

    def release(self) -> None:
        self._stop_up = False

    def order_gate(self, to: GatePosition) -> None:
        self._commanded = to
        self._blade.order(GatePosition.PASS if self._bypass else to, self.now)

    def turn_bypass(self, on: bool) -> list[Happening]:
        """The key is hard-wired: while it is on the blade is at pass, whatever is commanded; it reads as a sensor."""
        self._bypass = on
        self._blade.free_from = Instant(self.now + self._blade.actuation)
        self._blade.order(GatePosition.PASS if on else self._commanded, self.now)
        return list(self._set("bypass", on))

    def clear(self) -> list[Happening]:
        """A person takes every tray off the stretch from the entry sensor to the gate, those half through it too."""
        taken = [tray for tray in self._trays if tray.lead >= 0 and tray.lead - self._length < self._gate]
        self._trays = [tray for tray in self._trays if tray not in taken]
        gone = [Parted(tray.number, Went.REMOVED, self.now) for tray in taken]
        return [*gone, *(Left(tray.number, self.now) for tray in taken), *self._sense()]

    def permit(self, given: bool) -> None:
        self._permitted = given

    def press_stop(self, pressed: bool) -> None:
        """Somebody's stop button; pulled out again, the belt goes on."""
        self._stopped = pressed

    def close_circuit(self, closed: bool) -> None:
        """The heartbeat relay in the belt's circuit."""
        self._circuit = closed

    def jam_gate(self, stuck: bool) -> None:
        """A stuck blade stays where it is; mended, it goes where it was last ordered to."""
        self._blade.jam(stuck, self.now)

    def remove_next(self, trays: int) -> None:
        """A person takes so many of the trays to come off by hand, half-way from the station to the pre-gate sensor."""
        self._to_remove += trays

    def blunt_encoder(self, share: float) -> None:
        """From now on the encoder counts this share of what it should."""
        self._encoder_ppm = round(share * PPM)

    def empty_bin(self) -> list[Happening]:
        """A person makes room for the trays to come."""
        self._in_bin = 0
        return list(self._happen())

    # -- what can be seen of it -----------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self._permitted and self._circuit and not self._stopped

    @property
    def gate_moves(self) -> int:
        return self._blade.moves

    def blade(self) -> GatePosition:
        """Where the blade is; while it moves, where it was."""
        return self._blade.settle(self.now)

    @property
    def counts(self) -> int:
        """What the encoder on the belt has counted."""
        return self._turned // self._per_count

    def blocked(self, place: str) -> bool:
        return self._blocked[place]

    @property
    def stop_is_up(self) -> bool:
        return self._stop_up

    @property
    def on_the_line(self) -> int:
        return len(self._trays)

    def at_station(self) -> tuple[int, Millimetres] | None:
        """The tray nearest to the station and how far its leading edge is past it (negative: before); None if no
        tray is within a tray's length."""
        near = min(self._trays, key=lambda tray: abs(tray.lead - self._station), default=None)
        if near is None or abs(near.lead - self._station) >= self._length:
            return None
        return near.number, Millimetres((near.lead - self._station) / FM_PER_MM)

    def carries(self, span: Duration) -> Millimetres:
        """How far the belt takes the tray at the station in `span` from now, at its pace of now: 0 where it stands."""
        near = self.at_station()
        if near is None or not self.running:
            return Millimetres(0.0)
        tray, limit = next(each for each in self._limits() if each[0].number == near[0])
        run = self._pace()[0] * span
        return Millimetres((run if limit is None else min(run, max(0, limit - tray.lead))) / FM_PER_MM)

    # -- time ---------------------------------------------------------------------------------------------

    def next_event_at(self) -> Instant | None:
        """When the next happening is due if nothing is commanded meanwhile; None: never."""
        if self._may_spawn():
            return self.now
        if not self.running:
            return None
        ways = [way for tray, limit in self._limits() if (way := self._way(tray, limit))]
        speed, until = self._pace()
        return Instant(min(self.now - (-min(ways) // speed), until)) if ways else None

    def advance(self, to: Instant) -> list[Happening]:
        """Everything that happens up to and including `to`, in order."""
        happened: list[Happening] = []
        while (due := self.next_event_at()) is not None and due <= to:
            self._move(due)
            happened += self._happen()
        self._move(max(to, self.now))
        return happened

    def _limits(self) -> Iterator[tuple[_Tray, int | None]]:
        """Front to back: each tray and the position it cannot go beyond, for the stop or for the tray ahead."""
        ahead: int | None = None
        in_chute: int | None = self._exit + self._length if self._bin_is_full else None
        for tray in self._trays:
            limit = None
            if tray.lane is Went.DIVERTED and in_chute is not None:
                in_chute = limit = max(tray.lead, in_chute - self._length)
                ahead = limit if limit - self._length < self._gate else ahead
            if tray.lane is Went.BELT:
                stops = [ahead - self._length] if ahead is not None else []
                stops += [self._station] if self._stop_up and tray.lead <= self._station else []
                ahead = limit = min(stops, default=None)
            yield tray, limit

    def _way(self, tray: _Tray, limit: int | None) -> int:
        """How far the tray is from the next place where something happens to it; 0 if there is none that it can
        come to."""
        nearest = bisect_right(self._marks, tray.lead)
        ahead = self._marks[nearest : nearest + 1]
        if tray is self._trays[-1] and self._follows > tray.lead:
            ahead.append(self._follows)
        if limit is not None:
            ahead = [limit, *(mark for mark in ahead if mark <= limit)]
        return max(0, min(ahead, default=tray.lead) - tray.lead)

    def _move(self, to: Instant) -> None:
        while self.running and self.now < to:
            speed, until = self._pace()
            self._carry(speed * (min(to, until) - self.now))
            self.now = min(to, until)
        self.now = to

    def _carry(self, run: int) -> None:
        self._turned += run * self._encoder_ppm // PPM
        for tray, limit in list(self._limits()):
            tray.lead = tray.lead + run if limit is None else max(tray.lead, min(tray.lead + run, limit))

    def _pace(self) -> tuple[int, Instant]:
        """The belt's speed now, and until when it keeps it."""
        if not self._slip:
            return self._speed, FOR_EVER
        index = self.now // SLIP_CHANGES
        if self._pace_now[0] != index:
            lag = stream(self._seed, "slip", index).uniform(0, self._slip)
            self._pace_now = (index, round(self._speed * (1 - float(lag))))
        return self._pace_now[1], Instant((index + 1) * SLIP_CHANGES)

    @property
    def _blade_is_free(self) -> bool:
        return not (self._bypass or self._blade.stuck) and self.now >= self._blade.free_from

    @property
    def _bin_is_full(self) -> bool:
        return self._bin_holds is not None and self._in_bin >= self._bin_holds

    def _happen(self) -> Iterator[Happening]:
        for tray in self._trays:
            if not tray.entered and tray.lead >= 0:
                tray.entered = True
                yield Entered(tray.number, self.now)
            if not tray.scanned and tray.lead >= self._scanner:
                tray.scanned = True
                yield UnderScanner(tray.number, self.now)
            if self._to_remove and tray.lane is Went.BELT and self._reach <= tray.lead < self._pregate:
                self._to_remove -= 1
                tray.lane = Went.REMOVED
                yield Parted(tray.number, Went.REMOVED, self.now)
            if tray.lane is Went.BELT and tray.lead >= self._gate:
                tray.lane = Went.PASSED if self.blade() is GatePosition.PASS else Went.DIVERTED
                yield Parted(tray.number, tray.lane, self.now, self._blade_is_free)
        for tray in [tray for tray in self._trays if tray.lane is Went.REMOVED]:
            self._trays.remove(tray)
            yield Left(tray.number, self.now)
        yield from self._sense()
        for tray in [tray for tray in self._trays if tray.lead >= self._exit]:
            if tray.lane is Went.DIVERTED and self._bin_is_full:
                continue
            self._in_bin += tray.lane is Went.DIVERTED
            self._trays.remove(tray)
            yield Left(tray.number, self.now)
        yield from self._set("bin", self._bin_is_full)
        if self._may_spawn():
            yield self._spawn()

    def _sense(self) -> Iterator[SensorEdge]:
        diverted = [tray for tray in self._trays if tray.lane is Went.DIVERTED]
        yield from self._set("entry", self._covered(0, self._trays))
        yield from self._set("pregate", self._covered(self._pregate, self._trays))
        yield from self._set("confirm", self._covered(self._confirm, diverted))

    def _covered(self, place: int, trays: list[_Tray]) -> bool:
        return any(tray.lead - self._length < place <= tray.lead for tray in trays)

    def _set(self, place: str, blocked: bool) -> Iterator[SensorEdge]:
        if self._blocked[place] is not blocked:
            self._blocked[place] = blocked
            yield SensorEdge(place, blocked, self.now)

    def _may_spawn(self) -> bool:
        if not (self.running and self.infeed.ready):
            return False
        return not self._trays or self._trays[-1].lead >= self._follows

    def _spawn(self) -> Spawned:
        tray = self.infeed.take()
        self._trays.append(_Tray(tray.number, self._stack))
        self._follows = self._stack + _fm(self.infeed.pitch_mm)
        return Spawned(tray, self.now)


def _fm(length_mm: float) -> int:
    return round(length_mm * FM_PER_MM)
