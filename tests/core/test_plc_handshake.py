"""PLC and booth: every trigger ends once, under its own number, and nothing but a PASS in time reads as one."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.line.messages import (
    CaptureDone,
    Decision,
    FaultRaised,
    LineMessage,
    Refused,
    Reset,
    TrayAt,
    TrayEnded,
    TrayEntered,
    TrayIdentified,
)
from booth.line.plc import handshake, registers
from booth.line.plc.agreed import (
    Began,
    ControllerIs,
    ControllerSaid,
    Event,
    Handshake,
    PersonAsked,
    PlcWrote,
    Terms,
    Tick,
)
from booth.line.plc.handshake import shake
from booth.line.plc.registers import Asked, Command, Disposition, Said, Status
from booth.tray import End, Judgement, Reason, TrayId, Verdict
from drivers.units import Duration, Instant, after, ms, seconds

TERMS = Terms(7, seconds(2), seconds(5), seconds(1), trays=4)
IDLE, TRIGGER, ACK = Command(0), Command.TRIGGER, Command.RESULT_ACK
PASS, DIVERT = (Judgement(verdict, (Reason("said", "so"),), 0.25) for verdict in (Verdict.PASS, Verdict.DIVERT))
RESET = Reset("anna", "looked at it")


@dataclass
class Talk:
    """Both sides and the booth behind them. The PLC's heart beats with every word, and with every `wait`."""

    hands: Handshake = field(default_factory=lambda: Handshake(TERMS, Instant(0)))
    heard: list[LineMessage] = field(default_factory=list)
    asked: Asked = field(default=Asked(1, 0, IDLE, 0, "", 0, 0))

    def happen(self, event: Event) -> None:
        self.hands, out = shake(self.hands, event)
        self.heard += out

    def plc(self, command: Command, tray: int = 0, acked: int = 0, disposition: int = 0, plate: str = "") -> None:
        beat = self.asked.heartbeat + 1
        self.asked = Asked(1, beat, command, tray, plate, acked, disposition)
        self.happen(PlcWrote(self.asked, self.hands.now))

    def trigger(self, tray: int) -> None:
        self.plc(IDLE)
        self.plc(TRIGGER, tray)
        self.plc(IDLE)

    def take(self, tray: int, disposition: Disposition) -> None:
        self.plc(ACK, acked=tray, disposition=disposition)
        self.plc(IDLE)

    def decide(self, place: int, judgement: Judgement) -> None:
        self.happen(ControllerSaid(Decision(self.entered[place], judgement), self.hands.now))

    def wait(self, span: Duration, beats: bool = True) -> None:
        end = after(self.hands.now, span)
        while self.hands.now < end:
            self.happen(Tick(min(after(self.hands.now, ms(100)), end)))
            if beats:
                self.plc(self.asked.command, acked=self.asked.acked, disposition=self.asked.disposition)

    @property
    def said(self) -> Said:
        return handshake.said(self.hands, 0)

    @property
    def entered(self) -> list[TrayId]:
        return [each.tray for each in self.heard if isinstance(each, TrayEntered)]

    @property
    def ends(self) -> list[tuple[int, End]]:
        ended = [each for each in self.heard if isinstance(each, TrayEnded)]
        return [(self.entered.index(each.tray), each.end) for each in ended]

    @property
    def faults(self) -> list[str]:
        return [each.code for each in self.heard if isinstance(each, FaultRaised)]


@pytest.fixture
def talk() -> Talk:
    talk = Talk()
    talk.happen(Began(0, True, Instant(0)))
    talk.happen(ControllerIs(True, Instant(0)))
    talk.plc(IDLE)
    return talk


def test_a_good_tray_is_triggered_captured_passed_and_taken(talk: Talk) -> None:
    assert talk.said.status == Status.READY | Status.CAPTURE_DONE
    talk.plc(TRIGGER, 41, plate="LPN001")
    assert talk.said.status == Status.READY | Status.TRIGGER_ACK
    assert talk.said.tray == 41
    tray = talk.entered[0]
    assert any(isinstance(each, TrayAt) and each.tray == tray for each in talk.heard)
    talk.plc(IDLE)
    assert Status.TRIGGER_ACK not in talk.said.status
    talk.happen(ControllerSaid(CaptureDone(tray), talk.hands.now))
    assert Status.CAPTURE_DONE in talk.said.status
    assert Status.RESULT_VALID not in talk.said.status
    talk.decide(0, PASS)
    assert Status.RESULT_VALID | Status.PASS in talk.said.status
    assert (talk.said.result, talk.said.score, Status.DIVERT in talk.said.status) == (41, 0.25, False)
    talk.take(41, Disposition.PASSED)
    assert talk.ends == [(0, End.PASSED)]
    assert talk.said.status == Status.READY | Status.CAPTURE_DONE


def test_a_plate_that_comes_with_the_trigger_is_told_of_its_tray_before_it_is_looked_at(talk: Talk) -> None:
    talk.plc(TRIGGER, 41, plate="LPN001")
    talk.plc(IDLE)
    told = [type(each) for each in talk.heard if isinstance(each, TrayEntered | TrayIdentified | TrayAt)]
    assert told == [TrayEntered, TrayIdentified, TrayAt]
    assert TrayIdentified(talk.entered[0], "LPN001") in talk.heard
    talk.trigger(42)
    assert [each.plate for each in talk.heard if isinstance(each, TrayIdentified)] == ["LPN001"]


def test_a_result_stays_until_it_is_taken_and_the_next_waits_for_the_acknowledgement_to_fall(talk: Talk) -> None:
    for number in (1, 2):
        talk.trigger(number)
    talk.decide(1, DIVERT)
    talk.decide(0, PASS)
    assert (talk.said.result, talk.said.waiting) == (2, 2)
    talk.plc(ACK, acked=2, disposition=Disposition.DIVERTED)
    assert Status.RESULT_VALID not in talk.said.status
    talk.plc(ACK, acked=2, disposition=Disposition.DIVERTED)
    talk.plc(IDLE)
    assert (talk.said.result, Status.PASS in talk.said.status) == (1, True)


def test_no_verdict_in_time_is_an_error_that_asserts_divert(talk: Talk) -> None:
    talk.trigger(5)
    talk.wait(TERMS.verdict_due)
    assert Status.ERROR | Status.DIVERT | Status.RESULT_VALID in talk.said.status
    talk.decide(0, PASS)
    assert Status.PASS not in talk.said.status
    talk.take(5, Disposition.DIVERTED)
    assert talk.ends == [(0, End.DIVERTED)]
    assert talk.hands.counts.late == 1


def test_a_lost_controller_is_an_error_for_every_open_tray_and_for_those_to_come(talk: Talk) -> None:
    talk.trigger(1)
    talk.happen(ControllerIs(False, talk.hands.now))
    talk.trigger(2)
    assert Status.READY not in talk.said.status
    for number in (1, 2):
        assert Status.ERROR | Status.DIVERT in talk.said.status
        assert talk.said.result == number
        talk.take(number, Disposition.DIVERTED)
    assert talk.faults == ["controller-lost"]


@pytest.mark.parametrize("disposition", [0, 4, 77])
def test_a_tray_of_which_nobody_knows_where_it_went_is_held(talk: Talk, disposition: int) -> None:
    talk.trigger(1)
    talk.decide(0, PASS)
    talk.plc(ACK, acked=1, disposition=disposition)
    assert (talk.ends, talk.faults) == ([(0, End.HELD)], ["plc-untaken"])
    assert talk.said.status & (Status.READY | Status.ERROR | Status.DIVERT) == Status.ERROR | Status.DIVERT


def test_a_plc_that_lets_a_diverted_tray_pass_is_told_off(talk: Talk) -> None:
    talk.trigger(1)
    talk.decide(0, DIVERT)
    talk.take(1, Disposition.PASSED)
    assert (talk.ends, talk.faults) == ([(0, End.HELD)], ["plc-contradicts"])


def test_a_tray_may_be_diverted_or_bypassed_though_it_could_pass(talk: Talk) -> None:
    for place, disposition in enumerate((Disposition.DIVERTED, Disposition.BYPASSED)):
        talk.trigger(place)
        talk.decide(place, PASS)
        talk.take(place, disposition)
    assert talk.ends == [(0, End.DIVERTED), (1, End.BYPASSED)]
    assert talk.faults == []


def test_the_result_of_another_tray_cannot_be_taken(talk: Talk) -> None:
    for number in (1, 2):
        talk.trigger(number)
    talk.decide(0, PASS)
    talk.take(2, Disposition.PASSED)
    assert talk.faults == ["plc-contradicts"]
    assert dict(talk.ends) == {0: End.HELD, 1: End.HELD}


def test_a_number_that_is_still_open_is_not_taken_twice(talk: Talk) -> None:
    talk.trigger(1)
    talk.trigger(1)
    assert talk.faults == ["plc-contradicts"]
    assert dict(talk.ends) == {0: End.HELD, 1: End.HELD}


def test_more_trays_than_there_are_buffers_is_an_overrun(talk: Talk) -> None:
    for number in range(TERMS.trays):
        talk.trigger(number)
    assert Status.READY not in talk.said.status
    talk.trigger(99)
    assert Status.OVERRUN | Status.ERROR | Status.DIVERT in talk.said.status
    assert (len(talk.ends), talk.faults) == (TERMS.trays + 1, ["plc-overrun"])
    talk.happen(PersonAsked(RESET, talk.hands.now))
    assert talk.said.status == Status.READY | Status.CAPTURE_DONE


def test_a_tray_that_is_triggered_while_the_line_is_held_is_held_too(talk: Talk) -> None:
    talk.wait(TERMS.silent_after, beats=False)
    talk.trigger(8)
    assert talk.ends == [(0, End.HELD)]
    assert talk.said.open == 0


def test_a_heart_that_stands_latches_and_a_reset_needs_it_to_beat(talk: Talk) -> None:
    talk.trigger(1)
    talk.wait(TERMS.silent_after, beats=False)
    assert (talk.ends, talk.faults) == ([(0, End.HELD)], ["plc-silent"])
    talk.happen(PersonAsked(RESET, talk.hands.now))
    assert isinstance(talk.heard[-1], Refused)
    talk.plc(IDLE)
    talk.happen(PersonAsked(RESET, talk.hands.now))
    assert Status.READY in talk.said.status


def test_a_heart_that_beats_keeps_a_line_without_trays_alive(talk: Talk) -> None:
    talk.wait(seconds(60))
    assert (talk.faults, Status.READY in talk.said.status) == ([], True)


def test_a_result_that_nobody_takes_latches(talk: Talk) -> None:
    talk.trigger(1)
    talk.decide(0, PASS)
    talk.wait(TERMS.taken_within)
    assert (talk.ends, talk.faults) == ([(0, End.HELD)], ["plc-untaken"])


def test_a_bit_that_stood_before_the_booth_began_is_no_trigger() -> None:
    talk = Talk()
    talk.happen(ControllerIs(True, Instant(0)))
    talk.plc(TRIGGER, 3)
    talk.plc(TRIGGER, 3)
    assert (talk.entered, Status.TRIGGER_ACK in talk.said.status) == ([], False)
    talk.trigger(4)
    assert len(talk.entered) == 1


def test_a_trigger_counts_once_however_long_it_stands(talk: Talk) -> None:
    for _ in range(3):
        talk.plc(TRIGGER, 1)
    assert len(talk.entered) == 1


def test_another_version_is_not_listened_to(talk: Talk) -> None:
    talk.happen(PlcWrote(replace(talk.asked, version=2, command=TRIGGER, tray=9, heartbeat=99), talk.hands.now))
    assert talk.entered == []


def test_a_boot_that_left_trays_open_has_to_be_looked_at() -> None:
    talk = Talk()
    talk.happen(Began(2, False, Instant(0)))
    assert (talk.faults, talk.hands.counts.held, talk.hands.counts.in_flight) == (["keeper-restarted"], 2, 0)


def test_a_reset_needs_a_name(talk: Talk) -> None:
    talk.happen(PersonAsked(RESET, talk.hands.now))
    assert isinstance(talk.heard[-1], Refused)
    talk.wait(TERMS.silent_after, beats=False)
    talk.plc(IDLE)
    talk.happen(PersonAsked(Reset(" ", ""), talk.hands.now))
    assert isinstance(talk.heard[-1], Refused)


WORDS = st.integers(0, 0xFFFF)


@given(st.lists(WORDS, min_size=16, max_size=16))
def test_any_registers_can_be_read(words: list[int]) -> None:
    asked = registers.read(words)
    assert asked.plate.isascii()
    assert 0 <= asked.tray < 1 << 32


def test_a_plate_is_read_high_byte_first() -> None:
    words = [0] * registers.size(registers.COMMANDS)
    words[3:5] = [0x0001, 0x0002]
    words[5:7] = [0x4C50, 0x4E00]
    assert registers.read(words).plate == "LPN"
    assert registers.read(words).tray == 0x10002
    words[5] = 0xFF41
    assert registers.read(words).plate == ""


def test_the_blocks_have_no_holes_and_the_booths_words_lie_where_the_table_says() -> None:
    for block, start in ((registers.COMMANDS, registers.COMMANDS_AT), (registers.STATUS, registers.STATUS_AT)):
        at = start
        for register in block:
            assert register.at == at
            at += register.words
    words = registers.write(Said(0x1FFFF, Status.READY, 0x10002, 0x30004, 0.5, 6, 7))
    assert words == (1, 0xFFFF, 1, 1, 2, 3, 4, 5000, 6, 7)
    assert len(words) == registers.size(registers.STATUS)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("plc"), st.integers(0, 3), st.integers(0, 5), st.integers(0, 5), st.integers(0, 4)),
        st.tuples(st.just("decide"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("controller"), st.booleans()),
        st.tuples(st.just("wait"), st.integers(1, 2500)),
        st.tuples(st.just("reset")),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(EVENTS)
def test_whatever_happens_every_trigger_ends_at_most_once_and_pass_is_only_said_of_a_tray_that_was_passed(
    events: list[tuple[object, ...]],
) -> None:
    talk, passed = Talk(), set[TrayId]()
    for event in events:
        match event:
            case ("plc", int(bits), int(tray), int(acked), int(disposition)):
                talk.plc(Command(bits), tray, acked, disposition)
            case ("decide", int(place), bool(good)) if place < len(talk.entered):
                open_now = {tray.id for tray in talk.hands.trays if tray.result is None}
                if good and talk.entered[place] in open_now:
                    passed.add(talk.entered[place])
                talk.decide(place, PASS if good else DIVERT)
            case ("controller", bool(present)):
                talk.happen(ControllerIs(present, talk.hands.now))
            case ("wait", int(span)):
                talk.happen(Tick(after(talk.hands.now, ms(span))))
            case ("reset",):
                talk.happen(PersonAsked(RESET, talk.hands.now))
        shown = [tray.id for tray in talk.hands.trays if tray.number == talk.said.result]
        assert Status.PASS not in talk.said.status or (
            Status.RESULT_VALID in talk.said.status and shown[0] in passed and Status.DIVERT not in talk.said.status
        )
        assert Status.ERROR not in talk.said.status or Status.DIVERT in talk.said.status
    ended = [place for place, _ in talk.ends]
    assert len(ended) == len(set(ended))
    counts = talk.hands.counts
    assert counts.entered == len(talk.entered)
    assert counts.in_flight == len(talk.hands.trays) == counts.entered - len(ended)
    assert all(talk.entered[place] in passed for place, end in talk.ends if end is End.PASSED)
