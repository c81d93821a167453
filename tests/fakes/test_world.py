"""The simulated booth on a clock, as its clients meet it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from drivers.clock import pause
from drivers.errors import DeviceBusy, DeviceLost, DeviceMissing, LinkLost, ReadTimeout, StaleFrame
from drivers.frames import Frame
from drivers.links import Channel, Message
from drivers.protocols import GatePosition
from drivers.registry import Bench
from drivers.units import Instant, after, ms, seconds
from fakes.devices import belt_permit, camera, gate, light, tray_sensor
from fakes.devices.camera import SimulatedCamera
from fakes.devices.tray_sensor import SimulatedTraySensor
from fakes.plan import PlannedFault, WorldPlan
from tests.drivers.virtual import CLOCK, PLAN, Cables, cables, virtually


def in_the_world(scenario: Callable[[Cables], Awaitable[None]], plan: WorldPlan = PLAN) -> None:
    async def main() -> None:
        async with cables(plan) as booth:
            await scenario(booth)

    virtually(main)


@asynccontextmanager
async def armed_camera(booth: Cables, exposure_ms: float = 4) -> AsyncIterator[SimulatedCamera]:
    device = camera.make({"view": "left"}, booth.bench("left"))
    await device.open()
    await device.arm(ms(exposure_ms))
    yield device
    await device.close()


@asynccontextmanager
async def line(booth: Cables, *places: str, trays: int = 1) -> AsyncIterator[list[SimulatedTraySensor]]:
    """A running belt with so many trays to come, and the sensors at these places."""
    sensors = [tray_sensor.make({"place": place}, booth.bench(place)) for place in places]
    for sensor in sensors:
        await sensor.open()
    permit = belt_permit.make({}, booth.bench("belt_permit"))
    await permit.open()
    await booth.tell(kind="feed", trays=trays)
    yield sensors
    await permit.close()
    for sensor in sensors:
        await sensor.close()


async def shot(device: SimulatedCamera) -> Frame:
    await device.trigger()
    return await device.read(after(CLOCK.now(), seconds(1)))


async def next_truth(channel: Channel) -> dict[str, object]:
    while (head := (await channel.receive()).head)["kind"] != "truth":
        pass
    return head


def brightness(frame: Frame) -> float:
    assert frame.colour is not None
    return float(frame.colour.mean())


def test_no_tray_comes_before_somebody_watches_the_entry() -> None:
    async def scenario(booth: Cables) -> None:
        async with line(booth, "pregate"):
            await pause(CLOCK, seconds(30))
            assert (await booth.tell(kind="look"))["on_the_line"] == 0
            entry = tray_sensor.make({"place": "entry"}, booth.bench("entry"))
            await entry.open()
            assert (await entry.edge()).blocked
            await entry.close()

    in_the_world(scenario)


def test_the_truth_is_told_at_entry_and_at_the_gate_and_is_named_by_the_entry_edge() -> None:
    async def scenario(booth: Cables) -> None:
        follower = await booth.world.dial()
        await follower.send(Message({"role": "truth"}))
        async with line(booth, "entry") as [entry]:
            edge = await entry.edge()
            entered, gone = await next_truth(follower), await next_truth(follower)
        assert entered["entered_at"] == edge.at
        assert entered["went"] == "belt"
        assert {**entered, "went": "diverted", "at": gone["at"], "free": True} == gone
        assert entered["damaged"] is bool(entered["damages"])
        await follower.close()

    in_the_world(scenario)


def test_the_picture_shows_what_is_under_the_camera_at_the_trigger() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye, line(booth, "entry") as [entry]:
            bare = await shot(eye)
            at_entry = (await entry.edge()).at
            await CLOCK.sleep_until(after(at_entry, seconds(0.5)))
            there = await shot(eye)
            assert bare.depth is not None
            assert there.depth is not None
            assert bare.depth.min() == bare.depth.max() == 640
            assert there.depth[120, 160] == 530

    in_the_world(scenario, replace(PLAN, damaged=0.0))


def test_a_picture_is_as_bright_as_the_lamps_were_while_it_was_exposed() -> None:
    async def scenario(booth: Cables) -> None:
        lamp = light.make({"lamp": "ring"}, booth.bench("ring"))
        await lamp.open()
        async with armed_camera(booth) as eye:
            dark = brightness(await shot(eye))
            settled = await lamp.on(1.0)
            rising = brightness(await shot(eye))
            await CLOCK.sleep_until(settled)
            full = brightness(await shot(eye))
            await lamp.on(0.5)
            await pause(CLOCK, ms(10))
            half = brightness(await shot(eye))
        assert dark < half < rising < 0.8 * full
        await lamp.close()

    in_the_world(scenario)


def test_a_light_that_goes_out_during_the_exposure_leaves_a_darker_picture() -> None:
    async def scenario(booth: Cables) -> None:
        lamp = light.make({"lamp": "ring"}, booth.bench("ring"))
        await lamp.open()
        async with armed_camera(booth, exposure_ms=20) as eye:
            await CLOCK.sleep_until(await lamp.on(0.1))
            full = brightness(await shot(eye))
            await eye.trigger()
            await pause(CLOCK, ms(5))
            await lamp.off()
            cut_short = brightness(await eye.read(after(CLOCK.now(), seconds(1))))
        assert 0.2 * full < cut_short < 0.6 * full
        await lamp.close()

    in_the_world(scenario)


def test_the_successor_of_a_process_that_is_just_going_gets_its_device() -> None:
    async def scenario(booth: Cables) -> None:
        first, second = (gate.make({}, booth.bench("gate")) for _ in range(2))
        await first.open()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(second.open())
            await pause(CLOCK, ms(50))
            await first.close()
        await second.move(GatePosition.PASS)
        await second.close()

    in_the_world(scenario)


def test_what_is_known_of_a_tray_is_forgotten_once_it_has_left() -> None:
    async def scenario(booth: Cables) -> None:
        async with line(booth, "entry", trays=3):
            await pause(CLOCK, seconds(60))
            assert booth.world.floor.entered == 3
            assert not booth.world.floor._truths
            assert not booth.world.floor.exhibition._scenes

    in_the_world(scenario)


def test_an_empty_tray_stands_at_the_station_for_ever() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            for _ in range(2):
                frame = await shot(eye)
                assert frame.depth is not None
                assert frame.depth[120, 160] == 630

    in_the_world(scenario, replace(PLAN, exhibit="empty"))


def test_a_second_process_finds_the_device_busy() -> None:
    async def scenario(booth: Cables) -> None:
        first, second = (gate.make({}, booth.bench("gate")) for _ in range(2))
        await first.open()
        with pytest.raises(DeviceBusy, match="another process"):
            await second.open()
        await first.close()
        await second.open()
        await second.close()

    in_the_world(scenario)


def test_a_role_that_does_not_exist_is_a_missing_device() -> None:
    async def scenario(booth: Cables) -> None:
        with pytest.raises(DeviceMissing, match="camera:top"):
            await camera.make({"view": "top"}, booth.bench("top")).open()

    in_the_world(scenario)


def test_a_simulated_device_of_a_real_booth_cannot_be_opened_and_says_why() -> None:
    async def main() -> None:
        with pytest.raises(DeviceMissing, match="this booth is not simulated"):
            await gate.make({}, Bench("gate", CLOCK)).open()

    virtually(main)


def test_a_world_that_is_not_there_is_a_missing_device() -> None:
    async def nobody() -> Channel:
        raise LinkLost("nobody answers at world.sock")

    async def main() -> None:
        with pytest.raises(DeviceMissing, match="is it running"):
            await gate.make({}, Bench("gate", CLOCK, nobody)).open()

    virtually(main)


def test_nonsense_is_refused_and_the_link_stays() -> None:
    async def scenario(booth: Cables) -> None:
        channel = await booth.world.dial()
        for head in (
            {"role": "gate"},
            {"kind": "move", "to": "moon", "ask": 1},
            {"ask": 2},
            {"kind": "move", "to": "pass", "ask": 3},
        ):
            await channel.send(Message(head))
        answers = [(await channel.receive()).head["kind"] for _ in range(4)]
        assert answers == ["welcome", "refused", "refused", "done"]
        await channel.close()

    in_the_world(scenario)


def test_a_client_that_does_not_read_is_cut_off_and_the_line_goes_on() -> None:
    async def scenario(booth: Cables) -> None:
        deaf = await booth.world.dial()
        await deaf.send(Message({"role": "sensor:entry"}))
        async with line(booth, "pregate", trays=400) as [pregate]:
            for _ in range(700):
                await pregate.edge()
        received = 0
        with pytest.raises(LinkLost):  # noqa: PT012 - what had been said to it still comes
            while True:
                await deaf.receive()
                received += 1
        assert 200 < received < 600

    in_the_world(scenario)


def test_a_silent_camera_answers_again_at_the_next_trigger() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await booth.tell(kind="fault", name="frame-dropped", where="left")
            with pytest.raises(ReadTimeout):
                await shot(eye)
            assert (await shot(eye)).sequence == 2

    in_the_world(scenario)


def test_a_lost_camera_is_missing_until_it_is_plugged_in_again() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await booth.tell(kind="fault", name="camera-lost", where="left", lasts_ms=500)
            with pytest.raises(DeviceLost):
                await shot(eye)
            with pytest.raises(DeviceMissing, match="unplugged"):
                await eye.open()
            await pause(CLOCK, ms(500))
            await eye.open()
            await eye.arm(ms(4))
            await shot(eye)

    in_the_world(scenario)


def test_a_stale_frame_is_noticed_once() -> None:
    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye:
            await shot(eye)
            await booth.tell(kind="fault", name="frame-stale", where="left")
            with pytest.raises(StaleFrame):
                await shot(eye)
            await shot(eye)

    in_the_world(scenario)


def test_a_fault_of_the_plan_waits_for_its_tray() -> None:
    fault = PlannedFault("frame-dropped", where="left", after_trays=1)

    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye, line(booth, "entry") as [entry]:
            await shot(eye)
            await entry.edge()
            with pytest.raises(ReadTimeout):
                await shot(eye)

    in_the_world(scenario, replace(PLAN, faults=(fault,)))


def test_a_stuck_gate_does_not_move_until_it_is_mended() -> None:
    async def scenario(booth: Cables) -> None:
        device = gate.make({}, booth.bench("gate"))
        await device.open()
        await booth.tell(kind="fault", name="gate-stuck")
        await device.move(GatePosition.PASS)
        await pause(CLOCK, seconds(1))
        assert (await booth.tell(kind="look"))["gate"] == "divert"
        await booth.tell(kind="fault", name="gate-stuck", times=0)
        await pause(CLOCK, seconds(1))
        assert (await booth.tell(kind="look"))["gate"] == "pass"
        await device.close()

    in_the_world(scenario)


def test_a_missed_confirmation_is_one_tray_and_the_next_is_seen() -> None:
    async def scenario(booth: Cables) -> None:
        await booth.tell(kind="fault", name="confirm-missing")
        async with line(booth, "entry", "pregate", "confirm", trays=2) as [_, pregate, confirm]:
            before_gate = [await pregate.edge() for _ in range(3)]
            seen = await confirm.edge()
        assert seen.blocked
        assert seen.at > before_gate[2].at

    in_the_world(scenario)


def test_a_bouncing_sensor_comes_to_rest_at_its_level_within_the_span() -> None:
    async def scenario(booth: Cables) -> None:
        await booth.tell(kind="fault", name="sensor-bounce", where="entry", amount=5)
        async with line(booth, "entry") as [entry]:
            edges = [await entry.edge()]
            while (edge := await entry.edge()).at < after(edges[0].at, seconds(1)):
                assert edge.at <= CLOCK.now()
                edges.append(edge)
        assert len(edges) in (3, 5, 7)
        assert [edge.blocked for edge in edges] == [index % 2 == 0 for index in range(len(edges))]
        assert edges[0].at < edges[-1].at <= after(edges[0].at, ms(5))

    in_the_world(scenario)


def test_the_bypass_key_is_a_sensor_and_holds_the_gate_at_pass() -> None:
    async def scenario(booth: Cables) -> None:
        key = tray_sensor.make({"place": "bypass"}, booth.bench("bypass"))
        assert await key.open() is False
        await booth.tell(kind="bypass", on=True)
        assert (await key.edge()).blocked
        await pause(CLOCK, seconds(1))
        assert (await booth.tell(kind="look"))["gate"] == "pass"
        await key.close()

    in_the_world(scenario)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"name": "camera-lazy"}, "no fault is called"),
        ({"name": "frame-dropped", "where": "top"}, "left, right"),
        ({"name": "frame-dropped", "where": "left", "times": -1}, "not negative"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(words: dict[str, object], says: str) -> None:
    async def scenario(booth: Cables) -> None:
        answer = await booth.tell(kind="fault", **words)
        assert answer["kind"] == "refused"
        assert says in answer["why"]

    in_the_world(scenario)


def test_two_worlds_of_one_seed_are_the_same_to_the_last_pixel() -> None:
    pictures: list[tuple[Instant, bytes]] = []

    async def scenario(booth: Cables) -> None:
        async with armed_camera(booth) as eye, line(booth, "entry") as [entry]:
            edge = await entry.edge()
            await pause(CLOCK, seconds(0.5))
            frame = await shot(eye)
            assert frame.colour is not None
            pictures.append((edge.at, frame.colour.tobytes()))

    in_the_world(scenario)
    in_the_world(scenario)
    assert pictures[0] == pictures[1]
