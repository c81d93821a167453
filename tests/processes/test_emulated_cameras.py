"""A booth whose cameras are behind the vendors' own libraries, each in a process of its own."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.processes.line import broken_promises, running, settings

needs_sdks = pytest.mark.skipif(
    not (find_spec("pyrealsense2") and find_spec("pypylon")),
    reason="needs both SDKs: pip install 'inspection-booth[realsense,basler]'",
)


@needs_sdks
def test_trays_are_judged_by_what_the_vendors_libraries_give(tmp_path: Path) -> None:
    config = settings(tmp_path, "emulated-cameras.yaml", line={}, records={"evidence": "all"})
    with running(config, "--trays", "3") as run:
        assert run.ended() == 0, run.said
    assert len(run.trays) == 3
    assert broken_promises(run) == []
    judged = [tray for tray in run.trays if tray["score"] is not None]
    assert judged, [tray["reasons"] for tray in run.trays]
    pictures = {path.relative_to(path.parents[2]).as_posix() for path in (tmp_path / "state").rglob("shot-0/*.png")}
    assert {"left/shot-0/colour.png", "left/shot-0/depth.png", "right/shot-0/colour.png"} == pictures
