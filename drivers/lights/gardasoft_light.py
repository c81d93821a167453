"""A lamp at one channel of a Gardasoft RT light controller: always on, on while it is triggered, or flashed."""

from __future__ import annotations

from contextlib import suppress
from typing import Literal

from drivers.errors import DeviceError, NotOpen, OutOfRange
from drivers.lights.gardasoft import LightController
from drivers.lights.overdrive import Drive
from drivers.line_io.sharing import Sharing
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, after, as_ms, ms

Mode = Literal["continuous", "switched", "pulsed"]


class GardasoftLight:
    """Implements drivers.protocols.Light.

    continuous: on() lights it. switched: on() lets it shine while its trigger input is high, as a camera's exposure
    output makes it. pulsed: on() lets each trigger flash it once. `settles`: from the answer to steady light, or to
    readiness for a trigger, as it was measured. Channels count from 1, as they are printed on the case.
    """

    def __init__(
        self, bench: Bench, sharing: Sharing[LightController], channel: int, mode: Mode, drive: Drive,
        settles: Duration, delay: Duration,
    ) -> None:  # fmt: skip
        self._name, self._clock, self._sharing, self._channel = bench.name, bench.clock, sharing, channel
        self._mode, self._drive, self._settles, self._delay = mode, drive, settles, delay
        self._controller: LightController | None = None

    async def open(self) -> None:
        await self.close()
        controller = await self._sharing.join()
        try:
            await controller.ask(f"RS{self._channel},0")
        except BaseException:
            await self._sharing.leave(controller)
            raise
        self._controller = controller

    async def on(self, intensity: float) -> Instant:
        controller = self._opened()
        controller.check()
        if not 0 < intensity <= 1:
            raise OutOfRange(f"{self._name}: intensity {intensity:g} is not in (0, 1]; to go dark call off()")
        if why := self._drive.too_much(intensity):
            raise OutOfRange(f"{self._name}: intensity {intensity:g} in (0, 1] is {why}")
        try:
            await controller.ask(self._command(intensity))
        except DeviceError:
            with suppress(DeviceError):  # whatever it took instead, it must not shine
                await self.off()
            raise
        return after(self._clock.now(), self._settles)

    async def off(self) -> Instant:
        began = self._clock.now()
        await self._opened().ask(f"RS{self._channel},0", urgent=True)
        return began

    async def close(self) -> None:
        controller = self._controller
        if controller is not None:
            try:
                with suppress(DeviceError):
                    await self.off()
            finally:
                self._controller = None
                await self._sharing.leave(controller)

    def _command(self, intensity: float) -> str:
        percent = f"{self._drive.percent(intensity):.2f}"
        match self._mode:
            case "continuous":
                return f"RS{self._channel},{percent}"
            case "switched":
                return f"RW{self._channel},{percent}"
            case "pulsed":
                assert self._drive.pulse is not None
                return f"RT{self._channel},{as_ms(self._drive.pulse):g},{as_ms(self._delay):g},{percent}"

    def _opened(self) -> LightController:
        if self._controller is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        return self._controller


def make(options: Options, bench: Bench) -> GardasoftLight:
    """`module`, `channel`, `mode`, `rated_ma`, `channel_ma`, `overdrive`, `overdrive_at_most`, `settle_ms`, and for
    mode pulsed `pulse_ms` and `delay_ms`."""
    pulsed = options["mode"] == "pulsed"
    drive = Drive(
        rated_ma=float(options["rated_ma"]),
        channel_ma=float(options["channel_ma"]),
        overdrive=float(options["overdrive"]),
        overdrive_at_most=float(options["overdrive_at_most"]),
        pulse=ms(float(options["pulse_ms"])) if pulsed else None,
    )
    sharing, settles = bench.modules[options["module"]], ms(float(options["settle_ms"]))
    delay = ms(float(options["delay_ms"]))
    return GardasoftLight(bench, sharing, int(options["channel"]), options["mode"], drive, settles, delay)
