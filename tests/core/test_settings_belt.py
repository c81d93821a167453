"""What the settings refuse of encoders, of inputs that suspend the line, and of alarms."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from booth.line.measured import layout
from booth.settings import SettingsInvalid, load
from drivers.units import ms

SIM = Path("config/sim.yaml")


def written(folder: Path, **line: Any) -> Path:
    tree = yaml.safe_load(SIM.read_text())
    tree["calibration"], tree["recipe"]["pack"] = str(folder), str(folder)
    tree["line"] = {key: value for key, value in {**tree["line"], **line}.items() if value is not None}
    path = folder / "booth.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def refused(folder: Path, **line: Any) -> str:
    with pytest.raises(SettingsInvalid) as why:
        load(written(folder, **line))
    return str(why.value)


def test_inputs_that_stop_the_belt_are_refused_without_an_encoder(tmp_path: Path) -> None:
    says = refused(tmp_path, encoder=None)
    assert "bin_full: stops the belt with trays on it" in says
    load(written(tmp_path, encoder=None, bin_full=None))


def test_an_encoder_that_answers_too_slowly_for_the_belt_is_refused(tmp_path: Path) -> None:
    slow = {"driver": "modbus", "module": "counter", "counter": 0, "counts_per_mm": 10, "latency_ms": 20}
    says = refused(tmp_path, encoder=slow)
    assert "the belt runs 6.0 mm within its latency of 20 ms" in says
    assert "latency" not in refused(tmp_path, encoder={**slow, "latency_ms": 10})


def test_an_encoder_that_is_read_too_seldom_is_refused(tmp_path: Path) -> None:
    assert "the belt runs 33 mm from one reading to the next" in refused(tmp_path, encoder_sample_ms=110)


def test_a_long_debounce_of_the_pregate_sensor_counts_against_the_gate(tmp_path: Path) -> None:
    assert "gate.actuation_ms" in refused(tmp_path, debounce_ms={"pregate": 180})


def test_the_tracker_gets_what_the_settings_say(tmp_path: Path) -> None:
    found = load(written(tmp_path, debounce_ms={"confirm": 25}, alarms={"diverts_in_a_row": 3}))
    assert found.line is not None
    made = layout(found.line)
    assert (made.debounce("confirm"), made.debounce("entry"), made.debounce("bin_full")) == (ms(25), ms(10), ms(2000))
    assert (made.alarms.in_a_row, made.alarms.of) == (3, 50)
    assert made.lasts(made.to_station) == ms(500)
