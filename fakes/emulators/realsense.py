"""A RealSense D400 of the simulated booth behind the vendor's own SDK, as an `rs.software_device`.

It runs free: while a sensor streams it exposes what stands under it, in the light that there is, at every turn of its
own clock.
"""

from dataclasses import replace
from typing import Any

from drivers.frames import CameraInfo
from drivers.units import Duration, Instant, after, ms, seconds
from fakes.emulators.eye import Eye
from fakes.emulators.realsense_device import DRIFT_PPM, FPS, Shot, SoftwareRealSense
from fakes.faults.injection import Mended, Struck
from fakes.line.floor import Floor

__all__ = ["DRIFT_PPM", "FPS", "RealSense"]

TRANSFER = ms(30)  # a frame is with the host so long after its exposure has ended
IN_FLIGHT = 3  # so many frames may be underway; a turn that finds more of them makes none, and is counted


class RealSense:
    """The camera `name` of the floor. `run` has to run while anybody streams.

    `device` is what a context would have found. It is None while the camera is unplugged, and another object
    afterwards; the old one falls silent. `usb` is the link that it found. It has had power for `powered_for`. The
    floor's faults of frames, and `camera-lost`, strike.
    """

    def __init__(
        self, floor: Floor, name: str, info: CameraInfo, fps: int = FPS, usb: str = "3.2",
        powered_for: Duration = Duration(0),
    ) -> None:  # fmt: skip
        self._floor, self._name, self._info, self._fps, self._usb = floor, name, info, fps, usb
        self._eye = Eye(floor, name)
        self._number = self._underway = 0
        self._last: Shot | None = None
        self.body: SoftwareRealSense | None = self._powered(Instant(floor.clock.now() - powered_for))
        floor.listen(self._befallen)

    @property
    def device(self) -> Any:
        return None if self.body is None else self.body.device

    async def run(self) -> None:
        """For ever."""
        clock, period = self._floor.clock, seconds(1 / self._fps)
        turn = clock.now()
        while True:
            self._turn()
            turn = max(after(turn, period), clock.now())
            await clock.sleep_until(turn)

    def _turn(self) -> None:
        self._number += self._floor.faults.standing("counter-stuck", self._name) is None
        if self.body is not None and self.body.streams_at(self._number) and self._underway < IN_FLIGHT:
            self._underway += 1
            self._floor.start(self._take(self._number, self.body))

    async def _take(self, number: int, body: SoftwareRealSense) -> None:
        try:
            await self._expose(number, body)
        finally:
            self._underway -= 1

    async def _expose(self, number: int, body: SoftwareRealSense) -> None:
        trouble, start = self._eye.trouble(), self._floor.clock.now()
        stereo, rgb = body.stereo.exposure(), body.rgb.exposure()
        shot = Shot(number, start, stereo, rgb, await self._eye.expose(rgb, body.gain() * trouble.burnt))
        if self._last and (trouble.stale or trouble.repeated):
            shot = self._last if trouble.stale else replace(self._last, number=number)
        self._last = shot
        await self._floor.clock.sleep_until(after(start, Duration(max(stereo, rgb) + TRANSFER + trouble.late)))
        if not trouble.dropped and body is self.body:
            now, wall = self._floor.clock.now(), self._floor.clock.utc()
            body.deliver(shot, self._floor.climate.celsius(now), int(wall.timestamp() * 1000))

    def _befallen(self, change: Struck | Mended) -> None:
        fault = change.fault
        if fault.name == "camera-lost" and fault.where == self._name and isinstance(change, Struck):
            self.body = None
            self._floor.later(ms(fault.span_ms), self._plug)

    def _plug(self) -> None:
        self.body = self._powered(self._floor.clock.now())

    def _powered(self, at: Instant) -> SoftwareRealSense:
        return SoftwareRealSense(self._info, at, self._fps, self._usb)
