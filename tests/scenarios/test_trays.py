"""Trays from the entry sensor to their end, through the real keeper, controller and world, in virtual time.

The ends are judged by where the world's trays physically went, not by the booth's own account.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

from booth.assembly.virtual import VirtualBooth
from booth.records.journal import read_trays
from booth.scoring.products.identity import NOTHING_WRITTEN
from drivers.clock import LoopClock, pause
from drivers.units import seconds
from fakes.line.labels import plate
from fakes.plan import PlannedFault
from tests.scenarios.booths import BlotScorer, Notebook, play, settings_in


def send(trays: int, *faults: PlannedFault):  # type: ignore[no-untyped-def]
    async def story(booth: VirtualBooth) -> None:
        for fault in faults:
            booth.world.floor.inject(fault)
        await booth.send_trays(trays)

    return story


def adds_up(booth: VirtualBooth) -> bool:
    counts = booth.account.counts
    return counts.entered == counts.passed + counts.diverted + counts.held + counts.bypassed and not counts.in_flight


def passed_without_a_verdict(shown: Notebook) -> list[str]:
    """Trays that left by the pass lane, by the world's word, and had no PASS."""
    lines = [row.line() for row in shown.rows]
    return [line["tray_id"] for line in lines if line["truth"]["went"] == "passed" and line["verdict"] != "PASS"]


def test_sound_trays_pass_and_damaged_ones_are_diverted(tmp_path: Path) -> None:
    shown, booth = play(tmp_path, send(20), damaged=0.4)
    assert len(shown.rows) == 20
    assert adds_up(booth)
    for row in shown.rows:
        assert row.truth is not None
        assert row.line()["end"] == ("DIVERTED" if row.truth["damaged"] else "PASSED")
    assert set(shown.ends()) == {"PASSED", "DIVERTED"}


def test_every_tray_is_in_the_journal_with_its_end_and_its_grounds(tmp_path: Path) -> None:
    shown, booth = play(tmp_path, send(6), damaged=0.5, unread=0.3)
    assert {row.line()["plate"] for row in shown.rows} == {None, plate({"product": "box"})}
    kept = {tray.tray: tray for tray in read_trays(tmp_path / "state" / "journal.sqlite")}
    assert kept.keys() == {row.tray for row in shown.rows}
    for row in shown.rows:
        judged, ended = kept[row.tray].judged, kept[row.tray].ended
        assert judged is not None
        assert ended is not None
        assert ended.end.value == row.line()["end"]
        assert judged.judgement.score == row.line()["score"]
        assert judged.plate == row.line()["plate"]
        assert judged.simulated
        assert judged.pack.sha256 == booth.foundation.grounds.pack.sha256


def test_a_diverted_tray_leaves_its_pictures_and_a_passed_one_does_not(tmp_path: Path) -> None:
    shown, _ = play(tmp_path, send(8), damaged=0.5)
    diverted = {row.tray for row in shown.rows if row.line()["end"] == "DIVERTED"}
    folder = tmp_path / "state" / "evidence"
    assert diverted
    assert {path.name for path in folder.iterdir()} == diverted
    for tray in diverted:
        assert {"left.view.png", "right.view.png", "record.json"} <= {path.name for path in (folder / tray).iterdir()}


def test_a_camera_that_never_answers_costs_its_tray_and_the_next_one_is_judged(tmp_path: Path) -> None:
    shown, _ = play(tmp_path, send(4, PlannedFault("frame-dropped", "left", after_trays=2)), damaged=0.0)
    assert shown.ends() == ["PASSED", "DIVERTED", "PASSED", "PASSED"]
    assert shown.reasons()[1] & {"camera-silent", "deadline-missed"}


def test_a_stale_frame_costs_its_tray(tmp_path: Path) -> None:
    shown, _ = play(tmp_path, send(3, PlannedFault("frame-stale", "right", after_trays=2)), damaged=0.0)
    assert shown.ends() == ["PASSED", "DIVERTED", "PASSED"]
    assert "frame-stale" in shown.reasons()[1]


def test_an_unplugged_camera_diverts_every_tray_until_it_is_back(tmp_path: Path) -> None:
    lost = PlannedFault("camera-lost", "left", after_trays=2, lasts_ms=6000)
    shown, booth = play(tmp_path, send(8, lost), damaged=0.0)
    assert adds_up(booth)
    assert shown.ends()[0] == shown.ends()[-1] == "PASSED"
    assert 1 <= shown.ends().count("DIVERTED") <= 4
    assert shown.faults.count(("camera-lost", True)) >= 1
    assert ("camera-lost", False) in shown.faults


def test_a_score_that_cannot_be_had_diverts_and_the_booth_goes_on(tmp_path: Path) -> None:
    class Broken(BlotScorer):
        def score(self, views, labels=NOTHING_WRITTEN):  # type: ignore[no-untyped-def]
            if self.scored == 2:  # the first was the warm-up, the second the first tray
                self.scored += 1
                raise ZeroDivisionError("a mistake of ours")
            return super().score(views, labels)

    shown, _ = play(tmp_path, send(4), Broken(), damaged=0.0)
    assert shown.ends() == ["PASSED", "DIVERTED", "PASSED", "PASSED"]
    assert "score-failed" in shown.reasons()[1]


def test_a_controller_that_is_killed_costs_good_trays_and_lets_no_bad_one_pass(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        sending = asyncio.ensure_future(booth.send_trays(12))
        await pause(booth.clock, seconds(9))
        await booth.kill("controller")
        await pause(booth.clock, seconds(9))
        await booth.start_controller()
        await sending

    shown, booth = play(tmp_path, story, damaged=0.4)
    assert len(shown.rows) == 12
    assert adds_up(booth)
    assert passed_without_a_verdict(shown) == []
    unjudged = [row for row in shown.rows if row.judged is None]
    assert unjudged
    assert {row.line()["end"] for row in unjudged} == {"DIVERTED"}
    assert all(row.line()["late"] for row in unjudged)


def test_a_keeper_that_is_killed_holds_the_trays_it_had_until_a_person_comes(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(4)
        await pause(booth.clock, seconds(6))
        open_trays = set(booth.account.open)
        assert open_trays
        await booth.kill("keeper")
        await pause(booth.clock, seconds(1))
        await booth.start_keeper()
        await pause(booth.clock, seconds(5))
        assert not booth.account.open

    shown, _ = play(tmp_path, story, damaged=0.0)
    assert "HELD" in shown.ends()
    assert ("keeper-restarted", True) in shown.faults
    assert passed_without_a_verdict(shown) == []


def test_a_divert_that_nobody_confirms_holds_the_line(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.inject(PlannedFault("confirm-missing"))
        await booth.send_trays(5, within=60)

    shown, booth = play(tmp_path, story, damaged=1.0)
    assert shown.ends()[0] == "HELD"
    assert not booth.world.floor.line.running
    assert ("confirm-missing", True) in shown.faults


def test_a_gate_that_sticks_at_pass_is_noticed_at_the_first_divert(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        await booth.send_trays(1)
        booth.world.floor.turn_bypass(True)
        await pause(booth.clock, seconds(1))
        booth.world.floor.inject(PlannedFault("gate-stuck"))
        booth.world.floor.turn_bypass(False)
        await pause(booth.clock, seconds(1))
        await booth.send_trays(3, within=60)

    class Suspicious(BlotScorer):
        def score(self, views, labels=NOTHING_WRITTEN):  # type: ignore[no-untyped-def]
            found = super().score(views, labels)
            return found if self.scored <= 2 else type(found)(1.0, (("appearance", 1.0),), found.reasons)

    shown, booth = play(tmp_path, story, Suspicious(), damaged=0.0)
    assert shown.ends()[0] == "PASSED"
    assert "HELD" in shown.ends()
    assert "DIVERTED" not in shown.ends()
    assert not booth.world.floor.line.running


def test_a_bouncing_entry_sensor_does_not_make_two_trays_of_one(tmp_path: Path) -> None:
    shown, booth = play(tmp_path, send(4, PlannedFault("sensor-bounce", "entry", times=4)), damaged=0.0)
    assert shown.ends() == ["PASSED"] * 4
    assert adds_up(booth)


def test_trays_under_the_bypass_key_end_bypassed(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.turn_bypass(True)
        await booth.send_trays(3)
        booth.world.floor.turn_bypass(False)
        await booth.send_trays(2)

    shown, _ = play(tmp_path, story, damaged=0.0)
    assert shown.ends() == ["BYPASSED"] * 3 + ["PASSED"] * 2


def test_a_stop_diverts_what_is_under_way_and_leaves_the_booth_dark(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        booth.world.floor.feed(1)
        while not booth.account.open:
            await pause(booth.clock, seconds(0.05))
        booth.stop.set()
        await booth.running["controller"]
        await pause(booth.clock, seconds(10))
        assert set(booth.world.floor.look()["lamps"].values()) == {0.0}

    shown, _ = play(tmp_path, story, damaged=0.0)
    assert shown.ends() == ["DIVERTED"]


def test_a_calibration_that_grows_old_while_the_booth_runs_lets_no_further_tray_pass(tmp_path: Path) -> None:
    until = LoopClock.EPOCH + timedelta(seconds=8)
    shown, _ = play(tmp_path, send(5), valid_until=until, damaged=0.0)
    assert shown.ends()[0] == "PASSED"
    assert shown.ends()[-1] == "DIVERTED"
    assert shown.ends() == sorted(shown.ends(), reverse=True)
    assert "calibration-expired" in shown.reasons()[-1]


def test_the_lamps_are_off_between_trays(tmp_path: Path) -> None:
    async def story(booth: VirtualBooth) -> None:
        await booth.send_trays(2)
        await pause(booth.clock, seconds(1))
        assert set(booth.world.floor.look()["lamps"].values()) == {0.0}

    play(tmp_path, story, damaged=0.0)


def test_a_picture_that_is_too_dark_is_not_judged(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    dark = settings.recipe.shots[0].model_copy(update={"exposure_ms": 0.05})
    settings = settings.model_copy(update={"recipe": settings.recipe.model_copy(update={"shots": (dark,)})})
    shown, _ = play(tmp_path, send(2), settings=settings, damaged=0.0)
    assert shown.ends() == ["DIVERTED"] * 2
    assert all("quality-poor" in reasons for reasons in shown.reasons())


def test_a_verdict_that_is_due_before_the_tray_was_seen_is_a_divert(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, verdict_due_ms=520.0)
    shown, _ = play(tmp_path, send(2), settings=settings, damaged=0.0)
    assert shown.ends() == ["DIVERTED"] * 2
    assert all("deadline-missed" in reasons for reasons in shown.reasons())


def test_nobody_at_the_belt_means_no_end_is_made_up(tmp_path: Path) -> None:
    shown, booth = play(tmp_path, send(0), damaged=0.0)
    assert shown.rows == []
    assert booth.account.counts.entered == 0
