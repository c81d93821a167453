"""After the keeper's own restart: the belt carries what was left open past a gate at divert. Pure.

A person need not come if the two sensors at the gate see every one of those trays, no other, and the belt has then run
so far that none can be left. What they see besides is a contradiction, and a person's matter; so is what they do not
see. Trays that enter meanwhile are followed, not stopped and not passed. See docs/decisions/0012-swept-by-the-belt.md.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum, auto

from booth.line.belt import Travel
from booth.line.line import MoveStop, Permit, Ready, Sweep
from booth.line.messages import FaultCleared, LineState
from booth.line.schedule import bin_window, stood
from booth.line.table import TrayEvent
from booth.line.turn import Turn
from drivers.units import Instant

CODE = "keeper-restarted"
"""Latched for as long as the belt is being swept, and cleared by it."""


class Sign(Enum):
    """What a sweep comes to, or what contradicts it."""

    ONE_TOO_MANY = auto()  # the pre-gate sensor has seen more trays than were left open
    BY_HAND = auto()  # it sees something on a belt that stands by the encoder
    NOT_IN_THE_BIN = auto()  # it has seen a tray, and the confirm sensor has not
    SOME_NOT_SEEN = auto()  # the belt has run its way, and has not brought all of them
    ALL_SEEN = auto()  # it has, and each is in the bin


# fmt: off
MEANS: Mapping[Sign, str | None] = {
    Sign.ONE_TOO_MANY:   "the pre-gate sensor saw more than the {left} that were open",
    Sign.BY_HAND:        "something came to the pre-gate sensor, and the belt stands",
    Sign.NOT_IN_THE_BIN: "the pre-gate sensor saw one that is not in the bin",
    Sign.SOME_NOT_SEEN:  "the belt brought {found} of {left} to the bin",
    Sign.ALL_SEEN:       None,
}
# fmt: on
"""What contradicts the count, in words, and holds the line; None: it goes on."""


def begin(turn: Turn, event: Ready) -> None:
    """After `keeper-restarted` was latched: give the permit, if the belt alone can show that the line is clear. Nobody
    sees a tray come that is under the pre-gate sensor already, and without an encoder nobody knows what the belt does.
    """
    if not event.sweepable or event.turned is None or "pregate" in event.blocked:
        return
    since = None if "entry" in event.blocked else event.turned.travel
    turn.line = replace(turn.line, sweep=Sweep(event.held, since))
    turn.out += [MoveStop(up=False), Permit(given=not turn.line.causes)]


def entry_cleared(turn: Turn, at: Instant) -> None:
    """Whatever was under the entry sensor from before has left it."""
    sweep = turn.line.sweep
    if sweep is not None and sweep.since is None:
        turn.line = replace(turn.line, sweep=replace(sweep, since=turn.line.belt.at(at)))


def seen(turn: Turn, at: Instant, here: Travel) -> bool:
    """Whether what the pre-gate sensor saw is one of those that were left open, or contradicts that."""
    sweep, layout = turn.line.sweep, turn.line.layout
    if sweep is None or (sweep.since is not None and here > sweep.since + layout.to_pregate + layout.tolerance):
        return False
    if stood(turn.line, at, at):
        comes_to(turn, Sign.BY_HAND)
    elif sweep.found + len(sweep.near) == sweep.left:
        comes_to(turn, Sign.ONE_TOO_MANY)
    else:
        near = (*sweep.near, Travel(here - layout.to_pregate))
        turn.line = replace(turn.line, sweep=replace(sweep, near=near))
    return True


def confirmed(turn: Turn, here: Travel, unsure: Travel) -> bool:
    """Whether the confirm sensor saw one of them."""
    sweep = turn.line.sweep
    if sweep is None:
        return False
    windows = ((origin, bin_window(turn.line.layout, origin)) for origin in sweep.near)
    mine = next((origin for origin, window in windows if window.surely_holds(here, unsure)), None)
    if mine is not None:
        near = tuple(origin for origin in sweep.near if origin != mine)
        turn.line = replace(turn.line, sweep=replace(sweep, near=near, found=sweep.found + 1))
    return mine is not None


def cleared_by_hand(turn: Turn) -> None:
    """A person was faster, and has taken the trays that entered meanwhile off the belt too."""
    if turn.line.sweep is not None:
        turn.line = replace(turn.line, sweep=None)
        for tray in turn.line.trays:
            turn.step(tray.id, TrayEvent.HOLD, turn.line.now)


def run_out(turn: Turn) -> None:
    """The belt has run its way."""
    sweep = turn.line.sweep
    if sweep is not None:
        comes_to(turn, Sign.ALL_SEEN if sweep.found == sweep.left else Sign.SOME_NOT_SEEN)


def comes_to(turn: Turn, sign: Sign) -> None:
    sweep = turn.line.sweep
    assert sweep is not None, "a sign is of a sweep"
    if (why := MEANS[sign]) is not None:
        turn.latch("trays-unaccounted", detail=why.format(left=sweep.left, found=sweep.found))
        return
    turn.line = replace(turn.line, latched=(), sweep=None)
    turn.out.append(FaultCleared(CODE, turn.line.now))
    turn.become(LineState.EXECUTE if turn.line.trays else LineState.IDLE)
    turn.suspend_or_resume()
