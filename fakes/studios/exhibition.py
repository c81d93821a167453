"""What stands under the cameras, and its pictures; drawing and rendering happen in threads."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from drivers.frames import Colour, RawDepth
from drivers.units import Duration, Millimetres, as_ms
from fakes.plan import WorldPlan
from fakes.studios.studio import STANDS, Scene, Studio

Under = tuple[int, Millimetres] | None
"""The number of the tray under the cameras and how far its leading edge is past the station; None: no tray."""


class Exhibition:
    """The scenes of the trays that are on the line, or the one exhibit that stands there for ever."""

    def __init__(self, plan: WorldPlan, studio: Studio[Any]) -> None:
        self._plan, self._studio = plan, studio
        self._scenes: dict[int, asyncio.Future[Scene]] = {}
        # One thread each, so that drawing the next tray does not delay the picture of this one.
        self._drawing = ThreadPoolExecutor(1, "drawing")
        self._photographing = ThreadPoolExecutor(1, "photographing")

    def prepare(self, number: int, seed: int, damaged: bool) -> "asyncio.Future[Scene]":
        """Begin to draw a tray that will come, unless that has begun."""
        if number not in self._scenes:
            loop = asyncio.get_running_loop()
            self._scenes[number] = loop.run_in_executor(self._drawing, self._studio.draw, seed, damaged)
        return self._scenes[number]

    def forget(self, number: int) -> None:
        del self._scenes[number]

    async def truth(self, number: int) -> Mapping[str, Any]:
        """What is on the tray. Waits until it has been drawn; may not be asked once it is forgotten."""
        return (await asyncio.shield(self._scenes[number])).truth

    async def photograph(
        self,
        under: Under,
        camera: str,
        lamps: Mapping[str, float],
        exposure: Duration,
        index: int,
        travel: Millimetres = STANDS,
    ) -> tuple[Colour | None, RawDepth | None]:
        """The picture of what is under the cameras, as Studio.photograph."""
        offset = under[1] if under else Millimetres(0.0)
        drawn = self._scenes[under[0]] if under else None
        exposure_ms, seed = as_ms(exposure), self._plan.seed

        def make(tray: Scene | None) -> tuple[Colour | None, RawDepth | None]:
            scene = self._exhibit(index, tray)
            return self._studio.photograph(scene, offset, camera, lamps, exposure_ms, seed, index, travel)

        tray = await asyncio.shield(drawn) if drawn else None
        return await asyncio.get_running_loop().run_in_executor(self._photographing, make, tray)

    def close(self) -> None:
        for pool in (self._drawing, self._photographing):
            pool.shutdown(wait=False, cancel_futures=True)

    def _exhibit(self, index: int, tray: Scene | None) -> Any:
        match self._plan.exhibit:
            case "empty":
                return self._studio.empty()
            case "board":
                return self._studio.board(self._plan.seed, index)
        return tray
