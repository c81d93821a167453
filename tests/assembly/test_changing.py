"""A pack that is changed while trays are scored: which of the two judges and which is named."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from booth.assembly.changing import Changing
from booth.assembly.foundation import lay, library, with_pack
from booth.inspection.controller import Controller
from booth.inspection.examination import Examined, Examiner
from booth.records.journal import read_runs, read_trays
from booth.records.record import Source
from booth.scoring.fusion import Scored
from booth.scoring.packs.manifest import ViewShape
from booth.scoring.packs.pack import Pack, PackInvalid, load
from booth.settings import load as settings_of
from drivers.links import Message, memory_pair
from fakes.render import CAMERAS
from tests.assembly.test_book import FINISHED, Stand
from tests.processes.line import settings
from tests.scoring import tiny

NOW = datetime(2026, 1, 2, tzinfo=UTC)
INFOS = {name: camera.info for name, camera in CAMERAS.items()}


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    return Stand(tmp_path)


def test_a_tray_names_the_pack_that_scored_it_and_not_the_one_that_came_meanwhile(stand: Stand) -> None:
    before, after = Source("before", "1" * 64), Source("after", "2" * 64)
    stand.book.grounds = replace(stand.book.grounds, pack=after)
    stand.book.finished(replace(FINISHED, examined=Examined((), scored=Scored(0.1, (), ()), pack=before)))
    stand.journal.close()
    (tray,) = read_trays(stand.path)
    assert tray.judged is not None
    assert tray.judged.pack == before


def test_a_tray_that_nothing_scored_names_the_pack_that_would_have(stand: Stand) -> None:
    after = Source("after", "2" * 64)
    stand.book.grounds = replace(stand.book.grounds, pack=after)
    stand.book.finished(FINISHED)
    stand.journal.close()
    (tray,) = read_trays(stand.path)
    assert tray.judged is not None
    assert tray.judged.pack == after


def test_another_pack_changes_what_is_seen_what_scores_and_what_is_named(tmp_path: Path) -> None:
    config = settings(tmp_path)
    foundation = lay(config, settings_of(config))
    view = {"size_px": list(tiny.SIZE_PX), "mm_per_px": 20.0}
    pack = load(tiny.write(tmp_path / "pack", view=view))
    changed = with_pack(foundation, pack)
    assert changed.grounds.pack == Source("tiny", pack.sha256)
    assert changed.grounds.calibrations == foundation.grounds.calibrations
    assert changed.scorer is not foundation.scorer
    seen = changed.scored(INFOS)["left"]
    assert seen.wanted_px == tiny.SIZE_PX[::-1]
    assert seen.standpoint is not None
    assert seen.standpoint.mm_per_px == pytest.approx(20.0, rel=0.1)


def test_a_pack_without_a_scale_sees_the_cameras_own_pixels(tmp_path: Path) -> None:
    config = settings(tmp_path)
    foundation = lay(config, settings_of(config))
    assert foundation.shape == ViewShape(size_px=(320, 416), mm_per_px=None)
    assert foundation.scored(INFOS) == foundation.geometries(INFOS)


def test_a_pack_without_thresholds_for_its_lanes_is_not_taken(tmp_path: Path) -> None:
    config = settings(tmp_path)
    foundation = lay(config, settings_of(config))
    more = tiny.manifest()["lanes"] | {"relief": {"curve": [[0, 0], [1, 1]]}}
    pack = load(tiny.write(tmp_path / "pack", lanes=more))
    with pytest.raises(PackInvalid, match=r"recipe\.thresholds has none for its lanes \(appearance, relief\)"):
        with_pack(foundation, pack)


@dataclass
class Site:
    """A booth of tiny packs whose trays are nobody's: what is asked at its desk, and what is told there."""

    folder: Path
    stand: Stand
    used: list[Examiner] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        config = settings(self.folder)
        tree = yaml.safe_load(config.read_text())
        tree["recipe"]["pack"] = str(tiny.write(self.folder / "named", name="named"))
        config.write_text(yaml.safe_dump(tree))
        self.config = config
        self.lay()
        self.library = library(self.foundation.settings)

    def lay(self) -> None:
        """As a start does."""
        self.foundation = lay(self.config, settings_of(self.config))
        self.changing = Changing(self.foundation, INFOS, cast(Controller, self), self.stand.book)

    def use(self, examiner: Examiner) -> None:
        self.used.append(examiner)

    def installed(self, name: str) -> Pack:
        return load(self.library.install(tiny.write(self.folder / f"source-{name}", name=name), None))

    async def asks(self, *wishes: dict[str, Any]) -> list[dict[str, Any]]:
        """All of them at once; returns what was answered, when there is nothing more to be told."""
        near, far = memory_pair()
        serving = asyncio.ensure_future(self.stand.book.desk.serve(far))
        for wish in wishes:
            await near.send(Message(wish))
        answers = [(await near.receive()).head for _ in wishes]
        if any(answer["kind"] == "answer" for answer in answers):
            self.told.append((await near.receive()).head)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return answers

    @property
    def active(self) -> str:
        return self.library.chosen().load(None).name


@pytest.fixture
def site(tmp_path: Path, stand: Stand) -> Site:
    return Site(tmp_path / "site", stand)


ACTIVATE = {"kind": "activate", "pack": "other"}


def test_a_pack_that_is_asked_for_is_kept_used_and_named(site: Site) -> None:
    pack = site.installed("other")

    async def story() -> None:
        site.changing.grant()
        (answer,) = await site.asks(ACTIVATE)
        assert answer == {"kind": "answer", "to": "activate", "pack": str(pack.folder)}

    asyncio.run(story())
    assert [told["kind"] for told in site.told] == ["pack"]
    assert site.active == site.stand.book.grounds.pack.name == "other"
    assert [examiner.pack for examiner in site.used] == [Source("other", pack.sha256)]
    site.stand.journal.close()
    assert [run.pack.name for run in read_runs(site.stand.path)] == ["other"]


def test_who_asked_for_a_pack_or_undid_it_is_kept(site: Site) -> None:
    site.installed("other")

    async def story() -> None:
        site.changing.grant()
        await site.asks(ACTIVATE | {"by": "one"})
        await site.asks({"kind": "rollback", "by": "another"})

    asyncio.run(story())
    assert [(row.did, row.by) for row in site.library.history()] == [("activate", "one"), ("rollback", "another")]


def test_of_two_packs_that_are_asked_for_at_once_the_second_is_refused(site: Site) -> None:
    site.installed("other")

    async def story() -> None:
        site.changing.grant()
        first, second = await site.asks(ACTIVATE, {"kind": "rollback"})
        assert (first["kind"], second["kind"]) == ("answer", "refused")
        assert "another pack is being taken" in second["why"]

    asyncio.run(story())
    assert site.active == "other"


def test_a_pack_that_does_not_hold_changes_nothing_and_the_next_is_taken(site: Site) -> None:
    (site.installed("other").folder / "card.md").unlink()
    site.installed("third")

    async def story() -> None:
        site.changing.grant()
        await site.asks(ACTIVATE)
        assert (site.active, site.used) == ("named", [])
        await site.asks(ACTIVATE | {"pack": "third"})

    asyncio.run(story())
    assert [told["kind"] for told in site.told] == ["pack-refused", "pack"]
    assert "card.md: there is no such file" in site.told[0]["why"]
    assert site.active == site.stand.book.grounds.pack.name == "third"


def test_what_cannot_be_done_is_refused_at_once(site: Site) -> None:
    async def story() -> None:
        site.changing.grant()
        answers = await site.asks(ACTIVATE, {"kind": "activate"}, {"kind": "rollback"})
        assert [answer["kind"] for answer in answers] == ["refused"] * 3

    asyncio.run(story())
    assert site.active == "named"


async def granted(site: Site) -> None:
    """A controller that has just started, until it has taken what it found."""
    site.changing.grant()
    assert site.changing._work is not None
    await site.changing._work


def test_a_pack_that_was_activated_while_the_controller_started_is_taken_too(site: Site) -> None:
    site.library.activate(site.installed("other"), NOW, "somebody")

    asyncio.run(granted(site))
    assert [examiner.pack and examiner.pack.name for examiner in site.used] == ["other"]


def test_an_activation_that_was_undone_while_the_controller_started_is_undone_in_it_too(
    tmp_path: Path, stand: Stand
) -> None:
    site = Site(tmp_path / "site", stand)
    site.library.activate(site.installed("other"), NOW, "somebody")
    site.lay()
    assert site.foundation.grounds.pack.name == "other"
    site.library.rollback(site.library.before(), NOW, "somebody")

    asyncio.run(granted(site))
    assert [examiner.pack and examiner.pack.name for examiner in site.used] == ["named"]
    assert site.stand.book.grounds.pack.name == "named"


def test_a_controller_that_cannot_read_what_is_active_says_so_and_goes_on_with_what_it_has(site: Site) -> None:
    site.library.folder.mkdir(parents=True)
    (site.library.folder / "active.json").write_text("{}")

    async def story() -> None:
        site.changing.grant()
        assert site.changing._work is None

    asyncio.run(story())
    assert "the pack that scores stays as it is" in site.stand.log.getvalue()
    assert "active.json" in site.stand.log.getvalue()


def test_what_was_activated_and_is_running_already_is_not_taken_again(site: Site) -> None:
    async def story() -> None:
        site.changing.grant()
        assert site.changing._work is None

    asyncio.run(story())


def test_a_command_that_found_no_controller_is_heard_by_one_that_has_come_since(site: Site) -> None:
    async def story() -> None:
        site.changing.grant()
        site.library.activate(site.installed("other"), NOW, "somebody")
        await site.asks({"kind": "take-active"})
        site.library.rollback(site.library.before(), NOW, "somebody")
        await site.asks({"kind": "take-active"})

    asyncio.run(story())
    assert [told["name"] for told in site.told] == ["other", "named"]
    assert site.active == site.stand.book.grounds.pack.name == "named"
