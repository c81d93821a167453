"""From the last frame, and from the entry edge, to the verdict; what the controller weighs meanwhile; and every lane on
captures of the reference line."""

import tempfile
from pathlib import Path

from tests.bench import verdict_lanes
from tests.bench.processes import memory_mb
from tests.bench.rows import Row, p50, p99
from tests.processes.line import running, settings

TRAYS = 15


def rows() -> list[Row]:
    return [*verdict_lanes.rows(), *_of_a_run()]


def _of_a_run() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, running(_config(Path(folder)), "--trays", str(TRAYS)) as run:
        run.wait_for("all trays but one", lambda: len(run.trays) >= TRAYS - 1)
        resident, most = memory_mb(run.child("booth.cli.boothd"))
        run.ended()
    looked_at = [tray for tray in run.trays if tray["deciding_ms"] is not None]
    latency, deciding = ([tray[key] / 1000 for tray in looked_at] for key in ("latency_ms", "deciding_ms"))
    where = "`booth run config/shipped-scenes.yaml`, 3 shots, 2 cameras; the world draws on the same cores"
    conditions = f"{len(looked_at)} of {TRAYS} trays looked at, {run.summary['late']} late; {where}"
    return [
        Row("last frame in to verdict out, p50", p50(deciding), "s", None, conditions),
        Row("last frame in to verdict out, p99", p99(deciding), "s", "<= 0.5", conditions),
        Row("entry edge to verdict, p50", p50(latency), "s", None, f"{conditions}; 0.5 s of it is travel"),
        Row("entry edge to verdict, p99", p99(latency), "s", "<= 1.5", f"{conditions}; 0.5 s of it is travel"),
        Row("controller, resident", resident, "MB", "<= 350", f"after {TRAYS - 1} trays of {where}; one pack"),
        Row("controller, most ever resident", most, "MB", "<= 350", f"over {TRAYS - 1} trays of {where}; one pack"),
    ]


def _config(folder: Path) -> Path:
    """As it is shipped, with its state in `folder`."""
    return settings(folder, "shipped-scenes.yaml", line={})
