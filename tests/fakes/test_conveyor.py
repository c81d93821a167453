"""The simulated line, as a model."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.protocols import GatePosition
from drivers.units import Instant, ms, seconds
from fakes.line.conveyor import Conveyor, Entered, Happening, Left, Parted, SensorEdge, Spawned, Went
from fakes.plan import WorldPlan
from fakes.streams import stream

PLAN = WorldPlan(seed=5, pitch_mm=(640, 1100))
START = Instant(0)


def running(plan: WorldPlan = PLAN, trays: int | None = 3) -> Conveyor:
    line = Conveyor(plan, START)
    line.permit(True)
    line.infeed.feed(trays)
    return line


def to(line: Conveyor, at_s: float) -> list[Happening]:
    return line.advance(Instant(seconds(at_s)))


def edges(happenings: list[Happening], place: str) -> list[tuple[bool, int]]:
    return [(h.blocked, h.at) for h in happenings if isinstance(h, SensorEdge) and h.place == place]


def parted(happenings: list[Happening]) -> list[tuple[int, Went]]:
    return [(h.number, h.went) for h in happenings if isinstance(h, Parted)]


def test_a_tray_meets_the_sensors_when_distance_and_speed_say() -> None:
    happened = to(running(trays=1), 20)
    entry, pregate, confirm = (edges(happened, place) for place in ("entry", "pregate", "confirm"))
    at = seconds(PLAN.infeed_mm / PLAN.belt_mm_per_s)
    assert entry == [(True, at), (False, at + 1_333_333_334)]
    assert pregate == [(True, at + seconds(3.5)), (False, at + 4_833_333_334)]
    assert confirm == [(True, at + seconds(4.5)), (False, at + 5_833_333_334)]


def test_a_tray_goes_where_the_blade_is_when_it_comes_to_the_gate() -> None:
    for order, went, confirmed in ((GatePosition.PASS, Went.PASSED, 0), (GatePosition.DIVERT, Went.DIVERTED, 2)):
        line = running(trays=1)
        line.order_gate(order)
        happened = to(line, 20)
        assert parted(happened) == [(0, went)]
        assert len(edges(happened, "confirm")) == confirmed


def test_an_order_counts_only_after_the_actuation_time() -> None:
    at_gate_s = (PLAN.infeed_mm + 150 + 900 + 100) / PLAN.belt_mm_per_s
    for early_s, went in ((0.121, Went.PASSED), (0.119, Went.DIVERTED)):
        line = running(trays=1)
        happened = to(line, at_gate_s - early_s)
        line.order_gate(GatePosition.PASS)
        assert parted(happened + to(line, 20)) == [(0, went)]


def test_a_stuck_blade_stays_and_goes_where_it_was_last_sent_once_it_is_mended() -> None:
    line = running(trays=0)
    line.jam_gate(True)
    line.order_gate(GatePosition.PASS)
    to(line, 1)
    assert line.blade() is GatePosition.DIVERT
    line.jam_gate(False)
    to(line, 2)
    assert line.blade() is GatePosition.PASS


def test_the_bypass_key_wins_over_every_order_and_the_order_stands_when_it_is_turned_back() -> None:
    line = running(trays=0)
    assert line.turn_bypass(True) == [SensorEdge("bypass", True, START)]
    line.order_gate(GatePosition.DIVERT)
    to(line, 1)
    assert line.blade() is GatePosition.PASS
    line.turn_bypass(False)
    to(line, 2)
    assert line.blade() is GatePosition.DIVERT


def test_a_held_tray_stands_at_the_station_until_it_is_released() -> None:
    line = running(trays=1)
    line.hold()
    to(line, 10)
    assert line.at_station() == (0, 0.0)
    line.release()
    assert edges(to(line, 20), "pregate")[0] == (True, seconds(13))


def test_a_tray_behind_a_held_one_queues_up_against_it_and_both_go_on() -> None:
    line = running(replace(PLAN, pitch_mm=(640, 640)), trays=3)
    line.hold()
    happened = to(line, 30)
    assert edges(happened, "entry") == [(True, seconds(2))]
    assert [h.number for h in happened if isinstance(h, Entered)] == [0]
    line.release()
    later = to(line, 60)
    assert [h.number for h in later if isinstance(h, Entered)] == [1, 2]
    assert sorted(parted(later)) == [(n, Went.DIVERTED) for n in range(3)]


def test_the_stop_catches_the_next_tray_and_not_the_one_that_has_passed() -> None:
    line = running(replace(PLAN, pitch_mm=(640, 640)), trays=2)
    to(line, 2.6)
    line.hold()
    to(line, 20)
    assert line.at_station() == (1, 0.0)
    assert line.on_the_line == 1


def test_the_belt_carries_the_tray_at_the_station_as_far_as_it_says() -> None:
    """Before the stop, up to it, against it, and past it; not while the belt stands."""
    line = running(replace(PLAN, slip=0.2), trays=1)
    line.hold()
    to(line, 2.4)
    expected, before = list[float](), line.at_station()
    for step in range(25, 45):
        expected.append(line.carries(ms(100)))
        to(line, step / 10)
        now = line.at_station()
        assert before is not None
        assert now is not None
        assert now[1] - before[1] == pytest.approx(expected[-1], abs=1e-9)
        before = now
    assert expected[0] > 20
    assert expected[-1] == 0
    line.release()
    assert line.carries(ms(4)) > 0.9
    line.permit(False)
    assert line.carries(ms(4)) == 0.0


def test_nothing_is_carried_where_no_tray_is() -> None:
    assert running(trays=0).carries(ms(4)) == 0.0


def test_the_belt_stands_without_a_permit_and_nothing_is_due() -> None:
    line = running()
    to(line, 2.5)
    line.permit(False)
    assert line.next_event_at() is None
    assert to(line, 100) == []
    assert line.at_station() == (0, 0.0)
    line.permit(True)
    assert edges(to(line, 100.8), "entry") == []
    assert edges(to(line, 102), "entry")[0] == (False, seconds(100) + 833_333_334)


def test_no_more_trays_come_than_were_asked_for_or_than_the_plan_has() -> None:
    for most, asked, come in ((None, 4, 4), (2, 4, 2), (3, None, 3)):
        happened = to(running(replace(PLAN, trays=most), trays=asked), 100)
        assert sum(isinstance(h, Spawned) for h in happened) == come


def test_asking_for_no_more_takes_back_what_was_asked_for() -> None:
    line = running(trays=None)
    to(line, 5)
    line.infeed.feed(0)
    assert not any(isinstance(h, Spawned) for h in to(line, 100))
    assert line.on_the_line == 0


def looks(plan: WorldPlan) -> list[tuple[int, bool, int]]:
    return [(h.tray.seed, h.tray.damaged, h.at) for h in to(running(plan, trays=30), 300) if isinstance(h, Spawned)]


def test_pitch_look_and_damage_are_drawn_independently() -> None:
    base, closer, worse = looks(PLAN), looks(replace(PLAN, pitch_mm=(700, 800))), looks(replace(PLAN, damaged=0.9))
    assert [(seed, damaged) for seed, damaged, _ in base] == [(seed, damaged) for seed, damaged, _ in closer]
    assert [(seed, at) for seed, _, at in base] == [(seed, at) for seed, _, at in worse]
    assert all(damaged for (_, was, _), (_, damaged, _) in zip(base, worse, strict=True) if was)
    assert looks(replace(PLAN, seed=6)) != base


def test_the_tray_that_comes_next_is_known_and_comes_only_when_it_is_packed() -> None:
    line, late = running(trays=2), running(trays=2)
    first, *_ = [h for h in to(line, 1) if isinstance(h, Spawned)]
    assert first.tray.number == 0
    known = line.infeed.next_up
    late.infeed.pack(False)
    assert [h for h in to(late, 7) if isinstance(h, Spawned)] == []
    late.infeed.pack(True)
    assert [(h.at, h.tray) for h in to(late, 7.5) if isinstance(h, Spawned)] == [(Instant(seconds(7)), first.tray)]
    assert known == late.infeed.next_up
    assert [h.tray for h in to(late, 30) if isinstance(h, Spawned)] == [known]
    assert late.infeed.next_up is None


def test_streams_of_one_seed_differ_by_name_and_are_the_same_every_time() -> None:
    numbers = {name: stream(1, name).random() for name in ("pitch", "damage", "look")}
    assert len(set(numbers.values())) == 3
    assert numbers == {name: stream(1, name).random() for name in numbers}


@st.composite
def commands(draw: st.DrawFn) -> list[tuple[float, str]]:
    words = st.sampled_from(["hold", "release", "pass", "divert", "give", "withdraw", "key on", "key off"])
    steps = draw(st.lists(st.tuples(st.floats(0.001, 3), words), max_size=25))
    return [(round(span, 3), word) for span, word in steps]


def obey(line: Conveyor, word: str) -> list[Happening]:
    match word:
        case "hold" | "release":
            (line.hold if word == "hold" else line.release)()
        case "pass" | "divert":
            line.order_gate(GatePosition(word))
        case "give" | "withdraw":
            line.permit(word == "give")
        case _:
            return line.turn_bypass(word == "key on")
    return []


def story(steps: list[tuple[float, str]], chop: int) -> list[Happening]:
    """What happens under the commands; `chop` steps of waiting between two of them change nothing."""
    line, now, happened = running(), 0, list[Happening]()
    for span_s, word in [*steps, (0.0, "give"), (0.0, "release"), (60.0, "hold")]:
        until = now + seconds(span_s)
        for part in range(1, chop + 1):
            happened += line.advance(Instant(now + (until - now) * part // chop))
        now = until
        happened += obey(line, word)
    return happened


@given(commands())
def test_whatever_is_commanded_every_tray_enters_once_leaves_once_and_edges_alternate(
    steps: list[tuple[float, str]],
) -> None:
    happened = story(steps, 1)
    assert [h.number for h in happened if isinstance(h, Entered)] == [0, 1, 2]
    assert [number for number, _ in parted(happened)] == [0, 1, 2]
    assert sorted(h.number for h in happened if isinstance(h, Left)) == [0, 1, 2]
    assert [h.at for h in happened] == sorted(h.at for h in happened)
    for place in ("entry", "pregate", "confirm"):
        levels = [blocked for blocked, _ in edges(happened, place)]
        assert levels == [index % 2 == 0 for index in range(len(levels))]
        assert len(levels) % 2 == 0


@given(commands(), st.integers(2, 7))
def test_how_often_the_model_is_asked_changes_nothing(steps: list[tuple[float, str]], chop: int) -> None:
    assert story(steps, chop) == story(steps, 1)


def test_a_person_who_clears_the_belt_leaves_its_sensors_free() -> None:
    line = running(trays=1)
    to(line, 2.5)
    assert line.blocked("entry")
    told = line.clear()
    assert parted(told) == [(0, Went.REMOVED)]
    assert edges(told, "entry") == [(False, seconds(2.5))]
    assert line.on_the_line == 0


def test_a_belt_that_slips_brings_its_trays_later_and_its_encoder_knows() -> None:
    line = running(replace(PLAN, slip=0.2), trays=1)
    happened = to(line, 20)
    [(_, entry), _], [(_, pregate), _] = edges(happened, "entry"), edges(happened, "pregate")
    travel_s = (pregate - entry) / 1e9
    assert 3.5 < travel_s < 3.5 / 0.8
    assert 0.8 * 60_000 < line.counts < 60_000
    again = running(replace(PLAN, slip=0.2), trays=1)
    assert happened == [h for second in range(1, 201) for h in to(again, second / 10)]
    assert again.counts == line.counts


def test_an_encoder_counts_only_while_the_belt_runs() -> None:
    line = running(trays=0)
    to(line, 2)
    line.permit(False)
    to(line, 5)
    assert line.counts == 2 * 300 * PLAN.encoder_counts_per_mm


def test_a_full_bin_stops_diverted_trays_and_lets_passed_ones_go() -> None:
    line = running(replace(PLAN, bin_holds=1), trays=4)
    happened = to(line, 60)
    assert edges(happened, "bin")[0][0]
    assert line.on_the_line == 3


def test_a_person_who_clears_the_belt_takes_the_tray_that_stands_half_through_the_gate() -> None:
    line = running(trays=1)
    assert parted(to(line, 6.2)) == [(0, Went.DIVERTED)]
    line.permit(False)
    assert line.blocked("pregate")
    assert parted(line.clear()) == [(0, Went.REMOVED)]
    assert not line.blocked("pregate")
