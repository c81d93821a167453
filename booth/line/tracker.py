"""Where every tray is and what becomes of it: a fold over what happened to the line. Pure.

Every tray that entered gets exactly one end. The gate opens for a tray that has its own PASS when the gate must be
committed (its arrival less the actuation time and a margin), for that tray alone, and only if no other can be under
the blade meanwhile. A tray too close behind one whose gate is committed already is diverted alone: the gate goes back
behind the first. Only if the pre-gate sensor sees the second so near that it would slip under the open gate is the
matter ambiguous: then it is a tray nobody expected there, and the line is held.

Where a tray is goes by the belt (booth.line.belt). By an encoder, trays on a belt that stands wait, and so do their
deadlines; a suspended line (bin full, low air, backed up) is such a belt. What the encoder contradicts is a fault: a
tray that breaks a beam on a belt that stands, or comes to the pre-gate sensor in the wrong place.

A latched fault holds the line: belt permit withdrawn, gate at divert, and every open tray ends HELD, those just past
the gate too. Trays that enter while the line is held end HELD at once. A person who resets has cleared the stretch
from entry to gate. What a restart of the keeper left open, the belt may bring to the bin instead (booth.line.sweep).
"""

from dataclasses import replace

from booth.line import labels, sweep
from booth.line.answers import reason, refusal, status
from booth.line.barrier import Barrier
from booth.line.belt import Belt, Travel, by_encoder, by_time
from booth.line.layout import MARGIN, STILL
from booth.line.line import (
    CAUSES,
    PLACES,
    Broken,
    Command,
    ControllerThere,
    EdgeSeen,
    Heard,
    LabelRead,
    Line,
    LineEvent,
    MoveGate,
    MoveStop,
    Permit,
    Place,
    Ready,
    ScannerThere,
    Stop,
    Tick,
    Tray,
    Turned,
)
from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultCleared,
    FaultRaised,
    LineState,
    Refused,
    Reset,
    TrayEntered,
)
from booth.line.schedule import (
    Own,
    commit,
    confirm_window,
    first_wake,
    gate_free,
    in_the_way,
    pregate_window,
    slips_under,
    stood,
    stop_event,
    unsure,
)
from booth.line.table import COMMIT, DEADLINE, TABLE, WORDS, Table, TrayEvent, TrayState
from booth.line.turn import Turn, seen_at
from booth.tray import Reason, TrayId, tray_id
from drivers.protocols import GatePosition
from drivers.units import Instant, after

AHEAD_OF_COMMIT = frozenset(state for state in TrayState if state.value <= TrayState.NEARING.value)


def track(line: Line, event: LineEvent, table: Table = TABLE) -> tuple[Line, tuple[Command, ...]]:
    """What the line is after `event`, and what to do, in order. Whatever was due before `event.at` happens first; an
    event older than what the line knows already is taken at its own time if it is an edge, else as of now."""
    turn = Turn(line, table)
    if event.at > line.now:
        _advance(turn, event.at)
    if not isinstance(event, Tick):
        _take(turn, event)
        _advance(turn, event.at)
    if (turn.line.state, turn.line.latched) != (line.state, line.latched):
        _tell_status(turn, line)
    return turn.line, tuple(turn.out)


def next_wake(line: Line) -> Instant | None:
    """When the tracker next wants a Tick, if nothing else happens before."""
    wake = first_wake(line)
    return None if wake is None else wake[0]


def _tell_status(turn: Turn, before: Line) -> None:
    now = status(turn.line)
    if (now.state, now.latched) != (before.state, status(before).latched):
        turn.out.append(now)


def _advance(turn: Turn, until: Instant) -> None:
    turn.until = max(until, turn.line.now)
    while (wake := first_wake(turn.line)) is not None and wake[0] <= turn.until:
        at, what = wake
        turn.line = replace(turn.line, now=max(turn.line.now, at))
        if isinstance(what, Tray):
            _overdue(turn, what, at)
        else:
            _come_due(turn, what)
    if turn.line.now != turn.until:
        turn.line = replace(turn.line, now=turn.until)


def _come_due(turn: Turn, what: Place | Own) -> None:
    match what:
        case "label":
            labels.judge(turn)
        case "merged":
            _merged(turn)
        case "followed":
            turn.latch("tray-unexpected")
        case "unheard":
            turn.latch("encoder-dead", detail="it has said nothing for too long")
        case "unmoved":
            _unmoved(turn)
        case "unfound":
            sweep.comes_to(turn, sweep.Sign.NOT_IN_THE_BIN)
        case "swept":
            sweep.run_out(turn)
        case _:
            _settle(turn, what)


def _overdue(turn: Turn, tray: Tray, at: Instant) -> None:
    """Raises LookupError if the table has no row that leads on: such a tray would never end."""
    event = _deadline(turn, tray)
    row = turn.table.get((tray.state, event))
    if row is None or row.to is tray.state:
        raise LookupError(f"no row leads on from {tray.state} by {event}")
    turn.step(tray.id, event, at)


def _deadline(turn: Turn, tray: Tray) -> TrayEvent:
    """What the deadline of the tray's state turns into."""
    if tray.state is TrayState.ENTERED:
        return stop_event(turn.line, tray)
    if tray.state is TrayState.NEARING:
        return _commit(turn, tray)
    return DEADLINE[tray.state][0]


def _commit(turn: Turn, tray: Tray) -> TrayEvent:
    """By the word, the key and the blade; from here on the gate is this tray's until it is past."""
    event = COMMIT[tray.word]
    if turn.line.barrier("bypass").blocked:
        event = TrayEvent.KEY_ON
    elif event is TrayEvent.MAY_PASS and not _may_open(turn, tray):
        event = TrayEvent.MUST_DIVERT
    turn.line = replace(turn.line, gate_free=gate_free(turn.line.layout, tray))
    return event


def _may_open(turn: Turn, tray: Tray) -> bool:
    if tray.bars:
        return False
    due = commit(turn.line, tray)
    if due is None or turn.until > due + MARGIN:
        turn.bar(tray.id, Reason("gate-late", "The keeper woke too late to open the gate for it."))
        return False
    if turn.line.belt.guessed(turn.line.now) > turn.line.layout.tolerance:
        turn.bar(tray.id, Reason("belt-unsure", "The encoder's last word was too old to open the gate for it."))
        return False
    other = in_the_way(turn.line, tray)
    if other is not None:
        turn.too_close(other, tray.id)
    return other is None


def _settle(turn: Turn, place: Place) -> None:
    error = turn.line.barrier(place).error
    barrier, began = turn.line.barrier(place).settled()
    barriers = tuple(barrier if each == place else old for each, old in zip(PLACES, turn.line.barriers, strict=True))
    turn.line = replace(turn.line, barriers=barriers)
    if place == "entry" and not barrier.blocked:
        turn.line = replace(turn.line, entering=None)
        sweep.entry_cleared(turn, turn.line.now if began is None else began)
    if began is None:
        return
    if place in CAUSES:
        turn.suspend_or_resume()
        return
    if place in ("entry", "pregate"):
        _suspect(turn, barrier.blocked, began)
    if barrier.blocked:
        _came(turn, place, began, unsure(turn.line, error))


def _suspect(turn: Turn, blocked: bool, at: Instant) -> None:
    """An edge of a tray that moves, or of one that hands take away: the encoder has to bear it out. On a line that is
    suspended the belt stands, and what comes to a sensor is judged where it comes; so it is while it is swept."""
    watched = turn.line.state in (LineState.IDLE, LineState.EXECUTE) or (turn.line.following and not blocked)
    if watched and turn.line.belt.counted and turn.line.sweep is None:
        turn.line = replace(turn.line, unmoved=(*turn.line.unmoved, at))


def _came(turn: Turn, place: Place, at: Instant, within: Travel) -> None:
    """A tray, or the key; where it was then is known to `within`."""
    if place == "entry":
        _entered(turn, at, within)
    elif place == "pregate" and turn.line.following:
        _at_pregate(turn, at, within)
    elif place == "confirm" and turn.line.following:
        _confirmed(turn, at, within)


def _take(turn: Turn, event: LineEvent) -> None:
    match event:
        case EdgeSeen(place=place, blocked=blocked, at=at, at_error=error):
            moved = turn.line.barrier(place).moved(blocked, at, error)
            barriers = (moved if each == place else turn.line.barrier(each) for each in PLACES)
            turn.line = replace(turn.line, barriers=tuple(barriers))
        case Turned():
            _turned(turn, event)
        case LabelRead():
            labels.heard(turn, event)
        case ScannerThere():
            labels.scanner(turn, event)
        case Heard(message=Decision() as decision):
            _decided(turn, decision)
        case Heard(message=CaptureDone(tray=tray)):
            _captured(turn, tray)
        case Heard(message=Reset() as wish):
            _reset(turn, wish)
        case ControllerThere(present=present):
            _controller(turn, present)
        case Broken(code=code, device=device, detail=detail):
            turn.latch(code, device=device, detail=detail)
        case Ready():
            _ready(turn, event)
        case Stop():
            _stopped(turn)


def _ready(turn: Turn, event: Ready) -> None:
    layout, blocked = turn.line.layout, event.blocked
    levels = tuple(Barrier(place in blocked, place in blocked, debounce=layout.debounce(place)) for place in PLACES)
    belt = by_encoder(event.turned.travel, event.turned.at) if event.turned else by_time(layout.pace)
    counts = replace(turn.line.counts, entered=event.held, held=event.held)
    turn.line = replace(turn.line, barriers=levels, counts=counts, belt=belt, unanswered=event.held > 0)
    if not event.clear or event.blocked & {"entry", "pregate"}:
        turn.latch(sweep.CODE)
        sweep.begin(turn, event)
    else:
        turn.become(LineState.IDLE)
        turn.suspend_or_resume()


def _turned(turn: Turn, event: Turned) -> None:
    """Where trays were seen since the last word is known better now."""
    before = turn.line.belt.last.at
    belt = turn.line.belt.turned(event.travel, event.at)
    trays = tuple(_known_better(tray, belt, before) for tray in turn.line.trays)
    turn.line = replace(turn.line, belt=belt, trays=trays)


def _known_better(tray: Tray, belt: Belt, since: Instant) -> Tray:
    if tray.seen <= since:
        return tray
    origin = Travel(belt.at(tray.seen) - tray.ahead)
    entered = belt.at(tray.entered_at) if tray.entered_at > since else tray.entered
    return replace(tray, origin=origin, entered=entered)


def _unmoved(turn: Turn) -> None:
    at, *others = turn.line.unmoved
    turn.line = replace(turn.line, unmoved=tuple(others))
    if stood(turn.line, at, Instant(at + STILL)):
        turn.latch("encoder-dead", detail="a tray moves, and it counts nothing")


def _entered(turn: Turn, at: Instant, within: Travel) -> None:
    line, here = turn.line, turn.line.belt.at(at)
    tray = Tray(tray_id(line.boot, line.sequence + 1), TrayState.ENTERED, at, at, Travel(0), here, at, entered=here)
    close = line.last_entry is not None and here - within < line.last_entry + line.layout.pitch
    ahead = line.trays[-1].id if line.trays else tray.id
    counts = replace(line.counts, entered=line.counts.entered + 1)
    turn.line = replace(
        line,
        sequence=line.sequence + 1,
        trays=(*line.trays, tray),
        counts=counts,
        entering=tray.id,
        last_entry=Travel(here + within),
    )
    turn.out.append(TrayEntered(tray.id, at, after(at, line.layout.verdict_due)))
    if not turn.line.following:
        turn.step(tray.id, TrayEvent.HOLD, at)
        return
    if turn.line.sweep is not None:
        turn.bar(tray.id, reason(FaultRaised(sweep.CODE, tray.id, "-", "-", at)))
    if turn.line.state is LineState.IDLE:
        turn.become(LineState.EXECUTE)
    if close:
        turn.too_close(tray.id, ahead)


def _merged(turn: Turn) -> None:
    tray = turn.line.entering
    turn.line = replace(turn.line, entering=None)
    if tray is not None:
        turn.bar(tray, turn.raised("trays-merged", tray))


def _at_pregate(turn: Turn, at: Instant, within: Travel) -> None:
    """The oldest tray that is surely expected now. Its place is known better from here on; the gate opens only for one
    whose place the margins can bear."""
    layout, here = turn.line.layout, turn.line.belt.at(at)
    coming = (tray for tray in turn.line.trays if tray.state is TrayState.TRAVELLING)
    tray = next((each for each in coming if pregate_window(layout, each).surely_holds(here, within)), None)
    if tray is None and sweep.seen(turn, at, here):
        return
    if tray is None and stood(turn.line, at, at):
        turn.latch("encoder-dead", detail="a tray is at the pre-gate sensor, and it counts nothing")
    elif tray is None or slips_under(turn.line, Travel(here - within)):
        turn.latch("tray-unexpected")
    else:
        turn.put(seen_at(tray, at, layout.to_pregate, here))
        if within > layout.margin:
            turn.bar(tray.id, Reason("edge-unsure", "The pre-gate sensor does not say exactly enough when it came."))
        turn.step(tray.id, TrayEvent.AT_PREGATE, at)


def _confirmed(turn: Turn, at: Instant, within: Travel) -> None:
    """Credited to the oldest diverting tray whose window it lies in, else to a tray that went by under the key. Those
    that the last boot left are older."""
    here = turn.line.belt.at(at)
    if sweep.confirmed(turn, here, within):
        return
    for state in (TrayState.DIVERTING, TrayState.BYPASSING):
        for tray in turn.line.trays:
            if tray.state is state and confirm_window(turn.line.layout, tray).surely_holds(here, within):
                turn.step(tray.id, TrayEvent.CONFIRMED, at)
                return
    turn.latch("confirm-spurious")


def _decided(turn: Turn, decision: Decision) -> None:
    tray = turn.found(decision.tray)
    if tray is None or tray.state not in AHEAD_OF_COMMIT:
        return
    word = WORDS[tray.word, decision.judgement.verdict]
    if word is not tray.word:
        turn.put(replace(tray, word=word, judgement=decision.judgement))


def _captured(turn: Turn, tray: TrayId) -> None:
    if turn.found(tray):
        turn.step(tray, TrayEvent.CAPTURED, turn.line.now)


def _controller(turn: Turn, present: bool) -> None:
    lost = not present
    if lost and not turn.line.controller_lost:
        turn.raised("controller-lost")
    if present and turn.line.controller_lost:
        turn.out.append(FaultCleared("controller-lost", turn.line.now))
    turn.line = replace(turn.line, controller_lost=lost)


def _stopped(turn: Turn) -> None:
    for tray in turn.line.trays:
        turn.step(tray.id, TrayEvent.HOLD, turn.line.now)
    turn.out += [MoveGate(GatePosition.DIVERT), MoveStop(up=False), Permit(given=False)]
    turn.become(LineState.STOPPED)


def _reset(turn: Turn, wish: Reset) -> None:
    if why := refusal(turn.line, wish):
        turn.out.append(Refused(why))
        return
    if not turn.line.latched:  # the belt went on by itself, and what it brought to the bin has been looked at
        turn.line = replace(turn.line, unanswered=False)
        turn.out.append(status(turn.line))
        return
    sweep.cleared_by_hand(turn)
    turn.out += [FaultCleared(code, turn.line.now) for code in dict.fromkeys(f.code for f in turn.line.latched)]
    turn.out += [MoveGate(GatePosition.DIVERT), MoveStop(up=False), Permit(given=not turn.line.causes)]
    turn.line = replace(turn.line, latched=(), entering=None, last_entry=None, unanswered=False)
    turn.become(LineState.IDLE)
    turn.suspend_or_resume()
