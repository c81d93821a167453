"""`train.py --quick` from captures to a pack that loads: with the torch of this environment, or of `make train`'s."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from booth.geometry.views import View
from booth.scoring.packs.pack import Pack, load
from tests.evaluation import made

ROOT = Path(__file__).parents[2]
BESIDE = ROOT / ".venv-train" / "bin" / "python"


def python() -> str:
    if importlib.util.find_spec("torch"):
        return sys.executable
    if not BESIDE.exists():
        pytest.skip("torch is not installed here; make train installs it into .venv-train")
    return str(BESIDE)


def trained(folder: Path) -> subprocess.CompletedProcess[str]:
    script = ROOT / "models" / "training" / "train.py"
    told = ["--quick", "--data", folder, "--work", folder / "work", "--into", folder / "tiny", "--workers", "1"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [python(), str(script), *map(str, told)], capture_output=True, text=True, env=environment, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quick")
    for split in ("train", "val"):
        made.simulated(folder / split, 4, split=split, product=f"carton-{split}")
        for number in range(4, 8):
            whole = folder / split / "captures" / f"{number:06d}"
            made.capture(whole, split=split, product=f"carton-{split}", damages=[], visible_px={"left": []})
    done = trained(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def pack(folder: Path) -> Pack:
    return load(folder / "tiny")


def view(height_mm: float, lit: int) -> View:
    size = (320, 416)
    colour, height = np.full((*size, 3), 90, np.uint8), np.full(size, height_mm, np.float32)
    sides = {"left": colour // 2, "right": colour // 3} if lit else {}
    return View("left", colour, height, np.isfinite(height), sides)  # type: ignore[arg-type]


def test_what_it_writes_is_a_pack_that_holds_and_says_how_it_was_made(pack: Pack) -> None:
    assert pack.manifest.training.command == 'make train TRAIN_ARGS="--quick"'
    assert "trained on simulated pictures only" in (pack.folder / pack.manifest.card).read_text()
    assert len(pack.manifest.damage_types) == 8


def test_it_writes_a_page_of_the_validation_part(folder: Path, pack: Pack) -> None:
    content = (folder / "work" / "report" / "index.html").read_text()
    assert "val, part val: 8 trays" in content
    assert pack.sha256[:12] in content


@pytest.mark.parametrize(("height_mm", "lit"), [(np.nan, 0), (np.nan, 1), (40.0, 0), (40.0, 1)])
def test_its_network_answers_in_range_whatever_a_booth_lacks(pack: Pack, height_mm: float, lit: int) -> None:
    assert pack.network is not None
    found = pack.network.of(view(height_mm, lit))
    assert found["heat"].shape == (8, 40, 52)
    assert found["maps"].shape == (152, 20, 26)
    assert found["embedding"].shape == (1280,)


def test_its_network_looks_at_height_and_at_light_from_the_sides(pack: Pack) -> None:
    assert pack.network is not None
    heats = [pack.network.of(view(height, lit))["heat"] for height, lit in ((np.nan, 0), (40.0, 0), (np.nan, 1))]
    assert np.abs(heats[1] - heats[0]).max() > 0
    assert np.abs(heats[2] - heats[0]).max() > 0


def test_what_it_writes_knows_the_machine_that_it_was_made_on_to_the_bit(pack: Pack) -> None:
    """Made beside torch, loaded in a process without it."""
    assert pack.held is not None
    assert pack.held.exact


def test_its_8_bits_are_tried_and_a_network_that_knows_nothing_stays_in_32(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "tiny", tmp_path / "tiny")
    script = ROOT / "models" / "training" / "eight_bits.py"
    told = [tmp_path / "tiny", "--data", folder, "--work", tmp_path / "work", "--captures", "2", "--tell"]
    done = subprocess.run([python(), str(script), *map(str, told)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "work" / "tiny.json").read_text())
    assert found["shipped"] == "fp32"
    assert "appearance: auroc cannot be told" in found["because"]  # there is one product
    assert found["model_mb"]["int8"] < 0.4 * found["model_mb"]["fp32"]
    whole, small = load(tmp_path / "tiny"), load(tmp_path / "work" / "tiny-int8")
    assert "**This pack stays in 32 bits**" in (whole.folder / whole.manifest.card).read_text()
    assert (small.folder / small.manifest.card).read_text().startswith("# tiny-int8: the network of tiny in 8 bits")
    assert whole.network is not None
    assert small.network is not None
    one, other = (network.of(view(40.0, 1))["maps"].ravel() for network in (whole.network, small.network))
    assert 0.7 < np.corrcoef(one, other)[0, 1] < 1  # of a grey view, its ranges from two pictures


def test_a_second_run_fits_nothing_again_and_writes_the_same_model(folder: Path, pack: Pack) -> None:
    before = json.loads((folder / "tiny" / "manifest.json").read_text())["files"]
    again = trained(folder)
    assert again.returncode == 0, again.stderr
    assert "epoch" not in again.stdout
    assert json.loads((folder / "tiny" / "manifest.json").read_text())["files"] == before


def test_a_fit_that_was_killed_goes_on_and_ends_as_one_that_was_not(folder: Path, pack: Pack) -> None:
    whole = (folder / "tiny" / "manifest.json").read_text()
    (folder / "work" / "fit.pt").unlink()
    script = f"import sys; sys.path[:0] = [{str(ROOT / 'models' / 'training')!r}]; import train, fitting\n" + KILLED
    told = ["--quick", "--data", folder, "--work", folder / "work", "--into", folder / "tiny", "--workers", "1"]
    killed = subprocess.run([python(), "-c", script, *map(str, told)], capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    again = trained(folder)
    assert "epoch 2 of 2" in again.stdout
    assert "epoch 1 of 2" not in again.stdout
    assert (folder / "tiny" / "manifest.json").read_text() == whole


KILLED = """
import os, signal
train._told = lambda run, mean: os.kill(os.getpid(), signal.SIGKILL)
train.main()
"""
