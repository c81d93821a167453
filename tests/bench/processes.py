"""The booth's processes, started one at a time so that each can be measured alone."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from booth.assembly import simulation
from booth.assembly.processes import Job, jobs
from booth.settings import load
from tests.processes.line import ROOT, settings


def shipped(folder: Path) -> Path:
    """config/sim.yaml with its state in `folder`, and nothing else changed."""
    line = yaml.safe_load((ROOT / "config/sim.yaml").read_text())["line"]
    return settings(folder, line=line)


def booth_jobs(config: Path) -> dict[str, Job]:
    """world, keeper and controller as `booth run` starts them."""
    found = load(config)
    plan = simulation.plan(found, 0).to_json()
    return {job.name: job for job in jobs(config, found, f"{plan}\n".encode())}


@contextmanager
def started(job: Job, until: str) -> Iterator[str]:
    """Run `job`; gives the line of its stderr that holds `until`. Ended with SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, *job.arguments], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    assert process.stdin is not None
    assert process.stderr is not None
    with process:
        try:
            process.stdin.write(job.first)
            yield next(said for line in process.stderr if until in (said := line.decode()))
        finally:
            process.terminate()
            process.stderr.read()


def memory_mb(process: int) -> tuple[float, float]:
    """What is resident now, and the most that ever was, in millions of bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    now, most = (int(status.split(name)[1].split()[0]) * 1024 / 1e6 for name in ("VmRSS:", "VmHWM:"))
    return now, most
