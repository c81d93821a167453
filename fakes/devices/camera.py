"""A camera of the simulated booth: triggered, global shutter, colour and depth."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from drivers.errors import BadFrame, DeviceError, NotArmed, OutOfRange, ReadTimeout, StaleFrame
from drivers.frames import CameraInfo, Colour, Frame, Intrinsics, RawDepth, Transform
from drivers.links import Message
from drivers.protocols import Armed
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, Millimetres, as_ms, ms
from fakes.devices.client import Client

LINE_TIME = Duration(15_000)  # exposures are whole line times
SHORTEST, LONGEST = ms(0.03), ms(500)
READOUT = ms(30)
STAMP_ERROR = ms(0.1)


class SimulatedCamera:
    """Implements drivers.protocols.Camera."""

    def __init__(self, client: Client, bench: Bench) -> None:
        self._client, self._bench = client, bench
        self._info: CameraInfo | None = None
        self._exposure: Duration | None = None
        self._triggered = False
        self._last_sequence = self._triggers = 0

    async def open(self) -> CameraInfo:
        self._forget()
        self._info = described((await self._client.open())["info"])
        return self._info

    async def arm(self, exposure: Duration) -> Armed:
        self._client.check()
        if not SHORTEST <= exposure <= LONGEST:
            raise OutOfRange(
                f"{self._client.name}: an exposure of {as_ms(exposure):g} ms is not between "
                f"{as_ms(SHORTEST):g} and {as_ms(LONGEST):g} ms; correct exposure_ms"
            )
        self._exposure = Duration(round(exposure / LINE_TIME) * LINE_TIME)
        return Armed(self._exposure, READOUT)

    async def trigger(self) -> None:
        self._client.check()
        if self._exposure is None:
            raise NotArmed(f"{self._client.name}: is not armed; call arm() first")
        await self._client.ask({"kind": "trigger", "exposure": self._exposure})
        self._triggered = True
        self._triggers += 1

    async def read(self, deadline: Instant) -> Frame:
        self._client.check()
        if not self._triggered:
            raise NotArmed(f"{self._client.name}: has no frame to read; call trigger() first")
        try:
            async with self._bench.clock.deadline(deadline):
                message = await self._client.ask({"kind": "read"})
        except TimeoutError as error:
            raise ReadTimeout(f"{self._client.name}: no frame in time; trigger again, or raise the deadline") from error
        self._triggered = False
        return self._fresh(self._frame(message))

    async def close(self) -> None:
        armed = self._exposure is not None
        self._forget()
        try:
            if armed and self._client.is_open:
                with suppress(DeviceError):
                    await self._client.ask({"kind": "stop"})
        finally:
            await self._client.close()

    def _forget(self) -> None:
        self._info = self._exposure = None
        self._triggered = False
        self._last_sequence = self._triggers = 0

    def _fresh(self, frame: Frame) -> Frame:
        if frame.sequence <= self._last_sequence:
            raise StaleFrame(f"{self._client.name}: frame {frame.sequence} came again; trigger again")
        missed = max(0, frame.sequence - self._last_sequence - self._triggers)
        self._last_sequence, self._triggers = frame.sequence, 0
        return replace(frame, missed=missed)

    def _frame(self, message: Message) -> Frame:
        head = message.head
        colour, depth = pictures_of(message)
        assert self._info is not None
        return Frame(
            camera=self._client.name,
            sequence=head["sequence"],
            exposed_at=Instant(head["exposed_at"]),
            exposed_at_error=STAMP_ERROR,
            exposure=Duration(head["exposure"]),
            readout=Duration(0),
            colour=colour,
            depth=depth,
            depth_unit=self._info.depth_unit,
            origin={"simulated": True},
        )


def pictures_of(message: Message) -> tuple[Colour | None, RawDepth | None]:
    """Of the world's answer to `read`. Raises BadFrame."""
    colour, rest = _picture(message.body, message.head["colour"], np.dtype(np.uint8))
    depth, rest = _picture(rest, message.head["depth"], np.dtype("<u2"))
    if rest:
        raise BadFrame("the frame is longer than it states; trigger again")
    return colour, depth


def _picture(body: bytes, shape: list[int] | None, kind: "np.dtype[Any]") -> tuple[Any, bytes]:
    """The picture that `body` begins with, and what is left of it."""
    if shape is None:
        return None, body
    size = int(np.prod(shape)) * kind.itemsize
    if len(body) < size:
        raise BadFrame(f"a picture of {size} bytes was cut off after {len(body)}; trigger again")
    return np.frombuffer(body[:size], kind).reshape(shape), body[size:]


def described(plain: dict[str, Any]) -> CameraInfo:
    """From the world's welcome."""
    eyes = {key: None if plain[key] is None else _intrinsics(plain[key]) for key in ("colour", "depth")}
    turn = plain["depth_to_colour"]
    x, y, z = turn["translation_mm"]
    transform = Transform(tuple(turn["rotation"]), (x, y, z))
    unit = Millimetres(plain["depth_unit"])
    return CameraInfo(plain["model"], plain["serial"], True, eyes["colour"], eyes["depth"], transform, unit)


def _intrinsics(plain: dict[str, Any]) -> Intrinsics:
    k1, k2, p1, p2, k3 = plain["distortion"]
    return Intrinsics(**{**plain, "distortion": (k1, k2, p1, p2, k3)})


def make(options: Options, bench: Bench) -> SimulatedCamera:
    """`view`: left or right."""
    return SimulatedCamera(Client(bench, f"camera:{options['view']}"), bench)
