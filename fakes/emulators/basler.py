"""A Basler camera of the simulated booth, behind the vendor's own SDK: pylon's emulation shows what the floor's camera
sees from the trigger on. What is not so stands in docs/explanation/emulators.md."""

from typing import Any

from drivers.frames import CameraInfo, Colour
from drivers.units import Duration, after, ms
from fakes.emulators.eye import Eye
from fakes.emulators.pylon_camera import PylonCamera
from fakes.faults.injection import Mended, Struck
from fakes.line.floor import Floor


class Basler:
    """The camera `name` of the floor, colour only.

    Whoever has opened a camera of pylon's emulation lets it see with `plug`. The floor's faults of frames strike, and
    `camera-lost`; a stale frame is a repeated one, and the counter, pylon's own, is never stuck.
    """

    def __init__(self, floor: Floor, name: str, info: CameraInfo) -> None:
        if info.colour is None:
            raise ValueError(f"{name}: a Basler has colour; take another emulator for a camera without")
        self._floor, self._name, self._eye = floor, name, Eye(floor, name)
        self._camera = PylonCamera(info.colour, floor.clock, self._photograph, floor.start)
        self._last: Colour | None = None
        floor.listen(self._befallen)

    def plug(self, camera: Any) -> None:
        """As PylonCamera.plug."""
        self._camera.plug(camera)

    def close(self) -> None:
        """After whoever opened it has closed it."""
        self._floor.unlisten(self._befallen)
        self._camera.close()

    async def _photograph(self, exposure: Duration, gain: float) -> Colour | None:
        trouble = self._eye.trouble()
        seen = (await self._eye.expose(exposure, gain * trouble.burnt)).colour
        if self._last is not None and (trouble.stale or trouble.repeated):
            seen = self._last
        self._last = seen
        await self._floor.clock.sleep_until(after(self._floor.clock.now(), trouble.late))
        return None if trouble.dropped else seen

    def _befallen(self, change: Struck | Mended) -> None:
        fault = change.fault
        if fault.name == "camera-lost" and fault.where == self._name and isinstance(change, Struck):
            self._camera.unplug()
            self._floor.later(ms(fault.span_ms), self._camera.plug_in_again)
