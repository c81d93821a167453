"""What a camera host leaves behind, and what it may do without: nothing, and executable memory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.units import ms
from tests.drivers.hosts import CLOCK, Camera, gone, play, unruly

PATIENCE_S = 30

BOOTH = """
import asyncio, sys
from tests.drivers.hosts import unruly
async def main():
    camera = unruly(size_px=[640, 480])
    await camera.isolated.open()
    await camera.isolated.arm(4_000_000)
    await camera.isolated.trigger()
    print(camera.process, flush=True)
    {then}
asyncio.run(main())
"""


def booth_that(then: str) -> "subprocess.Popen[str]":
    code = BOOTH.format(then=then)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_host_does_not_outlive_its_booth_even_if_it_hangs(stopped: bool) -> None:
    with booth_that("await asyncio.Event().wait()") as booth:
        assert booth.stdout is not None
        host = int(booth.stdout.readline())
        if stopped:
            os.kill(host, signal.SIGSTOP)
        booth.kill()
        give_up_at = CLOCK.now() + PATIENCE_S * 10**9
        while not gone(host):
            assert CLOCK.now() < give_up_at, "the host outlived its booth"


def maps(process: int) -> str:
    return Path(f"/proc/{process}/maps").read_text()


def shared(process: int) -> set[str]:
    """What it has of the folder where shared memory has names. An earlier test of this process may have left some."""
    return {line.split()[-1] for line in maps(process).splitlines() if "/dev/shm" in line}


def test_frames_lie_in_memory_without_a_name_of_which_nothing_can_be_left() -> None:
    before = shared(os.getpid())

    async def scenario(camera: Camera) -> None:
        await camera.isolated.open()
        await camera.isolated.arm(ms(4))
        for process in (os.getpid(), camera.process):
            assert "/memfd:frames of left (deleted)" in maps(process)
        assert shared(camera.process) == set()
        assert shared(os.getpid()) <= before

    play(unruly(), scenario)


def test_a_booth_that_ends_without_closing_its_camera_leaves_no_host_and_no_complaint() -> None:
    with booth_that("pass") as booth:
        out, err = booth.communicate(timeout=PATIENCE_S)
    assert (booth.returncode, err) == (0, "")
    assert gone(int(out))


UNDER_MDWE = """
import ctypes, mmap
assert ctypes.CDLL(None, use_errno=True).prctl(65, 1, 0, 0, 0) == 0  # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
try:
    mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)
except PermissionError:
    print("enforced", flush=True)
"""


def test_it_works_where_memory_is_never_both_writable_and_executable() -> None:
    then = "print((await camera.isolated.read(10**18)).sequence); await camera.isolated.close()"
    code = UNDER_MDWE + BOOTH.format(then=then)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if "enforced" not in done.stdout:
        pytest.skip(f"this kernel has no PR_SET_MDWE (it came with Linux 6.3): {done.stderr[-80:]}")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-1] == "1"


def test_a_host_that_was_about_to_start_when_its_booth_ended_is_not_left_either() -> None:
    then = "asyncio.create_task(camera.isolated._next_host()); await asyncio.sleep(0)"
    with booth_that(f"{then}; print('ends', flush=True)") as booth:
        _, err = booth.communicate(timeout=PATIENCE_S)
    assert (booth.returncode, err) == (0, "")
