"""Which tray a label belongs to: the one that was under the scanner when it was read, by its place. Pure.

A label is judged only once every edge from before it has surely been heard. With no tray there, or with more than one,
it belongs to nobody: a plate is evidence, and a guess is none.
"""

from dataclasses import replace

from booth.line.belt import Travel
from booth.line.line import LabelRead, Line, ScannerThere, Tray
from booth.line.messages import FaultCleared, TrayIdentified
from booth.line.schedule import UNRELEASED
from booth.line.table import TrayState
from booth.line.turn import Turn
from booth.tray import TrayId
from drivers.units import Instant, ms

LATEST = ms(250)
"""A label that is told later than this is nobody's: where its tray was by then is not known well enough."""


def heard(turn: Turn, read: LabelRead) -> None:
    """Keep it until it can be judged."""
    line = turn.line
    if line.layout.label is None:
        return
    if read.at + LATEST < line.now:
        turn.raised("plate-unbound", detail=f"{read.text!r} was told too late")
    else:
        turn.line = replace(line, labels=tuple(sorted((*line.labels, read), key=lambda each: each.at)))


def judge(turn: Turn) -> None:
    """The oldest label that waits. While the line is held no tray is followed, and what is read is a person's."""
    read, *rest = turn.line.labels
    turn.line = replace(turn.line, labels=tuple(rest))
    if not turn.line.following:
        return
    there = [tray for tray in turn.line.trays if _may_be_under(turn.line, tray, read)]
    if len(there) == 1:
        _give(turn, there[0].id, read.text)
    else:
        turn.raised("plate-unbound", detail=f"{read.text!r}, {'more than one tray' if there else 'no tray'}")


def scanner(turn: Turn, word: ScannerThere) -> None:
    """It is lost, or it is back: no reason to stop a line."""
    if word.there:
        turn.out.append(FaultCleared("scanner-lost", turn.line.now))
    else:
        turn.raised("scanner-lost", device="scanner", detail=word.detail)


def place(line: Line, tray: Tray, at: Instant) -> Travel:
    """Where its leading edge was at `at`, which is not long ago. A tray that was let go since stood at the stop."""
    held = tray.state in UNRELEASED or (tray.state is TrayState.TRAVELLING and at < tray.seen)
    if not (line.layout.indexed and held):
        return Travel(line.belt.at(at) - tray.origin)
    return min(Travel(line.belt.at(at) - tray.entered), line.layout.to_station)


def _may_be_under(line: Line, tray: Tray, read: LabelRead) -> bool:
    """Whether its label may have been under the scanner when this was read."""
    assert line.layout.label is not None
    opens, ends = line.layout.label
    earliest, latest = (place(line, tray, Instant(read.at + way * read.at_error)) for way in (-1, 1))
    return earliest <= ends and latest >= opens


def _give(turn: Turn, tray: TrayId, text: str) -> None:
    there = turn.found(tray)
    assert there is not None
    if there.contradicted or there.plate == text:
        return
    if there.plate is None:
        turn.put(replace(there, plate=text))
        turn.out.append(TrayIdentified(tray, text))
        return
    turn.raised("plate-contradicts", tray, detail=f"{there.plate!r} and {text!r}")
    turn.put(replace(there, plate=None, contradicted=True))
    turn.out.append(TrayIdentified(tray, None))
