"""The controller between a scripted line and scripted cameras, in virtual time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from booth.faults import Occurrence
from booth.inspection.controller import TRAYS_AT_ONCE, Controller, Finished
from booth.inspection.examination import Examined
from booth.inspection.state import ControllerState
from booth.inspection.station import Capture, Station
from booth.line import wire
from booth.line.relay import LineLost
from booth.scoring.products.identity import Identity
from booth.scoring.scorer import Scored
from booth.settings import load
from booth.tray import Counts, TrayId, Verdict, tray_id
from drivers.clock import pause
from drivers.errors import LinkLost
from drivers.units import Instant, Millimetres, after, ms, seconds
from tests.inspection.devices import CLOCK, Eye, Lamp, play

SETTINGS = load(Path("config/sim.yaml"))
HOLD = ms(SETTINGS.conveyor.station_hold_ms)


@dataclass
class Examiner:
    """Finds the same score in everything."""

    score: float = 0.0
    problem: Occurrence | None = None

    def examine(self, capture: Capture, now: datetime, plate: str | None = None) -> Examined:
        if self.problem:
            return Examined((), problem=self.problem)
        return Examined((), scored=Scored(self.score, (("appearance", self.score),), ()))


@dataclass
class Booth:
    """A controller that runs; `says` puts a keeper's message to it, `sent` is what it answered."""

    examiner: Examiner = field(default_factory=Examiner)
    sent: list[wire.CaptureDone | wire.Decision] = field(default_factory=list)
    entered_trays: list[TrayId] = field(default_factory=list)
    done: list[Finished] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    deaf: bool = False

    def __post_init__(self) -> None:
        self.left, self.lamp = Eye("left"), Lamp()
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        station = Station({"left": self.left}, {"ring": self.lamp}, CLOCK, self.raised, self.cleared)
        self.controller = Controller(SETTINGS, station, self, CLOCK, self, self)

    # what it is to the controller: a line, a book, a place to tell faults

    async def messages(self) -> AsyncIterator[wire.LineMessage | LineLost]:
        while True:
            yield await self.heard.get()

    async def send(self, message: wire.CaptureDone | wire.Decision) -> None:
        if self.deaf:
            raise LinkLost("nobody hears")
        self.sent.append(message)

    def entered(self, entered: wire.TrayEntered) -> None:
        self.entered_trays.append(entered.tray)

    def finished(self, finished: Finished) -> None:
        self.done.append(finished)

    def ended(self, ended: wire.TrayEnded) -> None:
        """Nothing to write down."""

    def raised(self, occurrence: Occurrence) -> None:
        self.faults.append(occurrence.code)

    def cleared(self, occurrence: Occurrence) -> None:
        """Nothing to write down."""

    # what a test does with it

    async def tray(self, number: int = 1) -> TrayId:
        tray = tray_id(1, number)
        await self.says(wire.TrayEntered(tray, CLOCK.now(), after(CLOCK.now(), seconds(2))))
        return tray

    async def at_station(self, tray: TrayId) -> None:
        await self.says(wire.TrayAt(tray, "station", CLOCK.now(), Millimetres(150)))

    async def says(self, message: Any) -> None:
        self.heard.put_nowait(message)
        await pause(CLOCK, ms(1))

    def is_lit(self) -> bool:
        return self.lamp.lit

    def verdicts(self) -> list[tuple[TrayId, Verdict]]:
        return [(m.tray, m.judgement.verdict) for m in self.sent if isinstance(m, wire.Decision)]

    def reasons(self) -> list[str]:
        return [reason.code for finished in self.done for reason in finished.judgement.reasons]


def with_booth(story: Callable[[Booth], Awaitable[None]], **given: Any) -> Booth:
    booths: list[Booth] = []

    async def run() -> None:
        booth = Booth(**given)
        booths.append(booth)
        await booth.controller.open()
        running = asyncio.ensure_future(booth.controller.run(booth.examiner))  # type: ignore[arg-type]
        await booth.says(wire.Status(wire.LineState.IDLE, Counts(), ()))
        try:
            await story(booth)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    play(run())
    return booths[0]


def test_what_its_label_says_goes_with_a_tray_into_its_record_unless_it_was_taken_back() -> None:
    async def story(booth: Booth) -> None:
        for number, words in enumerate((("LPN1",), ("LPN2", None), ())):
            tray = await booth.tray(number)
            for plate in words:
                await booth.says(wire.TrayIdentified(tray, plate))
            await booth.says(wire.TrayIdentified(tray_id(1, 99), "LPN9"))
            await booth.at_station(tray)
            await pause(CLOCK, ms(600))
        assert [finished.plate for finished in booth.done] == ["LPN1", None, None]

    with_booth(story)


def test_a_plate_that_is_taken_back_while_its_tray_is_scored_tells_no_product() -> None:
    @dataclass
    class Slow(Examiner):
        """While it looks, a second label contradicts the first one."""

        taken_back: bool = False

        def examine(self, capture: Capture, now: datetime, plate: str | None = None) -> Examined:
            if self.taken_back:
                for cycle in booths[0].controller._cycles.values():
                    cycle.plate = None
            identity = Identity("tea", "plate")
            return Examined((), scored=Scored(0.0, (("appearance", 0.0),), (), identity=identity))

    booths: list[Booth] = []

    async def story(booth: Booth) -> None:
        booths.append(booth)
        tray = await booth.tray()
        await booth.says(wire.TrayIdentified(tray, "LPN1"))
        await booth.at_station(tray)
        await pause(CLOCK, ms(600))

    for taken_back, product in ((False, "tea"), (True, None)):
        booths.clear()
        (finished,) = with_booth(story, examiner=Slow(taken_back=taken_back)).done
        assert finished.examined is not None
        assert finished.examined.scored is not None
        assert finished.examined.scored.identity.product == product


def test_a_tray_is_looked_at_let_go_scored_and_judged_in_that_order() -> None:
    async def story(booth: Booth) -> None:
        tray = await booth.tray()
        await pause(CLOCK, ms(500))
        await booth.at_station(tray)
        await pause(CLOCK, ms(100))
        assert [type(message).__name__ for message in booth.sent] == ["CaptureDone", "Decision"]
        assert booth.verdicts() == [(tray, Verdict.PASS)]
        assert booth.controller.state is ControllerState.READY

    with_booth(story)


def test_a_score_at_the_threshold_diverts() -> None:
    async def story(booth: Booth) -> None:
        await booth.at_station(await booth.tray())
        await pause(CLOCK, ms(100))
        assert [verdict for _, verdict in booth.verdicts()] == [Verdict.DIVERT]

    with_booth(story, examiner=Examiner(SETTINGS.recipe.thresholds[0].divert_at))


def test_another_examiner_is_for_the_captures_that_come_after_it() -> None:
    async def story(booth: Booth) -> None:
        await booth.at_station(await booth.tray(1))
        await pause(CLOCK, ms(100))
        booth.controller.use(Examiner(1.0))  # type: ignore[arg-type]
        await booth.at_station(await booth.tray(2))
        await pause(CLOCK, ms(100))
        assert [verdict for _, verdict in booth.verdicts()] == [Verdict.PASS, Verdict.DIVERT]

    with_booth(story)


def test_no_picture_is_waited_for_once_the_stop_has_let_the_tray_go() -> None:
    async def story(booth: Booth) -> None:
        tray = await booth.tray()
        await pause(CLOCK, ms(500))
        begun = CLOCK.now()
        await booth.at_station(tray)
        await pause(CLOCK, ms(100))
        assert booth.left.asked_until == after(begun, HOLD)

    with_booth(story)


def test_a_tray_that_never_comes_to_the_station_is_diverted_at_its_deadline() -> None:
    async def story(booth: Booth) -> None:
        tray = await booth.tray()
        await pause(CLOCK, seconds(1.9))
        assert booth.verdicts() == []
        await pause(CLOCK, seconds(0.2))
        assert booth.verdicts() == [(tray, Verdict.DIVERT)]

    assert with_booth(story).reasons() == ["deadline-missed"]


def test_a_deadline_in_the_middle_of_a_capture_leaves_no_light_on_and_no_task_behind() -> None:
    async def story(booth: Booth) -> None:
        tray = await booth.tray()
        before = len(asyncio.all_tasks()) - 1  # less the watch over this tray's deadline
        await pause(CLOCK, seconds(1.98))
        await booth.at_station(tray)
        await pause(CLOCK, ms(10))
        assert booth.is_lit()
        await pause(CLOCK, ms(30))
        assert booth.verdicts() == [(tray, Verdict.DIVERT)]
        assert not booth.is_lit()
        assert len(asyncio.all_tasks()) == before

    with_booth(story)


def test_the_deadline_of_a_tray_that_was_judged_is_watched_no_longer() -> None:
    async def story(booth: Booth) -> None:
        before = len(asyncio.all_tasks())
        await booth.at_station(await booth.tray())
        await pause(CLOCK, ms(100))
        assert len(asyncio.all_tasks()) == before

    with_booth(story)


def test_more_trays_than_the_booth_can_follow_are_diverted_and_told() -> None:
    async def story(booth: Booth) -> None:
        for number in range(TRAYS_AT_ONCE + 1):
            await booth.tray(number)
        assert booth.verdicts() == [(tray_id(1, TRAYS_AT_ONCE), Verdict.DIVERT)]

    booth = with_booth(story)
    assert booth.reasons()[0] == "queue-full"
    assert booth.faults[0] == "queue-full"


def test_an_unscorable_tray_is_diverted_and_its_fault_is_told_with_its_tray() -> None:
    async def story(booth: Booth) -> None:
        await booth.at_station(await booth.tray())
        await pause(CLOCK, ms(100))

    booth = with_booth(story, examiner=Examiner(problem=Occurrence("quality-poor", device="left", detail="it is dark")))
    assert booth.faults == ["quality-poor"]
    assert booth.done[0].judgement.verdict is Verdict.DIVERT
    assert tray_id(1, 1) in Occurrence("quality-poor", tray_id(1, 1), "left", "it is dark").text()


def test_a_lost_line_ends_every_tray_unheard_and_says_nothing_to_nobody() -> None:
    async def story(booth: Booth) -> None:
        await booth.tray(1)
        await booth.tray(2)
        await booth.says(LineLost())
        assert booth.sent == []
        assert [finished.heard for finished in booth.done] == [False, False]
        assert booth.controller.state is ControllerState.INITIALIZED

    with_booth(story)


def test_a_verdict_that_nobody_heard_is_kept_as_unheard() -> None:
    async def story(booth: Booth) -> None:
        booth.deaf = True
        await booth.at_station(await booth.tray())
        await pause(CLOCK, ms(100))

    booth = with_booth(story)
    assert [finished.heard for finished in booth.done] == [False]


def test_a_tray_at_the_station_that_never_entered_is_passed_over() -> None:
    async def story(booth: Booth) -> None:
        await booth.at_station(tray_id(9, 9))
        await pause(CLOCK, ms(100))
        assert booth.sent == []

    with_booth(story)


def test_a_stop_diverts_what_is_under_way_and_what_still_comes() -> None:
    async def story(booth: Booth) -> None:
        first = await booth.tray(1)
        await booth.controller.stop()
        second = await booth.tray(2)
        assert booth.verdicts() == [(first, Verdict.DIVERT), (second, Verdict.DIVERT)]
        assert booth.controller.state is ControllerState.HALTED

    with_booth(story)


def test_latency_runs_from_the_entry_edge_to_the_verdict() -> None:
    async def story(booth: Booth) -> None:
        tray = await booth.tray()
        await pause(CLOCK, ms(500))
        await booth.at_station(tray)
        await pause(CLOCK, ms(100))
        (finished,) = booth.done
        assert finished.latency == finished.judged_at - finished.entered_at
        assert finished.entered_at < Instant(ms(10))
        assert finished.deciding is not None
        assert finished.deciding < finished.latency

    with_booth(story)
