"""How long a person waits for `booth --help`."""

import subprocess
import sys
from pathlib import Path

from tests.bench.rows import Row, interleaved, p50

ROUNDS = 7


def rows() -> list[Row]:
    booth = [str(Path(sys.executable).with_name("booth")), "--help"]
    bare = [sys.executable, "-c", "pass"]
    ours, python = interleaved(
        lambda: subprocess.run(booth, capture_output=True, check=True),
        lambda: subprocess.run(bare, check=True),
        ROUNDS,
    )
    conditions = f"fresh process each, median of {ROUNDS}, in turn with `python -c pass`"
    return [
        Row("booth --help", p50(ours), "s", "<= 0.5", conditions),
        Row("booth --help over bare python", p50(ours) / p50(python), "x", None, conditions),
    ]
