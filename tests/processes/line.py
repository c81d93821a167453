"""`booth run` as its users run it: real processes, real sockets, real signals, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GIVE_UP_AFTER_S = 120


FASTER = {"belt_mm_per_s": 400, "station_hold_ms": 480, "encoder_sample_ms": 50}


def settings(folder: Path, shipped: str = "sim.yaml", line: Mapping[str, Any] = FASTER, **changes: Any) -> Path:
    """A copy of a shipped config with its own state, on a faster belt. `changes` go to the top level."""
    tree = yaml.safe_load((ROOT / "config" / shipped).read_text())
    tree |= {"state_dir": str(folder / "state"), "runtime_dir": str(folder / "run")}
    tree["calibration"] = str(ROOT / "config" / tree["calibration"])
    tree["recipe"]["pack"] = str((ROOT / "config" / tree["recipe"]["pack"]).resolve())
    tree["line"] |= line
    for camera in tree["cameras"].values():
        if "session" in camera:
            camera["session"] = str(folder / "session")
    path = folder / "booth.yaml"
    path.write_text(yaml.safe_dump(tree | changes))
    return path


@dataclass
class Run:
    """One `booth run`. `trays` and `said` grow while it runs."""

    process: "subprocess.Popen[str]"
    trays: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def child(self, module: str) -> int:
        """The process id of the child that runs `module`."""
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode().split("\0")
                parent = int((path.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if parent == self.process.pid and module in words:
                return int(path.parent.name)
        raise LookupError(f"no child runs {module}")

    def children(self) -> list[int]:
        return [self.child(name) for name in ("fakes.serve", "booth.cli.booth_line", "booth.cli.boothd")]

    def wait_for(self, what: str, there: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + GIVE_UP_AFTER_S
        while not there():
            assert time.monotonic() < give_up_at, f"waited in vain for {what}; said: {self.said[-20:]}"
            assert self.process.poll() is None, f"ended with {self.process.returncode} before {what}: {self.said[-20:]}"
            time.sleep(0.02)

    def entered(self, trays: int) -> Callable[[], bool]:
        return lambda: any(line.startswith(f"progress: {trays} entered") for line in self.said)

    def ended(self) -> int:
        code = self.process.wait(GIVE_UP_AFTER_S)
        for reader in self._readers:
            reader.join(5)
        return code

    def close(self) -> None:
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()

    _readers: list[Thread] = field(default_factory=list)

    def read(self) -> None:
        self._readers = [Thread(target=self._results, daemon=True), Thread(target=self._rest, daemon=True)]
        for reader in self._readers:
            reader.start()

    def _results(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                found = json.loads(line)
            except ValueError:
                self.strange.append(line)
                continue
            if found["kind"] == "tray":
                self.trays.append(found)
            else:
                self.summary = found

    def _rest(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip())


@contextmanager
def running(config: Path, *options: str) -> Iterator[Run]:
    """`booth run CONFIG --json OPTIONS`; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "booth.cli.app", "run", str(config), "--json", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    run = Run(process)
    run.read()
    try:
        yield run
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
        run.ended()
        run.close()


def alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def kill(process: int, how: signal.Signals = signal.SIGKILL) -> None:
    os.kill(process, how)


def broken_promises(run: Run) -> list[str]:
    """What the line's promise rules out, by the world's word on where each tray went."""
    found = [f"{tray['tray_id']} passed without a PASS" for tray in run.trays if _passed(tray) and not _may(tray)]
    ends = {"PASSED": "passed", "DIVERTED": "diverted"}
    found += [
        f"{tray['tray_id']} ended {tray['end']} and {tray['truth']['went']}"
        for tray in run.trays
        if tray["end"] in ends and tray["truth"] and tray["truth"]["went"] not in ("belt", ends[tray["end"]])
    ]
    if len({tray["tray_id"] for tray in run.trays}) != len(run.trays):
        found.append("a tray ended twice")
    total = sum(run.summary[name] for name in ("passed", "diverted", "held", "bypassed", "in_flight"))
    if run.summary["entered"] != total or run.summary["entered"] != len(run.trays) + run.summary["in_flight"]:
        found.append(f"the counts do not add up: {run.summary}")
    return found


def _passed(tray: dict[str, Any]) -> bool:
    return bool(tray["truth"] and tray["truth"]["went"] == "passed")


def _may(tray: dict[str, Any]) -> bool:
    return tray["verdict"] == "PASS" and tray["end"] in ("PASSED", "HELD")
