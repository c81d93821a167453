"""What each fault does, as the devices of the simulated booth show it."""

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from drivers.clock import pause
from drivers.errors import DeviceLost, DeviceMissing, ReadTimeout, StaleFrame
from drivers.links import Message
from drivers.protocols import GatePosition
from drivers.units import after, as_ms, ms, seconds
from fakes.devices import camera, gate, light, tray_sensor
from fakes.faults import TABLE, Kind, read
from fakes.faults.injection import Struck
from fakes.plan import PlannedFault
from tests.drivers.virtual import CLOCK, PLAN, Cables
from tests.fakes.test_faults import EVERY
from tests.fakes.test_world import armed_camera, brightness, in_the_world, line, next_truth, shot


async def fault(booth: Cables, name: str, where: str = "", **words: Any) -> None:
    assert (await booth.tell(kind="fault", name=name, where=where, **words))["kind"] == "done"


async def counted(booth: Cables, span_s: float) -> int:
    """By how much the encoder went on while so much time went by."""
    channel = await booth.world.dial()
    await channel.send(Message({"role": "encoder"}))
    assert (await channel.receive()).head["counts_per_mm"] == 10
    counts = []
    for _ in range(2):
        await channel.send(Message({"kind": "read", "ask": 1}))
        counts.append((await channel.receive()).head)
        await pause(CLOCK, seconds(span_s))
    await channel.close()
    assert counts[1]["at"] - counts[0]["at"] == seconds(span_s)
    return int(counts[1]["count"] - counts[0]["count"])


def test_a_dropped_frame_never_arrives_and_the_next_one_does() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await fault(booth, "frame-dropped", "left")
            with pytest.raises(ReadTimeout):
                await shot(eye)
            await shot(eye)

    in_the_world(scenario)


def test_a_late_frame_comes_so_much_later() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            spans = []
            for _ in range(2):
                began = CLOCK.now()
                await shot(eye)
                spans.append(as_ms(CLOCK.now() - began))  # type: ignore[arg-type]
                await fault(booth, "frame-late", "left", amount=250)
            assert spans[1] - spans[0] == pytest.approx(250)

    in_the_world(scenario)


def test_a_repeated_frame_has_a_new_counter_and_an_old_stamp_and_picture() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            first = await shot(eye)
            await fault(booth, "frame-repeated", "left")
            again, fresh = await shot(eye), await shot(eye)
            assert (again.sequence, again.exposed_at) == (first.sequence + 1, first.exposed_at)
            assert np.array_equal(again.colour, first.colour)  # type: ignore[arg-type]
            assert fresh.exposed_at > again.exposed_at
            assert not np.array_equal(fresh.colour, first.colour)  # type: ignore[arg-type]

    in_the_world(scenario)


def test_a_counter_that_is_stuck_makes_every_frame_stale_until_the_spell_is_over() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await shot(eye)
            await fault(booth, "counter-stuck", "left", lasts_ms=500)
            for _ in range(3):
                with pytest.raises(StaleFrame):
                    await shot(eye)
            await pause(CLOCK, ms(500))
            await shot(eye)

    in_the_world(scenario)


def test_a_saturated_frame_is_white_where_there_is_light() -> None:
    async def scenario(booth: Cables) -> None:
        lamp = light.make({"lamp": "ring"}, booth.bench("ring"))
        await lamp.open()
        await CLOCK.sleep_until(await lamp.on(1.0))
        async with armed_camera(booth) as eye:
            await fault(booth, "saturated", "left")
            assert brightness(await shot(eye)) == 255
            assert brightness(await shot(eye)) < 200
        await lamp.close()

    in_the_world(scenario)


def test_a_camera_is_lost_at_its_moment_without_being_asked() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await pause(CLOCK, seconds(2))
            with pytest.raises(DeviceLost):
                await eye.trigger()

    in_the_world(scenario, replace(PLAN, faults=(PlannedFault("camera-lost", "left", at_ms=1000, lasts_ms=100),)))


def test_a_camera_that_hangs_in_stop_is_taken_until_it_comes_back() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await fault(booth, "camera-hung-in-stop", "left", lasts_ms=4000)
            with pytest.raises(TimeoutError):
                async with CLOCK.deadline(after(CLOCK.now(), seconds(1))):
                    await eye.close()
            with pytest.raises(DeviceMissing, match="hangs"):
                await eye.open()
            await pause(CLOCK, seconds(4))
            await eye.open()

    in_the_world(scenario)


@pytest.mark.parametrize(("name", "words", "share"), [("light-dead", {}, 0.0), ("light-dim", {"amount": 0.4}, 0.4)])
def test_a_failing_lamp_says_that_all_is_well_and_gives_less(name: str, words: dict[str, float], share: float) -> None:
    async def scenario(booth: Cables) -> None:
        lamp = light.make({"lamp": "ring"}, booth.bench("ring"))
        await lamp.open()
        await fault(booth, name, "ring", lasts_ms=1000, **words)
        await CLOCK.sleep_until(await lamp.on(1.0))
        assert (await booth.tell(kind="look"))["lamps"]["ring"] == pytest.approx(share)
        await pause(CLOCK, seconds(2))
        assert (await booth.tell(kind="look"))["lamps"]["ring"] == 1
        await lamp.close()

    in_the_world(scenario)


def test_a_slow_lamp_has_not_risen_when_it_says_that_it_is_settled() -> None:
    async def scenario(booth: Cables) -> None:
        lamp = light.make({"lamp": "ring"}, booth.bench("ring"))
        await lamp.open()
        await fault(booth, "light-slow", "ring", amount=30)
        await CLOCK.sleep_until(await lamp.on(1.0))
        assert (await booth.tell(kind="look"))["lamps"]["ring"] == pytest.approx(0.1)
        await lamp.close()

    in_the_world(scenario)


def test_depth_reads_long_by_the_warmth_of_the_booth() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            depths = []
            for _ in range(2):
                frame = await shot(eye)
                assert frame.depth is not None
                depths.append(int(frame.depth[0, 0]))
                await fault(booth, "depth-bias", "left", amount=1000)
                await pause(CLOCK, seconds(20))
        assert depths == [640, 653]

    in_the_world(scenario, replace(PLAN, warming_k=20, warming_ms=1000))


def test_a_cut_cable_reads_blocked_and_then_what_is_there() -> None:
    async def scenario(booth: Cables) -> None:
        sensor = tray_sensor.make({"place": "pregate"}, booth.bench("pregate"))
        assert await sensor.open() is False
        await fault(booth, "sensor-cable-cut", "pregate", lasts_ms=700)
        cut, mended = await sensor.edge(), await sensor.edge()
        assert (cut.blocked, mended.blocked) == (True, False)
        assert mended.at - cut.at == ms(700)
        await sensor.close()

    in_the_world(scenario)


def test_the_encoder_counts_the_belt_and_loses_counts_when_it_slips_or_is_dead() -> None:
    async def scenario(booth: Cables) -> None:
        async with line(booth, "entry"):
            assert await counted(booth, 1) == 3000
            await fault(booth, "encoder-slip", amount=0.25, lasts_ms=1500)
            assert await counted(booth, 0.5) == 1125
            await pause(CLOCK, seconds(2))
            await fault(booth, "encoder-dead", lasts_ms=900)
            assert await counted(booth, 0.4) == 0
            await pause(CLOCK, seconds(2))
            assert await counted(booth, 1) == 3000

    in_the_world(scenario)


def test_merged_trays_pass_the_entry_as_one_long_one() -> None:
    async def scenario(booth: Cables) -> None:
        await fault(booth, "trays-merged")
        async with line(booth, "entry", trays=3) as [entry]:
            edges = [await entry.edge() for _ in range(4)]
        lengths = [(edges[i + 1].at - edges[i].at) * 300 / 1e9 for i in (0, 2)]
        assert lengths == [pytest.approx(800, abs=1), pytest.approx(400, abs=1)]

    in_the_world(scenario)


def test_a_tray_that_is_removed_by_hand_never_comes_to_the_pre_gate_sensor() -> None:
    async def scenario(booth: Cables) -> None:
        follower = await booth.world.dial()
        await follower.send(Message({"role": "truth"}))
        await fault(booth, "tray-removed")
        async with line(booth, "entry", "pregate", trays=2) as [entry, pregate]:
            first, _, second = [await entry.edge() for _ in range(3)]
            assert (await pregate.edge()).at > after(second.at, seconds(3))
            told = [await next_truth(follower) for _ in range(3)]
        assert [truth["went"] for truth in told if truth["entered_at"] == first.at] == ["belt", "removed"]
        await follower.close()

    in_the_world(scenario)


def test_a_stuck_gate_is_mended_when_its_spell_is_over() -> None:
    async def scenario(booth: Cables) -> None:
        device = gate.make({}, booth.bench("gate"))
        await device.open()
        await fault(booth, "gate-stuck", lasts_ms=3000)
        await device.move(GatePosition.PASS)
        seen = []
        for _ in range(2):
            await pause(CLOCK, seconds(2))
            seen.append((await booth.tell(kind="look"))["gate"])
        assert seen == ["divert", "pass"]
        await device.close()

    in_the_world(scenario)


def test_a_spurious_confirmation_comes_without_a_tray() -> None:
    async def scenario(booth: Cables) -> None:
        confirm = tray_sensor.make({"place": "confirm"}, booth.bench("confirm"))
        await confirm.open()
        await fault(booth, "confirm-spurious", lasts_ms=200)
        assert [(await confirm.edge()).blocked for _ in range(2)] == [True, False]
        assert (await booth.tell(kind="look"))["on_the_line"] == 0
        await confirm.close()

    in_the_world(scenario)


@pytest.mark.parametrize("name", [row.name for row in TABLE.values() if row.kind is Kind.EVENT])
def test_what_the_world_cannot_do_is_handed_out_at_its_time(name: str) -> None:
    async def scenario(booth: Cables) -> None:
        told: list[tuple[str, int]] = []
        booth.world.floor.listen(
            lambda change: told.append((change.fault.name, change.at)) if isinstance(change, Struck) else None
        )
        channel = await booth.world.dial()
        await channel.send(Message({"role": "truth"}))
        await channel.send(Message({"kind": "faults"}))
        struck = (await channel.receive()).head
        assert told == [(name, ms(1500))]
        assert (struck["kind"], struck["name"], struck["at"]) == ("struck", name, ms(1500))
        assert struck["amount"] == PlannedFault(name).much
        await channel.close()

    in_the_world(scenario, replace(PLAN, faults=(PlannedFault(name, at_ms=1500),)))


async def picture_or_why_not(booth: Cables) -> str:
    eye = camera.make({"view": "left"}, booth.bench("left"))
    try:
        await eye.open()
        await eye.arm(ms(4))
        frame = await shot(eye)
        assert frame.colour is not None
        return f"{frame.sequence} {frame.exposed_at} {hashlib.sha256(frame.colour.tobytes()).hexdigest()}"
    except (DeviceLost, DeviceMissing, ReadTimeout, StaleFrame) as error:
        return repr(error)
    finally:
        await eye.close()


def run_with_every_fault(seed: int) -> list[str]:
    """Everything that a run of an hour told anybody: sensors, truth, faults and pictures."""
    log: list[str] = []
    often = tuple(replace(each, rate=0.2) for each in read(EVERY).faults)
    plan = replace(PLAN, seed=seed, fault_seed=seed, faults=often, slip=0.05, bounce=0.2, bin_holds=500)

    async def scenario(booth: Cables) -> None:
        floor = booth.world.floor
        floor.follow(lambda head: log.append(str(head)))
        floor.listen(lambda change: log.append(str(change)))
        for place in ("entry", "pregate", "confirm", "bin"):
            floor.watch(place, lambda edge: log.append(str(edge)))
        async with line(booth, "bypass", trays=60):
            for _ in range(30):
                await pause(CLOCK, seconds(7))
                log.append(await picture_or_why_not(booth))
        assert set(floor.faults.struck) == set(TABLE)

    in_the_world(scenario, plan)
    return log


def test_the_same_seed_gives_the_same_run_with_every_fault_in_it() -> None:
    first = run_with_every_fault(5)
    assert first == run_with_every_fault(5)
    assert first != run_with_every_fault(6)
    assert len(first) > 500
