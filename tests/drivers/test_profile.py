"""A board is a file: shipped ones are read, and every mistake in one is told at once, with its line."""

from pathlib import Path

import pytest

from drivers.line_io import profile
from drivers.line_io.profile import ProfileInvalid
from drivers.units import ms
from tests.architecture.tree import ROOT

OWN = """\
board: Our own
transport: rtu
unit: 3
counts_from: 1
serial: {baud: 19200, parity: even, stop_bits: 1}
inputs: {space: coils, first: 1, count: 4, voltage_reads: 0, latency_ms: 0.5}
outputs: {first: 17, count: 2, energised_by: 0}
on_comms_loss: hold
require:
  - {registers: {space: holding, first: 101, count: 2}, equal: 7, else: set it to 7}
"""


def read(folder: Path, text: str) -> profile.Profile:
    (folder / "board.yaml").write_text(text)
    return profile.read(folder / "board.yaml")


def mistakes(folder: Path, old: str, new: str) -> list[str]:
    assert old in OWN
    with pytest.raises(ProfileInvalid) as caught:
        read(folder, OWN.replace(old, new, 1))
    return [problem.removeprefix(f"{folder}/board.yaml:") for problem in caught.value.problems]


@pytest.mark.parametrize("name", profile.shipped())
def test_a_shipped_board_is_read(name: str) -> None:
    found = profile.read(profile.find(name, Path()))
    assert found.inputs is not None
    assert found.outputs is not None
    assert (found.on_comms_loss == "off") == bool(found.host_idle)


def test_a_boards_addresses_that_count_from_1_are_one_less_on_the_wire(tmp_path: Path) -> None:
    found = read(tmp_path, OWN)
    assert found.inputs is not None
    assert found.outputs is not None
    assert (found.inputs.first, found.outputs.first, found.require[0].first) == (0, 16, 100)
    assert (found.inputs.voltage_reads, found.outputs.energised_by, found.inputs.latency) == (False, False, ms(0.5))
    assert (found.serial.baud, found.serial.parity, found.unit) == (19200, "even", 3)


def test_a_site_names_its_own_file_from_where_its_settings_are(tmp_path: Path) -> None:
    (tmp_path / "board.yaml").write_text(OWN)
    assert profile.read(profile.find("board.yaml", tmp_path)).board == "Our own"


def test_an_unknown_board_is_refused_with_those_there_are() -> None:
    with pytest.raises(ProfileInvalid, match=r"no board is called 'adam'; there are: advantech-adam-6000, .*\.yaml"):
        profile.find("adam", Path())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit: 3", "untie: 3", ["1: unit: is missing; add it", "3: untie: no such key; there are: board, transport"]),
        ("unit: 3", "unit: 300", ["3: unit: 300 is not a whole number from 0 to 255; correct it"]),
        ("unit: 3", "unit: 3\nunit: 4", ["4: unit: stands there twice; remove one of the two"]),
        ("transport: rtu", "transport: usb", ["2: transport: 'usb' is not one of tcp, rtu; correct it"]),
        ("energised_by: 0", "energised_by: on", ["7: outputs.energised_by: True is not one of 0, 1; correct it"]),
        ("count: 4, ", "", ["6: inputs.count: is missing; add it"]),
        ("on_comms_loss: hold", "on_comms_loss: off", ["1: host_idle: is missing; a board that drops its outputs"]),
        ("first: 17", "first: 0", ["7: outputs.first: 0 is no address where counts_from is 1"]),
        ("equal: 7, ", "", ["10: require.equal: is missing; add it"]),
        ("{space: coils", "{space: holding", ["6: inputs.space: 'holding' is not one of discrete, coils; correct it"]),
        ("inputs: {space", "inputs: 4\nnot_inputs: {space",
         ["6: inputs: is not a block of keys", "7: not_inputs: no such key"]),
        (OWN, "- a\n- b\n", ["1: is not a mapping; copy a profile that comes with the booth"]),
        (OWN, "board: {\n", ["2: is not YAML"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(old: str, new: str, said: list[str], tmp_path: Path) -> None:
    found = mistakes(tmp_path, old, new)
    assert len(found) == len(said)
    for problem, begins in zip(found, said, strict=True):
        assert problem.startswith(begins)


def test_the_profile_that_the_how_to_shows_is_one(tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to/add-an-io-board.md").read_text()
    text = page.split("```yaml\n")[1].split("```")[0]
    assert read(tmp_path, text).serial.baud == 19200
