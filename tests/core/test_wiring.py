"""Devices are wired to what is there, and a gate fails as it says: else the settings are refused, exit 3."""

from pathlib import Path

import pytest

from booth.settings import Settings, SettingsInvalid, load
from tests.architecture.tree import ROOT

SITE = ROOT / "config/site-example.yaml"
HEARTBEAT = "  heartbeat: {driver: modbus, module: line, output: 5, holds_ms: 400}\n"
STACK_LIGHT = "  stack_light: {driver: modbus, module: line, red: 3, amber: 4, green: 5}\n"
GATE_WIRING = "    wiring: energise-to-pass   # power lost is divert\n    fail_to: divert\n"
TO_DIVERT = "    wiring: energise-to-divert\n    fail_to: stop\n"
IDLE = next(line for line in SITE.read_text().splitlines(keepends=True) if "host_idle_ms" in line)
NO_IDLE = (IDLE, "")
HOLDS = ("profile: advantech-adam-6050\n", "profile: board.yaml\n"), NO_IDLE
USB = "modules:\n  usb: {driver: lcus, serial: /dev/ttyUSB0, relays: 4}\n"
BOARD = (ROOT / "drivers/line_io/profiles/advantech-adam-6050.yaml").read_text()


def settings(tmp_path: Path, *changes: tuple[str, str]) -> Settings:
    text = SITE.read_text()
    for old, new in changes:
        assert old in text, f"{old!r} is not in {SITE}"
        text = text.replace(old, new, 1)
    (tmp_path / "board.yaml").write_text(BOARD.replace("on_comms_loss: off ", "on_comms_loss: hold "))
    (tmp_path / "site.yaml").write_text(text)
    return load(tmp_path / "site.yaml")


def refused(tmp_path: Path, *changes: tuple[str, str]) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        settings(tmp_path, *changes)
    (problem,) = caught.value.problems
    assert problem.line > 1
    return f"{problem.key}: {problem.says}"


def gate(driver: str) -> tuple[str, str]:
    return "  gate:\n    driver: modbus\n    module: line\n    output: 0\n", f"  gate:\n{driver}"


def test_the_example_is_wired_as_it_should_be(tmp_path: Path) -> None:
    assert settings(tmp_path).conveyor.gate.wiring == "energise-to-pass"


# --- how a gate may fail


def test_a_board_that_drops_its_outputs_may_drive_an_energise_to_pass_gate_alone(tmp_path: Path) -> None:
    assert settings(tmp_path).conveyor.heartbeat is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (HOLDS, "keeps its outputs when it hears nothing"),
        ((NO_IDLE,), 'In the vendor\'s utility, "Host Idle (FSV)"'),
        (
            (gate("    driver: relay\n    module: usb\n    output: 0\n"), ("modules:\n", USB)),
            "a USB relay stays as it was",
        ),
        ((gate("    driver: gpio\n    chip: /dev/gpiochip0\n    line: 4\n"),), "a GPIO line stays as it was put"),
        (((GATE_WIRING, TO_DIVERT),), "an energise-to-divert gate lets trays pass when nobody drives it"),
    ],
)
def test_any_other_gate_needs_a_heartbeat_relay(changes: tuple[tuple[str, str], ...], why: str, tmp_path: Path) -> None:
    said = refused(tmp_path, *changes)
    assert said.startswith("line.gate: ")
    assert why in said
    assert "add `line.heartbeat`, a watchdog relay in the belt's circuit" in said
    assert settings(tmp_path, *changes, (STACK_LIGHT, HEARTBEAT)).conveyor.heartbeat is not None


@pytest.mark.parametrize(("wiring", "fail_to"), [("energise-to-pass", "stop"), ("energise-to-divert", "divert")])
def test_a_gate_cannot_fail_to_what_its_wiring_does_not_do(wiring: str, fail_to: str, tmp_path: Path) -> None:
    change = (GATE_WIRING, f"    wiring: {wiring}\n    fail_to: {fail_to}\n")
    said = refused(tmp_path, change, (STACK_LIGHT, HEARTBEAT))
    assert said.startswith(f"line.gate.wiring: {wiring} does not fail to {fail_to}")


def test_a_watchdog_that_is_slower_than_the_next_tray_is_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, ("host_idle_ms: 300", "host_idle_ms: 400"))
    assert said.startswith("modules.line.host_idle_ms: 400 is more than the 347 ms")


def test_a_heartbeat_relay_that_is_slower_than_the_next_tray_is_refused(tmp_path: Path) -> None:
    slow = HEARTBEAT.replace("400", "500")
    said = refused(tmp_path, (GATE_WIRING, TO_DIVERT), (STACK_LIGHT, slow))
    assert said.startswith("line.heartbeat.holds_ms: 500 is more than the 467 ms")


def test_a_board_without_a_watchdog_has_no_idle_time(tmp_path: Path) -> None:
    said = refused(tmp_path, HOLDS[0])
    assert said.startswith("modules.line.host_idle_ms: a Advantech ADAM-6050 has no watchdog")


# --- what is wired to what


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("input: 0}", "input: 12}"), "line.entry.input: 12: line has 12, which count from 0"),
        (("output: 1}", "output: 6}"), "line.tray_stop.output: 6: line has 6, which count from 0"),
        (("red: 3", "red: 9"), "line.stack_light.red: 9: line has 6"),
        (("counter: 6", "counter: 12"), "line.encoder.counter: 12: line has 12"),
        (("module: line, input: 0", "module: lien, input: 0"), "line.entry.module: no module with driver modbus-"),
        (("module: lamps\n    channel: 1", "module: line\n    channel: 1"), "lights.ring.module: no module with"),
        (("output: 1}", "output: 2}"), "line.belt_permit.output: 2 of line is that of line.tray_stop"),
        (("latency_ms: 12", "latency_ms: 2"), "line.encoder.latency_ms: the board alone may take 2 ms"),
        (("latency_ms: 12", "latency_ms: 20"), "line.encoder: the belt runs 6.0 mm within its latency"),
        (("profile: advantech-adam-6050\n", "profile: adam\n"), "modules.line.profile: is no profile:\n  no board is"),
        (("driver: modbus-tcp\n    host: 192.168.10.21", "driver: modbus-rtu\n    serial: /dev/ttyS0"),
         "modules.line.profile: a Advantech ADAM-6050 speaks Modbus tcp; set driver: modbus-tcp"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_wiring_says_where_and_what(change: tuple[str, str], says: str, tmp_path: Path) -> None:
    assert refused(tmp_path, change).startswith(says)


def test_a_polled_input_is_no_encoder(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        settings(tmp_path, ("    counter: 6\n", "    input: 6\n"))
    assert any("line.encoder.counter: is missing" in str(problem) for problem in caught.value.problems)


def test_a_module_of_the_line_lights_no_lamp(tmp_path: Path) -> None:
    """A watchdog in the board would not notice that the keeper is gone while the controller goes on talking to it."""
    text = SITE.read_text()
    lamp = text[text.index("    driver: gardasoft\n") : text.index("    settle_ms: 5 ")]
    said = refused(tmp_path, (lamp, "    driver: modbus\n    module: line\n    output: 5\n"), (STACK_LIGHT, ""))
    assert said.startswith("lights.ring.module: line has devices of the line")


def test_two_modules_on_one_serial_line_are_refused(tmp_path: Path) -> None:
    usb = USB + "  other: {driver: lcus, serial: /dev/ttyUSB0, relays: 8}\n"
    assert refused(tmp_path, ("modules:\n", usb)).startswith("modules.other.serial: /dev/ttyUSB0 is that of usb")


# --- lights


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("rated_ma: 700 ", "rated_ma: 900 "), "lights.ring: intensity 1 is 129 % of the channel's rating"),
        (("settle_ms: 5               #", "overdrive: 2\n    overdrive_at_most: 2\n    settle_ms: 5  #"),
         "lights.ring.overdrive: intensity 1 is 2 times the lamp's rated current for ever"),
        (("settle_ms: 5               #", "mode: pulsed\n    pulse_ms: 1\n    overdrive: 3\n    settle_ms: 5  #"),
         "lights.ring.overdrive: intensity 1 is 3 times the lamp's 700 mA, and its data sheet allows 1 times"),
        (("settle_ms: 5               #",
          "mode: pulsed\n    pulse_ms: 20\n    overdrive: 3\n    overdrive_at_most: 4\n    settle_ms: 5  #"),
         "lights.ring.overdrive: intensity 1 is 300 % of the channel's rating for 20 ms"),
        (("settle_ms: 5               #", "mode: pulsed\n    settle_ms: 5  #"), "lights.ring: is for mode"),
    ],
)  # fmt: skip
def test_a_lamp_that_would_be_driven_too_hard_is_refused_with_the_reason(
    change: tuple[str, str], says: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, change).startswith(says)


def test_a_switched_lamp_is_not_dimmed(tmp_path: Path) -> None:
    lamp = "    driver: gardasoft\n    module: lamps\n    channel: 2\n    rated_ma: 350\n    channel_ma: 350\n"
    change = (lamp, "    driver: gpio\n    chip: /dev/gpiochip0\n    line: 3\n")
    assert refused(tmp_path, change).startswith("recipe.shots.1.lights: low is switched and cannot be dimmed to 0.8")
