"""A label goes to the tray that was under the scanner, judged by where the simulated belt had its trays, or to none."""

from dataclasses import dataclass, field, replace
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from booth.line.belt import Travel, by_time
from booth.line.labels import LATEST, place
from booth.line.line import Command, LabelRead, Line, LineEvent, Ready, ScannerThere, Tick, Tray
from booth.line.messages import FaultCleared, FaultRaised, LineState, TrayEntered, TrayIdentified
from booth.line.table import TrayState
from booth.line.tracker import track
from booth.tray import TrayId, tray_id
from drivers.units import Duration, Instant, ms, seconds
from fakes.line.conveyor import FM_PER_MM, Happening, UnderScanner
from tests.core.tracker_line import LAYOUT, PASS_IN_TIME, PATIENT, Plan, Play, Trouble, mm

NARROW, WIDE = (60, 180), (10, 900)
"""From where to where a tray is while its label may be read, in mm. Two trays may be in the wide one."""

COARSE = 7
"""How far the tracker's idea of a tray may be off on a belt that stops, in mm: what it runs between two samples."""


@dataclass
class Labelled(Play):
    """Each tray's own label is read as it passes, and strays at any time: (when, how late they are told), in ms.
    `there`: by the label's text, where each tray was then, by the world."""

    window: tuple[int, int] = NARROW
    strays: tuple[tuple[int, int], ...] = ()
    late: int = 0
    there: dict[str, dict[int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        opens, ends = self.window
        self.layout = replace(LAYOUT, label=(mm(opens), mm(ends)))
        super().__post_init__()
        for number, (when, late) in enumerate(self.strays):
            self.at(ms(when), partial(self.scan, f"stray-{number}", late))

    def happen(self, happenings: list[Happening]) -> None:
        super().happen(happenings)
        for happening in happenings:
            if isinstance(happening, UnderScanner):
                self.scan(f"tray-{happening.number}", self.late)

    def scan(self, text: str, late: int) -> None:
        self.there[text] = {tray.number: tray.lead / FM_PER_MM for tray in self.belt._trays if tray.entered}
        read = LabelRead(text, self.now, Duration(0))
        self.at(self.now + ms(late), lambda: self.tell(read))

    def tell(self, read: LabelRead) -> None:
        self.feed(Tick(self.now))
        self.feed(read)

    # --- what came of it

    @property
    def commands(self) -> list[Command]:
        return [command for _, _, commands in self.told for command in commands]

    @property
    def numbers(self) -> dict[TrayId, int]:
        """Which of the world's trays the tracker's are."""
        by_entry = {at: number for number, at in self._entries.items()}
        return {told.tray: by_entry[told.entered_at] for told in self.commands if isinstance(told, TrayEntered)}

    @property
    def given(self) -> dict[str, list[int]]:
        """By the label's text, the trays that it was given to."""
        found: dict[str, list[int]] = {}
        for told in self.commands:
            if isinstance(told, TrayIdentified) and told.plate is not None:
                found.setdefault(told.plate, []).append(self.numbers[told.tray])
        return found

    @property
    def faults(self) -> list[str]:
        return [told.code for told in self.commands if isinstance(told, FaultRaised)]

    def may_have(self, text: str) -> set[int]:
        opens, ends = self.window
        return {n for n, at in self.there[text].items() if opens - COARSE <= at <= ends + COARSE}

    def must_have(self, text: str) -> set[int]:
        opens, ends = self.window
        return {n for n, at in self.there[text].items() if opens + COARSE <= at <= ends - COARSE}


STRAYS = st.lists(st.tuples(st.integers(1500, 14_000), st.integers(0, 50)), max_size=6).map(tuple)


@given(PATIENT, st.integers(0, 50))
@settings(max_examples=25)
def test_every_tray_gets_its_own_label_however_late_it_is_told_and_wherever_the_belt_stops(
    plan: Plan, late: int
) -> None:
    play = Labelled(plan, late=late)
    play.run()
    assert play.given == {f"tray-{number}": [number] for number in play.numbers.values()}
    assert "plate-unbound" not in play.faults


@given(PATIENT, STRAYS, st.sampled_from((NARROW, WIDE)))
@settings(max_examples=60)
def test_a_label_goes_to_one_tray_at_most_which_was_there_alone_and_two_leave_it_without_a_plate(
    plan: Plan, strays: tuple[tuple[int, int], ...], window: tuple[int, int]
) -> None:
    play = Labelled(plan, window=window, strays=strays)
    play.run()
    given = play.given
    for text, trays in given.items():
        assert len(trays) == 1
        assert set(trays) <= play.may_have(text)
        assert play.must_have(text) <= set(trays)
    read_on: dict[int, int] = {}
    for text in play.there:
        if len(play.must_have(text)) == 1 and play.may_have(text) == play.must_have(text):
            read_on[min(play.must_have(text))] = read_on.get(min(play.must_have(text)), 0) + 1
    last = {play.numbers[told.tray]: told.plate for told in play.commands if isinstance(told, TrayIdentified)}
    for number, times in read_on.items():
        assert number in last, "a label that was read on one tray alone was given to nobody"
        assert times == 1 or last[number] is None, "a tray with two labels kept a plate"


TROUBLED = Plan(says=(PASS_IN_TIME,) * 3, troubles=(Trouble(2500, "lost"),))


def test_while_the_line_is_held_labels_are_a_persons_and_nobodys_fault() -> None:
    play = Labelled(TROUBLED, strays=((2480, 0), (2600, 0), (2800, 10)))
    play.run()
    assert "plate-unbound" not in play.faults
    assert not any(text.startswith("stray") for text in play.given)


# --- one line, one tray


def begun(indexed: bool = False, *trays: Tray) -> Line:
    layout = replace(LAYOUT, indexed=indexed, label=(mm(60), mm(180)))
    belt = by_time(layout.pace)
    line, _ = track(Line(layout, boot=1), Ready(Instant(0)))
    return replace(line, state=LineState.EXECUTE, trays=trays, belt=belt, sequence=len(trays))


def tray(number: int, entered_ms: float, state: TrayState = TrayState.TRAVELLING) -> Tray:
    at = Instant(ms(entered_ms))
    origin = by_time(LAYOUT.pace).at(at)
    return Tray(tray_id(1, number), state, at, at, Travel(0), origin, at, entered=origin)


def told(line: Line, *events: LineEvent) -> list[Command]:
    told_so_far: list[Command] = []
    now = line
    for event in events:
        now, commands = track(now, event)
        told_so_far += [each for each in commands if isinstance(each, TrayIdentified | FaultRaised | FaultCleared)]
    return told_so_far


def read(text: str, at_ms: float) -> LabelRead:
    return LabelRead(text, Instant(ms(at_ms)), ms(1))


def codes(commands: list[Command]) -> list[str]:
    return [each.code for each in commands if isinstance(each, FaultRaised)]


def test_a_label_is_judged_once_its_trays_edge_has_surely_been_heard_and_not_before() -> None:
    line, commands = track(begun(False, tray(1, 0)), read("LPN1", 400))
    assert commands == ()
    assert told(line, Tick(Instant(ms(459)))) == []
    assert told(line, Tick(Instant(ms(460)))) == [TrayIdentified(tray_id(1, 1), "LPN1")]


def test_the_same_label_again_is_nothing_new_and_another_takes_the_plate_back_for_good() -> None:
    again = (read("LPN1", 300), read("LPN1", 400), Tick(Instant(ms(480))))
    assert told(begun(False, tray(1, 0)), *again) == [TrayIdentified(tray_id(1, 1), "LPN1")]
    other = (*again, read("LPN2", 480), read("LPN3", 500), Tick(Instant(ms(600))))
    commands = told(begun(False, tray(1, 0)), *other)
    assert codes(commands) == ["plate-contradicts"]
    identified = [each.plate for each in commands if isinstance(each, TrayIdentified)]
    assert identified == ["LPN1", None]


def test_a_label_between_two_trays_in_the_window_is_nobodys() -> None:
    close = begun(False, tray(1, 0), tray(2, 300))
    commands = told(close, read("LPN1", 550), Tick(Instant(ms(700))))
    assert codes(commands) == ["plate-unbound"]
    assert len(commands) == 1


def test_a_label_of_no_trays_and_one_told_too_late_are_counted() -> None:
    early, late = read("LPN1", 100), read("LPN2", 400)
    assert codes(told(begun(False, tray(1, 0)), early, Tick(Instant(ms(200))))) == ["plate-unbound"]
    assert codes(told(begun(False, tray(1, 0)), Tick(Instant(ms(401) + LATEST)), late)) == ["plate-unbound"]


def test_a_tray_that_the_stop_holds_is_at_the_stop_also_when_it_has_been_let_go_since() -> None:
    standing = tray(1, 0, TrayState.STANDING)
    let_go = replace(
        standing, state=TrayState.TRAVELLING, seen=Instant(ms(2000)), ahead=LAYOUT.to_station, origin=mm(450)
    )
    for there in (standing, let_go):
        line = begun(True, there)
        assert place(line, there, Instant(ms(1900))) == LAYOUT.to_station
        assert place(line, there, Instant(ms(300))) == mm(90)
    assert place(begun(True, let_go), let_go, Instant(ms(2100))) == mm(180)


def test_a_scanner_that_is_lost_is_said_and_holds_nothing() -> None:
    line = begun(False, tray(1, 0))
    line, lost = track(line, ScannerThere(False, "its cable", Instant(ms(10))))
    assert codes(list(lost)) == ["scanner-lost"]
    assert line.state is LineState.EXECUTE
    _, back = track(line, ScannerThere(True, "-", Instant(ms(20))))
    assert FaultCleared("scanner-lost", Instant(ms(20))) in back


def test_a_line_without_a_scanner_hears_no_labels() -> None:
    line = replace(begun(False, tray(1, 0)), layout=LAYOUT)
    assert told(line, read("LPN1", 400), Tick(Instant(seconds(1)))) == []
