"""Gates, stops, permits and lamps at I/O modules keep the contracts, over the real bytes."""

import pytest

from drivers.clock import pause
from drivers.errors import DeviceLost, DeviceMissing, Refused
from drivers.lights import switched
from drivers.line_io import wired
from drivers.protocols import GatePosition, Lamp
from drivers.units import Duration, ms, seconds
from tests.contracts.gate import GateContract, GateStand
from tests.contracts.gate import Scenario as GateScenario
from tests.contracts.heartbeat import HeartbeatContract, HeartbeatStand
from tests.contracts.heartbeat import Scenario as HeartbeatScenario
from tests.contracts.light import LightContract, LightStand
from tests.contracts.light import Scenario as LightScenario
from tests.contracts.switch import Scenario as SwitchScenario
from tests.contracts.switch import SwitchContract, SwitchStand
from tests.drivers.boards import ANY, BOARDS, CLOCK, OUTPUTS, PATIENCE, QUICK, Kind, Rig, WatchdogRelay, on_a_rig

PASS, DIVERT = GatePosition.PASS, GatePosition.DIVERT
SLACK = ms(25)
WIRED = {"module": "m", "wiring": "energise-to-pass"}


def at(signal: str) -> dict[str, object]:
    return {**WIRED, "output": OUTPUTS.index(signal)}


class _BoardGate(GateContract):
    kind: Kind

    def play(self, scenario: GateScenario) -> None:
        async def on(rig: Rig) -> None:
            device = wired.gate(at("gate"), rig.bench("line.gate"))
            stand = GateStand(
                clock=CLOCK,
                cut=rig.cut_the_cable if rig.drops else rig.cut_the_power,
                gate=device,
                actuation=Duration(ms(QUICK.gate_actuation_ms) + SLACK),
                observe=lambda: GatePosition(rig.floor.look()["gate"]),
                moves=lambda: rig.floor.line.gate_moves,
            )
            await scenario(stand)
            await device.close()

        on_a_rig(self.kind, on)


class TestGateAtAnAdam(_BoardGate):
    kind = "adam"


class TestGateAtAWaveshareOnTheNetwork(_BoardGate):
    kind = "waveshare-tcp"


class TestGateAtAWaveshareOnRs485(_BoardGate):
    kind = "waveshare-rtu"


class TestGateAtAUsbRelay(_BoardGate):
    kind = "lcus"


class _Switch(SwitchContract):
    kind: Kind

    def play(self, scenario: SwitchScenario) -> None:
        async def on(rig: Rig) -> None:
            stand = self.stand(rig)
            await scenario(stand)
            await stand.device.close()

        on_a_rig(self.kind, on)

    def stand(self, rig: Rig) -> SwitchStand:
        raise NotImplementedError


class _TrayStop(_Switch):
    engaged_by_open = False

    def stand(self, rig: Rig) -> SwitchStand:
        device = wired.tray_stop(at("tray-stop"), rig.bench("line.tray_stop"))
        return SwitchStand(
            clock=CLOCK,
            cut=rig.cut_the_power,
            device=device,
            engage=device.hold,
            disengage=device.release,
            engaged=lambda: rig.floor.look()["stop"] == "up",
        )


class _BeltPermit(_Switch):
    engaged_by_open = True

    def stand(self, rig: Rig) -> SwitchStand:
        device = wired.belt_permit(at("belt-permit"), rig.bench("line.belt_permit"))
        return SwitchStand(
            clock=CLOCK,
            cut=rig.cut_the_power,
            device=device,
            engage=device.give,
            disengage=device.withdraw,
            engaged=lambda: rig.floor.look()["belt"] == "running",
        )


class TestTrayStopAtAnAdam(_TrayStop):
    kind = "adam"


class TestTrayStopAtAUsbRelay(_TrayStop):
    kind = "lcus"


class TestBeltPermitAtAWaveshareOnTheNetwork(_BeltPermit):
    kind = "waveshare-tcp"


class TestBeltPermitAtAWaveshareOnRs485(_BeltPermit):
    kind = "waveshare-rtu"


class _SwitchedLight(LightContract):
    kind: Kind
    dimmed = 1.0

    def play(self, scenario: LightScenario) -> None:
        async def on(rig: Rig) -> None:
            device = switched.make({**at("ring"), "settle_ms": 5.0}, rig.bench("lights.ring"))

            def level() -> float:
                return rig.floor.lamps.levels(CLOCK.now())["ring"]

            await scenario(LightStand(clock=CLOCK, cut=rig.cut_the_power, light=device, level=level))
            await device.close()

        on_a_rig(self.kind, on)


class TestLightAtAnAdam(_SwitchedLight):
    kind = "adam"


class TestLightAtAUsbRelay(_SwitchedLight):
    kind = "lcus"


class TestHeartbeatAtAUsbRelay(HeartbeatContract):
    def play(self, scenario: HeartbeatScenario) -> None:
        async def on(rig: Rig) -> None:
            device = wired.heartbeat({**at("ring"), "holds_ms": 100.0}, rig.bench("line.heartbeat"))
            relay = WatchdogRelay(rig, OUTPUTS.index("ring"), ms(100))
            stand = HeartbeatStand(
                clock=CLOCK,
                cut=rig.cut_the_power,
                heartbeat=device,
                closed=relay.closed,
                slack=SLACK,
                lingers=Duration(ms(100) + SLACK),
            )
            await scenario(stand)
            await device.close()

        on_a_rig("lcus", on)


@ANY
def test_a_gate_that_hangs_costs_its_deadline_and_is_lost(kind: Kind) -> None:
    async def on(rig: Rig) -> None:
        gate = wired.gate(at("gate"), rig.bench("line.gate"))
        await gate.open()
        rig.hang()
        asked_at = CLOCK.now()
        with pytest.raises(DeviceLost, match="not answered for"):
            await gate.move(PASS)
        assert PATIENCE <= CLOCK.now() - asked_at < 3 * PATIENCE
        with pytest.raises(DeviceLost):
            await gate.move(DIVERT)
        await gate.close()

    on_a_rig(kind, on)


@pytest.mark.parametrize("kind", ["waveshare-tcp", "waveshare-rtu"])
def test_a_board_that_holds_leaves_the_gate_at_pass_when_its_cable_is_cut(kind: Kind) -> None:
    """Why such a board drives no gate without a heartbeat relay in the belt's circuit."""

    async def on(rig: Rig) -> None:
        gate = wired.gate(at("gate"), rig.bench("line.gate"))
        await gate.open()
        await gate.move(PASS)
        await rig.cut_the_cable()
        assert rig.floor.look()["gate"] == "pass"
        await gate.close()

    on_a_rig(kind, on)


@BOARDS
def test_a_board_that_was_switched_off_and_on_is_lost(kind: Kind) -> None:
    """On RS-485 nothing else tells: the line stays, and the board answers again as if nothing had been."""

    async def on(rig: Rig) -> None:
        gate = wired.gate(at("gate"), rig.bench("line.gate"))
        await gate.open()
        await gate.move(PASS)
        rig.outputs.drop()
        await pause(CLOCK, ms(300))
        with pytest.raises(DeviceLost, match="switched off and on"):
            await gate.move(PASS)
        await gate.close()

    on_a_rig(kind, on)


@ANY
def test_a_gate_works_again_once_the_board_is_back(kind: Kind) -> None:
    async def on(rig: Rig) -> None:
        gate = wired.gate(at("gate"), rig.bench("line.gate"))
        stop = wired.tray_stop(at("tray-stop"), rig.bench("line.tray_stop"))
        await gate.open()
        await stop.open()
        rig.hang()
        with pytest.raises(DeviceLost):
            await gate.move(PASS)
        rig.come_back()
        await gate.open()
        await gate.move(PASS)
        with pytest.raises(DeviceLost):  # it has not been opened again
            await stop.hold()
        await stop.close()
        await gate.close()

    on_a_rig(kind, on)


def test_an_output_that_a_board_has_not_is_refused_with_those_it_has() -> None:
    async def on(rig: Rig) -> None:
        gate = wired.gate({**WIRED, "output": 6}, rig.bench("line.gate"))
        with pytest.raises(DeviceMissing, match="no output 6, only 0 to 5"):
            await gate.open()
        await gate.close()

    on_a_rig("adam", on)


def test_a_relay_that_does_not_do_as_it_is_told_is_lost() -> None:
    async def on(rig: Rig) -> None:
        gate = wired.gate(at("gate"), rig.bench("line.gate"))
        await gate.open()
        rig.outputs.put = lambda channel, on: None  # type: ignore[method-assign]
        with pytest.raises(DeviceLost, match="relay 0 does not do as it is told"):
            await gate.move(PASS)
        await gate.close()

    on_a_rig("lcus", on)


@ANY
def test_a_gate_that_is_wired_the_other_way_diverts_while_it_is_energised(kind: Kind) -> None:
    """So does closing it; only without power it lets trays pass, and the belt stands then."""

    async def on(rig: Rig) -> None:
        gate = wired.gate({**at("gate"), "wiring": "energise-to-divert"}, rig.bench("line.gate"))
        await gate.open()
        assert rig.outputs.on(0)
        await gate.move(PASS)
        assert not rig.outputs.on(0)
        await gate.move(DIVERT)
        await gate.move(PASS)
        await gate.close()
        assert rig.outputs.on(0)

    on_a_rig(kind, on)


def test_a_stack_light_shows_what_it_has() -> None:
    async def on(rig: Rig) -> None:
        lamps = {"red": 2, "amber": None, "green": 3, "blue": None}
        column = wired.stack_light({"module": "m", **lamps}, rig.bench("line.stack_light"))
        await column.open()
        await column.show(frozenset({Lamp.RED, Lamp.BLUE}))
        assert [rig.outputs.on(channel) for channel in (2, 3)] == [True, False]
        await column.close()
        assert [rig.outputs.on(channel) for channel in (2, 3)] == [False, False]

    on_a_rig("lcus", on)


def test_a_board_with_timers_lets_go_of_an_output_by_itself() -> None:
    async def on(rig: Rig) -> None:
        sharing = rig.modules["m"]
        board = await sharing.join()
        assert await board.flash(0, ms(110)) == ms(200)  # in steps of 100 ms
        assert rig.outputs.on(0)
        await pause(CLOCK, ms(300))
        assert not rig.outputs.on(0)
        with pytest.raises(Refused, match="32767 steps of its timer at most"):
            await board.flash(0, seconds(3600))
        await sharing.leave(board)

    on_a_rig("waveshare-tcp", on)


def test_a_board_without_timers_says_so() -> None:
    async def on(rig: Rig) -> None:
        board = await rig.modules["m"].join()
        with pytest.raises(DeviceMissing, match="no output that flashes 0, none"):
            await board.flash(0, ms(100))
        await rig.modules["m"].leave(board)

    on_a_rig("adam", on)
