"""Edges whose instant is known only so well: inputs that are polled."""

import asyncio

import pytest

from booth.line.devices import watch
from booth.line.line import Command, EdgeSeen, Heard, Line, LineEvent, MoveGate, Ready, Tick, Turned
from booth.line.messages import Decision, FaultRaised, TrayEnded
from booth.line.tracker import track
from booth.tray import Judgement, TrayId, Verdict
from drivers.clock import pause
from drivers.protocols import Edge, GatePosition
from drivers.units import Duration, Instant, ms
from tests.core.tracker_line import LAYOUT, mm
from tests.core.tracker_oracle import wrongs
from tests.scenarios.line_bench import CLOCK, Sensor, play

TRAY = TrayId("000001-000001")


def at(when: float) -> Instant:
    return Instant(ms(when))


def told(*edges: EdgeSeen) -> list[object]:
    """What is said of a belt at 300 mm/s. The first tray has its PASS. Each sensor is clear again after a second."""
    line, said = track(Line(LAYOUT, 1), Ready(at(0), turned=Turned(mm(0), at(0))))
    clear = [EdgeSeen(each.place, False, Instant(each.at + ms(1000))) for each in edges]
    waiting = sorted((*edges, *clear), key=lambda edge: edge.at)
    heard, story = list[object](said), list[tuple[Instant, LineEvent, tuple[Command, ...]]]()
    for now in range(0, 8000, 20):
        events: list[LineEvent] = [
            Turned(mm(0.3 * now), at(now)),
            *(edge for edge in waiting if now - 20 < edge.at / 1e6 <= now),
        ]
        if now == 2000:
            events.append(Heard(Decision(TRAY, Judgement(Verdict.PASS, ())), at(now)))
        for event in (*events, Tick(at(now))):
            line, said = track(line, event)
            heard += said
            story.append((at(now), event, said))
    assert [wrong for wrong in wrongs(story, {}) if "no end" not in wrong] == []
    return heard


def edge(place: str, when: float, error: float = 0) -> EdgeSeen:
    return EdgeSeen(place, True, at(when), Duration(ms(error)))  # type: ignore[arg-type] # it is a place


def faults(heard: list[object]) -> list[str]:
    return [each.code for each in heard if isinstance(each, FaultRaised)]


def opened(heard: list[object]) -> bool:
    return any(isinstance(each, MoveGate) and each.to is GatePosition.PASS for each in heard)


# Held at the station from 1.5 to 2.1 s, after the entry edge at 1 s; at the pre-gate sensor 3 s later.
ENTRY, PREGATE = 1000, 5100


@pytest.mark.parametrize(("error", "opens"), [(0, True), (15, True), (30, False)])
def test_the_gate_opens_only_for_a_tray_whose_place_is_known_within_its_margin(error: float, opens: bool) -> None:
    heard = told(edge("entry", ENTRY), edge("pregate", PREGATE, error))
    assert opened(heard) is opens
    assert "tray-unexpected" not in faults(heard)


def test_a_tray_that_only_may_have_been_in_its_window_is_not_taken_for_the_one_expected() -> None:
    late = PREGATE + 150  # 45 mm behind its place, of 60
    assert faults(told(edge("entry", ENTRY), edge("pregate", late, 40)))[:1] == ["confirm-missing"]
    assert faults(told(edge("entry", ENTRY), edge("pregate", late, 70)))[:1] == ["tray-unexpected"]


def test_trays_that_only_may_have_kept_the_pitch_are_taken_to_be_too_close() -> None:
    first, second = edge("entry", ENTRY), 3020  # 606 mm behind
    assert "pitch-short" not in faults(told(first, edge("entry", second, 10)))
    assert "pitch-short" in faults(told(first, edge("entry", second, 30)))


def test_a_divert_that_only_may_have_been_seen_in_time_is_not_confirmed_by_it() -> None:
    unworded = (edge("entry", ENTRY + 100), edge("pregate", PREGATE + 100, 30))
    seen = PREGATE + 700
    ended = [each.end.value for each in told(*unworded, edge("confirm", seen)) if isinstance(each, TrayEnded)]
    assert ended == ["DIVERTED"]
    assert "confirm-spurious" in faults(told(*unworded, edge("confirm", seen, 2000)))


def test_what_a_sensor_says_of_its_edges_bound_comes_to_the_tracker() -> None:
    async def scenario() -> None:
        sensor, heard = Sensor(), list[EdgeSeen]()

        async def report(event: object) -> None:
            assert isinstance(event, EdgeSeen)
            heard.append(event)

        sensor._edges.put_nowait(Edge(True, CLOCK.now(), Duration(ms(7))))
        watching = asyncio.ensure_future(watch("entry", sensor, CLOCK, report))
        await pause(CLOCK, ms(1))
        watching.cancel()
        assert [event.at_error for event in heard] == [ms(7)]

    play(scenario())
