"""The simulated booth that shows the scenes that come with it, on a machine without GL."""

from pathlib import Path

import pytest

from tests.processes.line import broken_promises, running, settings


def test_the_shipped_scenes_run_where_there_is_no_gl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libEGL.so.1").write_text("not a library")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_DIRS", str(tmp_path))
    config = settings(tmp_path, "shipped-scenes.yaml", line={})  # on its own belt: six pictures a tray are drawn
    with running(config, "--trays", "3") as run:
        assert run.ended() == 0, run.said[-5:]
    assert broken_promises(run) == []
    assert run.summary["entered"] == 3
    assert all(tray["score"] is not None for tray in run.trays), [tray["reasons"] for tray in run.trays]
    assert {lane for tray in run.trays for lane in tray["lanes"]} == {"appearance", "relief", "geometry"}
    assert {tray["truth"]["damaged"] for tray in run.trays} == {False, True}
