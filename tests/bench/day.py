"""A simulated day: the whole booth in virtual time, every fault there is."""

import json
import os
import subprocess
import sys

from tests.bench.rows import Row, once

TRAYS = 10_000
CORES = 2


def rows() -> list[Row]:
    command = [sys.executable, "-m", "booth.cli.app", "simulate", "day", "--trays", str(TRAYS), "--json"]
    told: list[str] = []
    cores = set(sorted(os.sched_getaffinity(0))[:CORES])

    def play() -> None:
        # A day with a violation ends with 6, and is measured all the same.
        ended = subprocess.run(  # noqa: PLW1510
            command, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cores)
        )
        told.append(ended.stdout.splitlines()[-1])

    took = once(play)
    day = json.loads(told[0])
    says = f"{TRAYS} trays on {len(cores)} cores, {sum(day['faults'].values())} faults of {len(day['faults'])} kinds"
    return [
        Row("simulated day", took, "s", "<= 60", says),
        Row("simulated day, broken promises", len(day["violations"]), "trays", "<= 0", "judged from the world's truth"),
    ]
