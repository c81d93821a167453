import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT, modules

HEAVY = {"cv2", "numpy", "onnxruntime", "pypylon", "pyrealsense2", "torch"}


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """import-linter with the project's contracts, over the packages that lie in `root`."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache", *options]
    return subprocess.run(
        [*command, "--config", str(ROOT / "pyproject.toml")],
        cwd=root,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
        capture_output=True,
        text=True,
    )


def test_every_import_runs_down_the_house() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    ("contract", "module", "line"),
    [
        ("packages", "drivers/frames.py", "import booth.tray"),
        ("packages", "fakes/world.py", "import booth.tray"),
        ("packages", "booth/inspection/controller.py", "import fakes.loop"),
        ("house", "booth/tray.py", "import booth.settings"),
        ("house", "booth/inspection/controller.py", "import booth.assembly"),
        ("house", "booth/line/tracker.py", "import booth.scoring"),
        ("house", "booth/annexe.py", "# a module that no layer knows"),
        ("pure", "booth/inspection/cycle.py", "import asyncio"),
        ("pure", "booth/line/tracker.py", "import drivers.clock"),
        ("keeper", "booth/line/keeper.py", "def on_demand(): import numpy"),
        ("keeper", "drivers/units.py", "import cv2"),
        ("truth", "booth/scoring/verdict.py", "import fakes.world"),
    ],
)
def test_a_step_up_the_house_is_refused(house: Path, contract: str, module: str, line: str) -> None:
    with (house / module).open("a") as file:
        file.write(f"\n{line}\n")
    done = lint_imports(house, "--contract", contract)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout, done.stdout


def pure_modules() -> tuple[str, ...]:
    """The modules of the contract "pure", as dotted names."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (pure,) = (contract["source_modules"] for contract in contracts if contract["id"] == "pure")
    return tuple(pure)


def builtin_io(root: Path = ROOT) -> list[str]:
    """Calls of open, print and input in the pure core: I/O that needs no import."""
    return [
        f"{path}:{node.lineno}: {node.func.id}"
        for path, module in modules(root)
        if f"{path.with_suffix('')}.".replace("/", ".").startswith(tuple(f"{name}." for name in pure_modules()))
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("open", "print", "input")
    ]


def test_the_pure_core_calls_no_builtin_that_does_io() -> None:
    assert builtin_io() == []


def test_a_builtin_that_does_io_is_found_in_the_pure_core_only(house: Path) -> None:
    (house / "booth/tray.py").write_text("print(1)\n")
    (house / "booth/geometry/extra.py").write_text("def f():\n    return open('x')\n")
    (house / "booth/records/extra.py").write_text("open('x')\n")
    assert builtin_io(house) == ["booth/geometry/extra.py:2: open", "booth/tray.py:1: print"]


def loaded_by(code: str) -> set[str]:
    """The top-level modules in a fresh interpreter after `code`."""
    report = "import sys; print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"try:\n    {code}\nfinally:\n    {report}"],
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["devices", "--help"]])
def test_the_help_of_booth_loads_nothing_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(f"import sys; sys.argv = {['booth', *arguments]}; from booth.cli import main; main()")
    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_looking_for_devices_leaves_the_sdks_to_processes_of_their_own() -> None:
    looks = "from drivers.discovery import look; from drivers.discovery.found import Detail; look(Detail.NAMES)"
    loaded = loaded_by(looks)
    assert "drivers" in loaded
    assert loaded & HEAVY == set()


def test_the_line_keeper_loads_nothing_heavy() -> None:
    loaded = loaded_by("import booth.cli.line_keeper, booth.line.keeper")
    assert "booth" in loaded
    assert loaded & (HEAVY | {"fakes"}) == set()


def test_no_device_that_the_line_keeper_may_open_loads_anything_heavy() -> None:
    tables = "registry.TRAY_SENSORS, registry.GATES, registry.TRAY_STOPS, registry.BELT_PERMITS, registry.SCANNERS"
    load_all = f"[registry.load(table, key) for table in ({tables}) for key in table]"
    loaded = loaded_by(f"from drivers import registry; {load_all}")
    assert "drivers" in loaded
    assert loaded & HEAVY == set()


def test_a_heavy_import_behind_a_light_one_is_seen() -> None:
    assert "numpy" in loaded_by("import drivers.frames")


BANNED = [
    "import time",
    "from time import monotonic",
    "from datetime import datetime\n\ndatetime.now()",
    "import datetime\n\ndatetime.date.today()",
    "import asyncio\n\nasyncio.sleep(1)",
    "from asyncio import sleep",
]


def refusals(code: str, file: str) -> str:
    """What ruff says of `code` under the project's rules for `file`, one rule: banned names."""
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--select", "TID251", "--stdin-filename", file, "-"]
    return subprocess.run(command, input=code + "\n", cwd=ROOT, check=False, capture_output=True, text=True).stdout


@pytest.mark.parametrize("code", BANNED)
def test_only_the_clock_reads_time_or_sleeps(code: str) -> None:
    assert "Take a Clock" in refusals(code, "booth/line/keeper.py")
    assert "Take a Clock" in refusals(code, "tests/core/test_cycle.py")
    assert refusals(code, "drivers/clock.py") == ""
