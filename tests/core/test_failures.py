"""The fail-safe table says what the tracker does."""

import pytest

from booth.faults import FAULTS, Severity
from booth.line.failures import FAILURES, Effect, Failure
from booth.line.line import CAUSES, EdgeSeen, Line, MoveGate, Permit, Ready, Tick
from booth.line.messages import LineState
from booth.line.table import TABLE
from booth.line.tracker import track
from booth.line.turn import SUSPENDS, Turn
from booth.tray import End
from drivers.protocols import GatePosition
from drivers.units import Instant, seconds
from tests.core.tracker_line import LAYOUT

OF_THE_KEEPER = {
    "tray-missing", "tray-unexpected", "confirm-missing", "confirm-spurious", "bypass-contradicted", "encoder-dead",
    "keeper-restarted", "line-io-lost", "ledger-failed", "bin-full", "low-air", "backed-up", "diverts-in-a-row",
    "diverts-many", "pitch-short", "trays-merged", "controller-lost", "scanner-lost", "plate-unbound",
    "plate-contradicts", "trays-unaccounted",
}  # fmt: skip


def with_a_tray() -> Line:
    line, _ = track(Line(LAYOUT, 1), Ready(Instant(0)))
    line, _ = track(line, EdgeSeen("entry", True, Instant(seconds(1))))
    line, _ = track(line, Tick(Instant(seconds(1.1))))
    assert line.trays
    return line


def test_every_fault_of_the_keeper_is_in_the_table() -> None:
    assert {row.fault for row in FAILURES} - {""} == OF_THE_KEEPER
    latched = {code for code, fault in FAULTS.items() if fault.severity is Severity.LATCHED}
    assert {code for code in latched if not code.startswith("plc-")} <= OF_THE_KEEPER


@pytest.mark.parametrize("row", [row for row in FAILURES if row.leads_to is Effect.HELD], ids=lambda row: row.what)
def test_what_holds_the_line_withdraws_the_permit_moves_the_gate_and_ends_every_tray_held(row: Failure) -> None:
    turn = Turn(with_a_tray(), TABLE)
    turn.latch(row.fault)
    assert Permit(given=False) in turn.out
    assert MoveGate(GatePosition.DIVERT) in turn.out
    assert [said.end for said in turn.out if hasattr(said, "end")] == [End.HELD]
    assert (turn.line.state, turn.line.trays) == (LineState.HELD, ())


@pytest.mark.parametrize("place", CAUSES)
def test_what_suspends_the_line_withdraws_the_permit_and_keeps_every_tray(place: str) -> None:
    line, told = track(with_a_tray(), EdgeSeen(place, True, Instant(seconds(1.2))))  # type: ignore[arg-type]
    line, told = track(line, Tick(Instant(seconds(1.3))))
    assert Permit(given=False) in told
    assert (line.state, len(line.trays)) == (LineState.SUSPENDED, 1)
    assert [row.leads_to for row in FAILURES if row.fault == SUSPENDS[place]] == [Effect.SUSPENDED] * 2  # type: ignore[index]
