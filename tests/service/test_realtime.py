"""What the kernel gives a process is asked for, and what it refuses is said. In a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

SCRIPT = """
import gc, json, os, resource, sys
from booth.service import realtime
for name, limit in json.loads(sys.argv[1]).items():
    resource.setrlimit(getattr(resource, name), (limit, limit))
if sys.argv[2] == "nobody":
    os.setresuid(65534, 65534, 65534)
said = realtime.claim()
locked = int(open("/proc/self/status").read().split("VmLck:")[1].split()[0])
print(json.dumps([said, os.sched_getscheduler(0), locked, gc.isenabled(), gc.get_freeze_count() > 0]))
"""


def claimed(limits: dict[str, int], user: str) -> Any:
    command = [sys.executable, "-c", SCRIPT, json.dumps(limits), user]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return json.loads(done.stdout)


def test_what_was_claimed_is_what_the_kernel_says() -> None:
    said, scheduler, locked, collects, frozen = claimed({}, "self")
    assert len(said) == 3
    assert ("SCHED_FIFO 50" in said) is (scheduler & ~os.SCHED_RESET_ON_FORK == os.SCHED_FIFO)
    assert ("locked memory" in said) is (locked > 0)
    assert (collects, frozen) == (False, True)


def test_what_is_refused_is_said_with_the_reason_and_nothing_else_is_lost() -> None:
    limits = {"RLIMIT_RTPRIO": 0, "RLIMIT_MEMLOCK": 0}
    said, scheduler, locked, collects, _ = claimed(limits, "nobody" if os.geteuid() == 0 else "self")
    assert said[0] == "no SCHED_FIFO 50 (Operation not permitted)"
    assert said[1].startswith("no locked memory (")
    assert said[2] == "frozen GC"
    assert (scheduler, locked, collects) == (os.SCHED_OTHER, 0, False)
