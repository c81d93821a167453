"""A whole booth in virtual time, with flat pictures and a scorer that sees their dark blot."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from booth.assembly.account import Account, Row
from booth.assembly.foundation import Foundation
from booth.assembly.recording import Grounds
from booth.assembly.simulation import plan
from booth.assembly.virtual import VirtualBooth, virtual_booth
from booth.geometry.plane import Plane
from booth.geometry.views import CameraGeometry, Region, View
from booth.records.record import Source
from booth.scoring.products.identity import NOTHING_WRITTEN, Labels
from booth.scoring.scorer import Scored
from booth.settings import Settings, load
from booth.tray import Reason
from drivers.frames import CameraInfo
from drivers.units import Millimetres
from fakes.loop import VirtualLoop
from fakes.studios.flat import HEIGHT_PX, TRAY_MM, WIDTH_PX, FlatStudio

SIM = Path("config/sim.yaml")


@dataclass
class Notebook:
    """What was shown."""

    rows: list[Row] = field(default_factory=list)
    faults: list[tuple[str, bool]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def say(self, who: str, line: str) -> None:
        self.said.append(f"{who}: {line}")

    def fault(self, code: str, text: str, raised: bool) -> None:
        self.faults.append((code, raised))

    def entered(self, account: Account) -> None:
        """Nothing to write down."""

    def row(self, row: Row, account: Account) -> None:
        self.rows.append(row)

    def ends(self) -> list[str]:
        return [row.line()["end"] for row in self.rows]

    def reasons(self) -> list[set[str]]:
        return [{reason["code"] for reason in row.line()["reasons"]} for row in self.rows]


@dataclass
class BlotScorer:
    """The share of dark pixels in the middle of the picture: the flat studio's damage, and nothing else."""

    scored: int = 0

    def score(self, views: tuple[View, ...], labels: Labels = NOTHING_WRITTEN) -> Scored:
        self.scored += 1
        worst = max(float(np.mean(_box(view) < 60)) for view in views)
        score = min(1.0, worst * 20)
        return Scored(score, (("appearance", score),), (Reason("damage-seen", "a blot"),))


def _box(view: View) -> Any:
    """The flat box without its rim, where a damaged one has its blot."""
    return view.colour[HEIGHT_PX // 2 - 30 : HEIGHT_PX // 2 + 30, WIDTH_PX // 2 - 40 : WIDTH_PX // 2 + 40, 0]


def settings_in(folder: Path, **line: Any) -> Settings:
    found = load(SIM)
    changed = found.conveyor.model_copy(update=line)
    kept = {"state_dir": folder / "state", "runtime_dir": folder / "run", "line": changed}
    return found.model_copy(update=kept)


def foundation(settings: Settings, scorer: Any, valid_until: datetime | None = None) -> Foundation:
    source = Source("flat", "0" * 64)
    grounds = Grounds("recipe", source, (source,), "settings", True)
    return Foundation(settings, grounds, _geometries, scorer, valid_until)


def _geometries(infos: Any) -> dict[str, CameraGeometry]:
    return {name: _straight_down(name, info) for name, info in infos.items()}


def _straight_down(name: str, info: CameraInfo) -> CameraGeometry:
    assert info.colour is not None
    floor = Plane((0.0, 0.0, -1.0), Millimetres(-TRAY_MM))
    whole = Region(0, 0, WIDTH_PX, HEIGHT_PX)
    return CameraGeometry(name, info.colour, info.depth, info.depth_to_colour, info.depth_unit, floor, whole)


Story = Callable[[VirtualBooth], Awaitable[None]]


def play(
    folder: Path,
    story: Story,
    scorer: Any = None,
    settings: Settings | None = None,
    valid_until: datetime | None = None,
    **world: Any,
) -> tuple[Notebook, VirtualBooth]:
    """Run `story` on a booth in virtual time; returns what was shown, and the booth as it was left."""
    settings = settings or settings_in(folder)
    notebook = Notebook()
    left: list[VirtualBooth] = []

    async def run() -> None:
        chosen = replace(plan(settings, None, pictures="flat"), **world)
        base = foundation(settings, scorer or BlotScorer(), valid_until)
        async with virtual_booth(base, chosen, FlatStudio(), notebook, io.StringIO()) as booth:
            left.append(booth)
            await story(booth)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run())
    return notebook, left[0]
