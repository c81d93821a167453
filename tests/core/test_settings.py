"""Settings are read whole: every mistake at once, with its line, and what to do."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from booth.settings import SettingsInvalid, load
from booth.settings.schema import document

RECORDED = Path("config/recorded.yaml")
SIM = Path("config/sim.yaml")


def mistakes(text: str, folder: Path) -> list[str]:
    path = folder / "booth.yaml"
    path.write_text(text)
    with pytest.raises(SettingsInvalid) as caught:
        load(path)
    return [f"{problem.line}: {problem.key}: {problem.says}" for problem in caught.value.problems]


def edited(*changes: tuple[str, str]) -> str:
    text = SIM.read_text()
    for old, new in changes:
        assert old in text, f"{old!r} is not in {SIM}"
        text = text.replace(old, new, 1)
    return text


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_three_mistakes_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    text = edited(("belt_mm_per_s: 300", "belt_mm_per_s: -3"), ("seed: 7", "sede: 7"), ("view: left", "view: top"))
    found = mistakes(text, tmp_path)
    assert any(
        said.startswith(f"{line_of(text, 'belt_mm_per_s')}: line.belt_mm_per_s: -3 will not do") for said in found
    )
    assert any("world.sede: no such key (did you mean 'seed'?)" in said for said in found)
    assert any(said.startswith(f"{line_of(text, 'view: top')}: cameras.left.view") for said in found)
    assert len(found) == 4  # the misspelt seed is also missing


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("driver: simulated, view: left", "view: left"), "cameras.left.driver: is missing; name the driver"),
        (("driver: simulated, view: left", "driver: webcam, view: left"), "no driver is called 'webcam'"),
        (("min_pitch_mm: 600", "min_pitch_mm: 390"), "line.min_pitch_mm: 390 is not longer than tray_length_mm 400"),
        (("station_hold_ms: 600", "station_hold_ms: 700"), "line.station_hold_ms: 700 is not shorter than the 667 ms"),
        (("actuation_ms: 120", "actuation_ms: 350"), "line.gate.actuation_ms: 350 is longer than the 333 ms"),
        (("energise-to-pass", "energise-to-divert"), "energise-to-divert does not fail to divert"),
        (("{ring: 1.0}", "{rnig: 1.0}"), "no light is called rnig"),
        (("transport: indexed", "transport: continuous"), "the tray moves 4.2 mm"),
        (("seed: 7", "seed: 7\n  seed: 8"), "stands already on line 9"),
        (("at_mm: 120, window_mm: 60", "at_mm: 50, window_mm: 60"), "line.scanner.at_mm: 50 is not between"),
        (("at_mm: 120, window_mm: 60", "at_mm: 160, window_mm: 60"), "line.scanner.at_mm: 160 is not between"),
        (("tray_length_mm: 400", "tray_length_mm: 120"), "line.scanner.window_mm: 60 to either side is not less"),
        (("driver: simulated, at_mm", "driver: serial, serial: /dev/scan, latency_ms: 250, at_mm"), "runs 75 mm"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_is_wrong(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    assert any(said in found for found in mistakes(edited(change), tmp_path))


@pytest.mark.parametrize(
    ("camera", "needs"),
    [
        ("", 138),
        (", underway_ms: [33, 35]", 74),
        (", depth_readout_ms: 0, colour_readout_ms: 0", 105),
        (", fps: 60", 72),
    ],
)
def test_cameras_that_run_free_need_a_pairing_that_their_frames_can_be_shown_to_keep(
    camera: str, needs: int, tmp_path: Path
) -> None:
    real = f'driver: realsense, serial: "1"{camera}'
    for pairing, refused in ((needs - 1, True), (needs + 1, False)):
        text = edited(("driver: simulated, view: left", real), ("pairing_ms: 10", f"pairing_ms: {pairing}"))
        (tmp_path / "booth.yaml").write_text(text)
        if not refused:
            load(tmp_path / "booth.yaml")
            continue
        (said,) = mistakes(text, tmp_path)
        assert f"recipe.pairing_ms: {pairing} is less than the {needs} within which frames of left" in said


@pytest.mark.parametrize("device", ["/dev/video0", "video0", "/dev/v4l/by-id/"])
def test_a_uvc_camera_is_named_by_what_does_not_change_with_the_next_start(device: str, tmp_path: Path) -> None:
    found = mistakes(edited(("driver: simulated, view: left", f"driver: uvc, device: {device}")), tmp_path)
    assert any("cameras.left" in said and "device" in said for said in found)


@pytest.mark.parametrize(("config", "camera"), [(SIM, "cameras.left"), (RECORDED, "cameras.camera-0")])
def test_a_device_that_sees_no_real_tray_is_refused_on_a_booth_that_is_no_simulation(
    config: Path, camera: str, tmp_path: Path
) -> None:
    before, _, after = config.read_text().partition("world:")
    found = mistakes(before + "line:" + after.partition("\nline:")[2], tmp_path)
    assert any("a simulated or recorded device on a booth without a `world:` section" in said for said in found)
    assert any(camera in said for said in found)


@pytest.mark.parametrize("text", ["", "[]", "name: [", "\t- x", "name: booth\n name: x"])
def test_what_is_not_a_mapping_is_refused_with_a_line(text: str, tmp_path: Path) -> None:
    assert len(mistakes(text, tmp_path)) == 1


def test_a_file_that_is_not_there_is_a_problem_and_not_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_relative_paths_are_meant_from_the_folder_of_the_file() -> None:
    assert load(SIM).recipe.pack.resolve() == Path("models/damage-lite0").resolve()


def keys(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(node, dict):
        return [found for key, value in node.items() for found in [(*path, key), *keys(value, (*path, key))]]
    if isinstance(node, list):
        return [found for index, value in enumerate(node) for found in keys(value, (*path, index))]
    return []


PLACES = keys(yaml.safe_load(SIM.read_text()))


@settings(max_examples=60, deadline=None)
@given(place=st.sampled_from(PLACES), value=st.sampled_from([None, "", -1, "x y", [], {}, {"a": 1}, 1e99, True]))
def test_whatever_stands_at_a_key_is_accepted_or_refused_by_a_message(
    place: tuple[str | int, ...], value: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    tree = yaml.safe_load(SIM.read_text())
    node = tree
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    path = tmp_path_factory.mktemp("settings") / "booth.yaml"
    path.write_text(yaml.safe_dump(tree))
    problems: tuple[object, ...] = ()
    try:
        load(path)
    except SettingsInvalid as error:
        problems = error.problems
    assert all(re.match(rf"{path}:[0-9]+: .+: .+", str(problem)) for problem in problems)


def test_the_committed_schema_is_that_of_the_model() -> None:
    import json

    assert json.loads(Path("config/settings.schema.json").read_text()) == document()
