"""A gallery whose writer is killed at any step, or is not alone."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from itertools import chain, count
from pathlib import Path
from typing import Any

import pytest

from booth.durable import UNFINISHED
from booth.scoring.gallery import index
from booth.scoring.gallery.files import packed
from booth.scoring.gallery.reference import Capture
from booth.scoring.gallery.store import load
from booth.scoring.gallery.writing import Desk, Draft, writing
from tests.scoring.gallery.captures import NOON, capture, signed

STEPS = ("open", "os.mkdir", "os.rename", "os.link", "os.chmod", "os.remove", "os.rmdir", "shutil.rmtree")
"""Audit events of what changes a disk. os.fsync has none, and changes nothing that a kill could show."""


def child(work: Callable[[], Any]) -> int:
    """Run `work` in a process of its own: its signal, negative, or 0. It only moves bytes: threads of OpenCV do not
    live on in a fork."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 told by the exit code
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(step: int, folder: Path) -> None:
    """From now on this process ends at its `step`-th change below `folder`."""
    left = [step]

    def hear(event: str, given: tuple[Any, ...]) -> None:
        if event in STEPS and str(folder) in str(given[0]):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hear)


def add(folder: Path, *captures: Capture) -> None:
    with writing(folder) as desk:
        desk.add(Draft("tea", captures), signed())


def packed_before(monkeypatch: pytest.MonkeyPatch, *captures: Capture) -> None:
    """Pictures are encoded here, so that a child need not."""
    known = {id(one): packed(one, "tea", NOON, "a person") for one in captures}
    monkeypatch.setattr("booth.scoring.gallery.writing.packed", lambda one, *_: known[id(one)])


def test_a_kill_at_any_step_of_an_add_leaves_the_old_version_or_the_new_one_and_the_next_add_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, later = (capture(seed) for seed in range(3))
    packed_before(monkeypatch, old, new, later)
    versions: list[int] = []
    ended = -signal.SIGKILL
    for step in count():
        if ended == 0:
            break
        folder = tmp_path / str(step)
        add(folder, old)

        def work(step: int = step, folder: Path = folder) -> None:
            killed_at(step, folder)
            add(folder, new)

        ended = child(work)
        found = load(folder)
        assert len(found.references("tea")) == found.version
        versions.append(found.version)
        add(folder, later)
        assert len(load(folder).references("tea")) == found.version + 1
        assert list(folder.rglob(f"{UNFINISHED}*")) == []
    assert versions == sorted(versions)
    assert versions.count(1) > 10
    assert versions[-1] == 2


def test_two_processes_that_add_at_once_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    each = [[capture(10 * process + number) for number in range(5)] for process in range(3)]
    packed_before(monkeypatch, *chain(*each))

    def adding(captures: list[Capture]) -> Callable[[], None]:
        def work() -> None:
            for one in captures:
                add(tmp_path, one)

        return work

    ends: list[int] = []
    threads = [threading.Thread(target=lambda one=one: ends.append(child(adding(one)))) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [0, 0, 0]
    assert index.numbers(tmp_path) == tuple(range(1, 16))
    assert len(load(tmp_path).references("tea")) == 15


def test_a_version_that_another_has_made_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """As on a disk whose locks do not hold."""
    add(tmp_path, capture(0))
    behind = Desk(tmp_path)
    add(tmp_path, capture(1))
    with pytest.raises(FileExistsError):
        behind.add(Draft("tea", (capture(2),)), signed())
    assert len(load(tmp_path).references("tea")) == 2
