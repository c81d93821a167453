"""systemd accepts the units without a word, and the sandbox around them is tight."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from booth.service.realtime import PRIORITY

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = ("boothd.service", "booth-line.service")
DISTRIBUTION = Path("/usr/lib/systemd/system")  # where systemd's own package keeps the targets that units stand on
LOOSEST = "20"  # of 100, where systemd-analyze puts an unprotected service at 92

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
sysusers = pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="systemd-sysusers is not installed")


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with our units on it, and an executable wherever an ExecStart points."""
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for source in [*DISTRIBUTION.glob("*.target"), *DISTRIBUTION.glob("*.slice"), *map(UNITS.joinpath, SERVICES)]:
        shutil.copy(source, units)
    for service in SERVICES:
        executable = tmp_path / started(service)[0].lstrip("/")
        executable.parent.mkdir(parents=True, exist_ok=True)
        executable.write_text("#!/bin/sh\n")
        executable.chmod(0o755)
    return tmp_path


def settings(service: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (UNITS / service).read_text(), re.MULTILINE)


def started(service: str) -> list[str]:
    (command,) = settings(service, "ExecStart")
    return str(command).split()


def verify(root: Path, service: str) -> tuple[int, str]:
    """Exit code and what it grumbled: an unknown key is a grumble with exit code 0."""
    done = run("systemd-analyze", f"--root={root}", "verify", service)
    return done.returncode, done.stderr


@analyze
@pytest.mark.parametrize("service", SERVICES)
def test_systemd_accepts_the_unit_silently(root: Path, service: str) -> None:
    assert verify(root, service) == (0, "")


@analyze
def test_an_unknown_key_is_not_accepted_silently(root: Path) -> None:
    unit = root / "etc/systemd/system/boothd.service"
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSecs="))
    assert "WatchdogSecs" in verify(root, "boothd.service")[1]


@analyze
def test_a_command_that_is_not_installed_is_found(root: Path) -> None:
    (root / "opt/inspection-booth/bin/booth-line").unlink()
    code, says = verify(root, "booth-line.service")
    assert code != 0
    assert "booth-line" in says


@analyze
@pytest.mark.parametrize("service", SERVICES)
def test_the_sandbox_is_tight(service: str) -> None:
    checked = run("systemd-analyze", "security", "--offline=true", f"--threshold={LOOSEST}", UNITS / service)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@analyze
def test_a_unit_without_its_sandbox_is_found(tmp_path: Path) -> None:
    loose = tmp_path / "boothd.service"
    loose.write_text("[Service]\nExecStart=/bin/true\n")
    assert run("systemd-analyze", "security", "--offline=true", f"--threshold={LOOSEST}", loose).returncode != 0


@sysusers
def test_systemd_would_make_the_user_of_the_services() -> None:
    made = run("systemd-sysusers", "--dry-run", "--root=/", UNITS / "inspection-booth.sysusers")
    assert made.returncode == 0, made.stderr
    assert {user for service in SERVICES for user in settings(service, "User")} == {"boothd"}
    assert re.search(r"^u boothd ", (UNITS / "inspection-booth.sysusers").read_text(), re.MULTILINE)


@pytest.mark.parametrize("service", SERVICES)
def test_a_hung_service_is_ended_and_comes_back(service: str) -> None:
    wanted = {"Type": ["notify"], "WatchdogSignal": ["SIGABRT"], "Restart": ["on-failure"]}
    assert {key: settings(service, key) for key in wanted} == wanted
    assert settings(service, "WatchdogSec")


def test_the_controller_brings_the_keeper_up_but_does_not_take_it_down() -> None:
    assert settings("boothd.service", "Wants") == settings("boothd.service", "After") == ["booth-line.service"]
    assert not any(settings("boothd.service", key) for key in ("Requires", "BindsTo", "PartOf"))
    assert not any(settings("booth-line.service", key) for key in ("Requires", "BindsTo", "PartOf", "Wants"))


def test_the_folder_of_the_sockets_outlives_either_service() -> None:
    assert not any(settings(service, "RuntimeDirectory") for service in SERVICES)
    assert "d /run/inspection-booth 0750 boothd boothd -" in (UNITS / "inspection-booth.tmpfiles").read_text()


def test_both_services_start_the_wheel_s_commands_on_one_config() -> None:
    folder, config = "/opt/inspection-booth/bin", "/etc/inspection-booth/booth.yaml"
    assert [started(service) for service in SERVICES] == [
        [f"{folder}/boothd", config],
        [f"{folder}/booth-line", config],
    ]


def test_no_device_is_open_to_everybody() -> None:
    rules = (UNITS / "60-inspection-booth.rules").read_text()
    lines = [line for line in rules.splitlines() if line and not line.startswith("#")]
    assert lines
    assert all('MODE="0660", GROUP="boothd"' in line for line in lines)


def test_the_keeper_may_have_what_it_asks_the_kernel_for_and_no_capability() -> None:
    assert settings("booth-line.service", "LimitRTPRIO") == [str(PRIORITY)]
    assert settings("booth-line.service", "LimitMEMLOCK") == ["infinity"]
    assert settings("booth-line.service", "RestrictRealtime") == ["no"]
    assert settings("booth-line.service", "AmbientCapabilities") == [""]
    assert settings("boothd.service", "RestrictRealtime") == ["yes"]
