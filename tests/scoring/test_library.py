import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from booth.scoring.packs import library
from booth.scoring.packs.library import Choice, Library, NothingToUndo
from booth.scoring.packs.pack import MANIFEST, Pack, PackInvalid, load
from tests.scoring import tiny

# Of Python 3.12 and later: the threads of the test run are not in the child, and it needs none of them.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

NOW, LATER = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)
BY = "somebody"


@pytest.fixture
def shelf(tmp_path: Path) -> Library:
    return Library(tmp_path / "packs", tiny.write(tmp_path / "named", name="named"))


def installed(shelf: Library, version: str, name: str = "tiny") -> Path:
    source = shelf.folder.parent / f"source-{name}-{version}"
    return shelf.install(tiny.write(source, name=name, version=version), None)


def activated(shelf: Library, version: str) -> Path:
    folder = installed(shelf, version)
    shelf.activate(load(folder), NOW, BY)
    return folder


def undone(shelf: Library) -> None:
    shelf.rollback(shelf.before(), LATER, BY)


def test_without_an_activation_the_pack_of_the_settings_is_active(shelf: Library) -> None:
    assert shelf.chosen() == Choice(shelf.named)
    assert shelf.chosen().load(None).name == "named"
    with pytest.raises(NothingToUndo, match="no other was activated"):
        shelf.rollback(Choice(shelf.named), NOW, BY)


def test_an_installed_pack_is_the_one_that_was_given_and_not_yet_active(shelf: Library) -> None:
    folder = installed(shelf, "2")
    assert folder.parent == shelf.folder
    assert folder.name.startswith("tiny-2-")
    assert load(folder).version == "2"
    assert shelf.chosen() == Choice(shelf.named)


def test_only_what_the_manifest_names_is_installed(shelf: Library, tmp_path: Path) -> None:
    source = tiny.write(tmp_path / "source")
    (source / "notes.txt").write_text("mine")
    folder = shelf.install(source, None)
    assert {path.name for path in folder.iterdir()} == {MANIFEST, "card.md", "golden.png", "model.onnx"}


def test_a_pack_that_does_not_hold_is_not_installed(shelf: Library, tmp_path: Path) -> None:
    source = tiny.write(tmp_path / "source")
    (source / "card.md").write_text("another")
    with pytest.raises(PackInvalid, match=r"source/card\.md: its sha256"):
        shelf.install(source, None)
    assert shelf.installed() == ()


def test_installing_twice_changes_nothing_and_mends_what_was_damaged(shelf: Library, tmp_path: Path) -> None:
    source = tiny.write(tmp_path / "source")
    folder = shelf.install(source, None)
    was = (folder / MANIFEST).stat().st_ino
    assert (shelf.install(source, None), (folder / MANIFEST).stat().st_ino) == (folder, was)
    (folder / "card.md").unlink()
    assert load(shelf.install(source, None)).folder == folder
    assert shelf.installed() == (folder,)


def test_a_pack_is_found_by_its_name_as_long_as_only_one_has_it(shelf: Library) -> None:
    one = installed(shelf, "1")
    assert shelf.find("tiny") == shelf.find(one.name) == one
    two = installed(shelf, "2")
    assert shelf.find("tiny-2") == two
    with pytest.raises(PackInvalid, match="there are several of that name"):
        shelf.find("tiny")
    for name in ("huge", "..", "", ".lock"):
        with pytest.raises(PackInvalid, match=f"no such pack is installed; name one of these: {one.name}, "):
            shelf.find(name)


def test_each_rollback_undoes_one_activation(shelf: Library) -> None:
    one, two = activated(shelf, "1"), activated(shelf, "2")
    assert shelf.chosen().folder == two
    assert shelf.before().folder == one
    undone(shelf)
    assert shelf.chosen().folder == one
    undone(shelf)
    assert shelf.chosen() == Choice(shelf.named)


def test_what_is_active_is_not_activated_again(shelf: Library) -> None:
    folder = activated(shelf, "1")
    shelf.activate(load(folder), NOW, BY)
    undone(shelf)
    assert shelf.chosen() == Choice(shelf.named)


def test_every_change_is_kept_with_when_and_by_whom_also_those_that_were_undone(shelf: Library, tmp_path: Path) -> None:
    folder = activated(shelf, "1")
    shelf.rollback(Choice(shelf.named), LATER, "another")
    changed = Library(shelf.folder, tiny.write(tmp_path / "other", name="other"))
    changed.activate(load(folder), LATER, BY)
    sha256 = load(folder).sha256
    assert [(row.did, row.pack, row.sha256, row.at, row.by) for row in changed.history()] == [
        ("activate", folder.name, sha256, NOW, BY),
        ("rollback", str(shelf.named), None, LATER, "another"),
        ("activate", folder.name, sha256, LATER, BY),
    ]


def test_packs_that_are_activated_at_the_same_moment_are_all_kept(shelf: Library) -> None:
    packs = [load(installed(shelf, str(version))) for version in range(8)]
    together = threading.Barrier(len(packs))

    def activate(pack: Pack) -> None:
        together.wait()
        shelf.activate(pack, NOW, BY)

    with ThreadPoolExecutor(len(packs)) as pool:
        list(pool.map(activate, packs))
    assert {row.sha256 for row in shelf.history()} == {pack.sha256 for pack in packs}
    for _ in packs:
        undone(shelf)
    assert shelf.chosen() == Choice(shelf.named)


def test_only_the_activation_that_was_looked_at_is_undone(shelf: Library) -> None:
    activated(shelf, "1")
    seen = shelf.before()
    two = activated(shelf, "2")
    with pytest.raises(PackInvalid, match="another pack was activated, or given back, meanwhile"):
        shelf.rollback(seen, NOW, BY)
    assert shelf.chosen().folder == two


def test_settings_that_name_another_pack_since_outweigh_an_activation(shelf: Library, tmp_path: Path) -> None:
    folder = activated(shelf, "1")
    changed = Library(shelf.folder, tiny.write(tmp_path / "other", name="other"))
    assert changed.chosen().load(None).name == "other"
    changed.activate(load(folder), NOW, BY)
    undone(changed)
    assert changed.chosen() == Choice(changed.named)


def test_a_pack_that_became_another_since_its_activation_does_not_score(shelf: Library) -> None:
    folder = activated(shelf, "1")
    shutil.rmtree(folder)
    tiny.write(folder, version="3")
    with pytest.raises(PackInvalid, match=r"it is not the pack that was activated.*booth model rollback"):
        shelf.chosen().load(None)


def test_an_active_pack_that_does_not_hold_says_how_to_go_back(shelf: Library) -> None:
    folder = activated(shelf, "1")
    (folder / "card.md").unlink()
    with pytest.raises(
        PackInvalid, match=r"active\.json: the active pack does not hold: .*; go back to the pack before"
    ):
        shelf.chosen().load(None)
    undone(shelf)
    assert shelf.chosen().load(None).name == "named"


@pytest.mark.parametrize(
    "change",
    [
        lambda active: {},
        lambda active: active | {"schema": "booth.packs/9"},
        lambda active: active | {"surprise": 1},
        lambda active: active | {"stack": [active["stack"][0] | {"pack": "../elsewhere"}]},
    ],
)
def test_a_list_of_active_packs_that_is_none_is_named(shelf: Library, change: Callable[[Any], Any]) -> None:
    activated(shelf, "1")
    path = shelf.folder / "active.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(PackInvalid, match=r"active\.json: .*; delete it, and recipe\.pack is active"):
        shelf.chosen()


STEPS = ((os, "fsync"), (Path, "replace"), (shutil, "copyfile"), (shutil, "rmtree"), (library, "settle"))
"""Where what is on the disk changes, or is made sure of: before and after each a process is killed."""


def _killed(work: Callable[[], object], at: int) -> None:
    steps = iter(range(at + 1))

    def counted(does: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            _die_at_the_last(steps)
            done = does(*args, **kwargs)
            _die_at_the_last(steps)
            return done

        return step

    for place, name in STEPS:
        setattr(place, name, counted(getattr(place, name)))
    work()


def _die_at_the_last(steps: Any) -> None:
    if next(steps, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)


def killed_at_each_step(work: Callable[[], object], looks: Callable[[], None]) -> int:
    """Do `work` in a process that is killed one step later each time, until it lives; look at what each leaves."""
    for at in range(200):
        child = multiprocessing.get_context("fork").Process(target=_killed, args=(work, at))
        child.start()
        child.join()
        looks()
        if child.exitcode == 0:
            return at
    raise AssertionError("never done")


def test_whoever_is_killed_while_activating_leaves_the_old_pack_or_the_new(shelf: Library) -> None:
    one, two = activated(shelf, "1"), load(installed(shelf, "2"))
    seen = []

    def looks() -> None:
        seen.append(shelf.chosen().load(None).version)
        if seen[-1] == "2":
            assert shelf.before().folder == one
            undone(shelf)

    assert killed_at_each_step(lambda: shelf.activate(two, NOW, BY), looks) > 4
    assert set(seen) == {"1", "2"}


def test_whoever_is_killed_while_going_back_leaves_the_new_pack_or_the_old(shelf: Library) -> None:
    one, two = activated(shelf, "1"), load(activated(shelf, "2"))
    seen = []

    def looks() -> None:
        seen.append(shelf.chosen().load(None).version)
        if seen[-1] == "1":
            shelf.activate(two, NOW, BY)

    assert killed_at_each_step(lambda: undone(shelf), looks) > 4
    assert set(seen) == {"1", "2"}
    assert one in shelf.installed()


def test_whoever_is_killed_while_installing_leaves_a_whole_pack_or_none(shelf: Library, tmp_path: Path) -> None:
    source = tiny.write(tmp_path / "source")
    whole = []

    def looks() -> None:
        whole.append([load(folder).version for folder in shelf.installed()])

    assert killed_at_each_step(lambda: shelf.install(source, None), looks) > 20
    assert whole[0] == []
    assert whole[-1] == ["1"]
    assert [path.name for path in shelf.folder.glob(".installing-*")] == []
