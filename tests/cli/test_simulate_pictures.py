"""`booth simulate render` and `dataset` where there is no GL, as their users run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT


def simulate(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    (folder / "libEGL.so.1").write_text("not a library")
    broken = {**os.environ, "LD_LIBRARY_PATH": str(folder), "__EGL_VENDOR_LIBRARY_DIRS": str(folder)}
    command = [sys.executable, "-m", "booth.cli.app", "simulate", *arguments]
    return subprocess.run(command, cwd=ROOT, env=broken, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("what", [("render", "sheet.png"), ("dataset", "set", "--captures", "1")], ids=lambda it: it[0])
def test_without_gl_the_packages_are_named_and_so_is_what_works_without(what: tuple[str, ...], tmp_path: Path) -> None:
    command, name, *more = what
    ended = simulate(tmp_path, command, str(tmp_path / name), *more)
    assert ended.returncode == 4
    assert "apt-get install libegl1 libgl1-mesa-dri" in ended.stderr
    assert "--what shipped" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("what", ["lot", "shipped"])
def test_a_sheet_for_a_folder_that_is_not_there_is_refused_before_anything_is_drawn(what: str, tmp_path: Path) -> None:
    ended = simulate(tmp_path, "render", str(tmp_path / "none" / "sheet.png"), "--what", what)
    assert ended.returncode == 8
    assert f"{tmp_path / 'none'}: No such file or directory; make the folder" in ended.stderr
