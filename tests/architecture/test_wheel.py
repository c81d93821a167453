import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, project_files

SHARE = "inspection_booth-0.1.0.data/data/share/inspection-booth/"


def build(project: Path, out: Path) -> list[str]:
    """The names in the wheel of `project`, built as pip would but without its isolated environment."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = out.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


def top_level(names: list[str]) -> set[str]:
    """What would lie in site-packages, less the wheel's own metadata and data."""
    first = {name.partition("/")[0] for name in names}
    return {name for name in first if not name.endswith((".dist-info", ".data"))}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project with what a working day leaves behind."""
    copy = tmp_path_factory.mktemp("project")
    junk = (
        "booth/__pycache__/x.pyc",
        "models/training/cache/weights.pt",
        "models/training/run.log",
        "stray/__init__.py",
    )
    for file in project_files():
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, copy / file)
    for name in junk:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("left behind")
    return copy


@pytest.fixture(scope="module")
def names(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return build(project, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_brings_three_packages_and_no_fourth(names: list[str]) -> None:
    assert top_level(names) == set(PACKAGES)


def test_a_fourth_package_would_be_seen(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "copy")
    metadata = tmp_path / "copy/pyproject.toml"
    metadata.write_text(
        metadata.read_text().replace('"drivers", "fakes"]\n# Applies', '"drivers", "fakes", "stray"]\n# Applies')
    )
    assert top_level(build(tmp_path / "copy", tmp_path / "wheel")) == {*PACKAGES, "stray"}


def test_the_wheel_carries_every_module(names: list[str]) -> None:
    modules = {str(file) for file in project_files() if file.parts[0] in PACKAGES}
    assert modules - set(names) == set()


def test_the_wheel_carries_configs_packs_and_units_as_data(names: list[str]) -> None:
    data = {name.removeprefix(SHARE) for name in names if name.startswith(SHARE)}
    shipped = {file for file in project_files() if file.parts[0] in ("config", "models", "systemd")}
    assert data == {str(file) for file in shipped if file.parts[:2] != ("models", "training")}
    assert "config/sim.yaml" in data
