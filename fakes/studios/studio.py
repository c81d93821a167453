"""What makes the pictures of the simulated booth: rendered, staged, shipped, or flat and cheap."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from drivers.frames import CameraInfo, Colour, RawDepth
from drivers.units import Millimetres
from fakes.plan import WorldPlan

STANDS = Millimetres(0.0)


class Scene(Protocol):
    """What stands under the cameras. `truth` has "product" (a name) and "damages" (each with "type", "severity")."""

    @property
    def truth(self) -> Mapping[str, Any]: ...


S = TypeVar("S", bound=Scene)


class Studio(Protocol[S]):
    """Called from a worker thread, one call at a time."""

    def info(self, camera: str) -> CameraInfo:
        """What the simulated camera `left` or `right` says of itself."""

    def draw(self, seed: int, damaged: bool) -> S:
        """The tray and item of this seed; a damaged one is the same item with damage done to it."""

    def empty(self) -> S:
        """An empty tray."""

    def board(self, seed: int, index: int) -> S:
        """A calibration board in the index-th pose of this seed, at the station whatever the offset."""

    def photograph(
        self, scene: S | None, offset: Millimetres, camera: str, lamps: Mapping[str, float], exposure_ms: float,
        seed: int, index: int, travel: Millimetres = STANDS,
    ) -> tuple[Colour | None, RawDepth | None]:  # fmt: skip
        """The picture of `scene` (None: the bare belt) with the tray's leading edge `offset` past the station when the
        exposure begins, and `travel` further when it ends: the staged and the shipped smear by that.

        `lamps` has the mean level of each lamp over the exposure, 0 to 1 of full; `seed` and `index` choose the
        noise. Shapes and depth unit are those of `info`.
        """


def studio(plan: WorldPlan) -> Studio[Any]:
    """The studio that the plan asks for; importing the renderer takes a while. Raises NoGraphics if staged pictures
    cannot be drawn here."""
    if plan.pictures == "flat":
        from fakes.studios.flat import FlatStudio

        return FlatStudio()
    if plan.pictures == "staged":
        from fakes.studios.panels import PanelStudio
        from fakes.studios.staged import StagedScenes

        return PanelStudio(StagedScenes(plan.seed))
    if plan.pictures == "shipped":
        from fakes.studios.kept import KeptScenes
        from fakes.studios.panels import PanelStudio

        return PanelStudio(KeptScenes())
    from fakes.studios.rendered import RenderedStudio

    return RenderedStudio(plan.seed)
