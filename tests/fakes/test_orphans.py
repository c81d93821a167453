"""Workers of a pool whose master was killed."""

import os
import select
import signal
import subprocess
import sys

import pytest

from tests.architecture.tree import ROOT

MASTER = """
import os, sys, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from fakes.orphans import end_with_parent

if __name__ == "__main__":
    with ProcessPoolExecutor(1, get_context("spawn"), {begin}) as pool:
        print(pool.submit(os.getpid).result(), flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize(("begin", "goes"), [("end_with_parent", True), ("None", False)], ids=["watched", "unwatched"])
def test_a_worker_ends_when_the_process_that_it_works_for_is_killed(begin: str, goes: bool) -> None:
    """Unwatched it stays: the day that Python does this by itself, fakes.orphans can go."""
    with subprocess.Popen(
        [sys.executable, "-c", MASTER.format(begin=begin)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as master:
        assert master.stdout is not None
        worker = os.pidfd_open(int(master.stdout.readline()))
        master.kill()
        try:
            ended, _, _ = select.select([worker], [], [], 20 if goes else 0.5)
            assert bool(ended) is goes
        finally:
            if not goes:
                signal.pidfd_send_signal(worker, signal.SIGKILL)
            os.close(worker)
