"""Plays the captures of a recorded session, one per trigger, as if they were taken then."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from drivers.cameras.session import RecordedFrame, Session, SessionCamera, captures_of, read_session
from drivers.clock import Clock
from drivers.errors import (
    BadFrame,
    DeviceMissing,
    EndOfRecording,
    NotArmed,
    NotOpen,
    OutOfRange,
    ReadTimeout,
)
from drivers.frames import CameraInfo, Frame
from drivers.protocols import Armed
from drivers.registry import Bench, Options
from drivers.units import Duration, Instant, after, as_ms, seconds

__all__ = ["RecordedCamera", "captures_of", "make"]

LONGEST = seconds(10)
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class _Shot:
    """A trigger, and the capture that it plays (counted from 0)."""

    capture: int
    at: Instant
    exposure: Duration


class RecordedCamera:
    """Implements drivers.protocols.Camera.

    `open` begins the session anew. A frame is restamped: exposed at the trigger, for the armed exposure; what the
    session says of it stays in `Frame.origin` (session, capture, colour, depth, recorded_at).
    """

    def __init__(self, name: str, folder: Path, camera: str, clock: Clock) -> None:
        self._name, self._folder, self._camera, self._clock = name, folder, camera, clock
        self._session: Session | None = None
        self._exposure: Duration | None = None
        self._shot: _Shot | None = None
        self._played = 0

    async def open(self) -> CameraInfo:
        """Also raises DeviceError, naming file and key, for a session.yaml that is not as it should be."""
        await self.close()
        session = await asyncio.to_thread(self._read_session)
        self._session = session
        return session.cameras[self._camera].info

    async def arm(self, exposure: Duration) -> Armed:
        self._opened()
        if not 0 < exposure <= LONGEST:
            raise OutOfRange(
                f"{self._name}: an exposure of {as_ms(exposure):g} ms is not more than 0 and at most "
                f"{as_ms(LONGEST):g} ms; correct exposure_ms"
            )
        self._exposure = exposure
        return Armed(exposure, Duration(0))

    async def trigger(self) -> None:
        self._opened()
        if self._exposure is None:
            raise NotArmed(f"{self._name}: is not armed; call arm() first")
        self._shot = _Shot(self._played, self._clock.now(), self._exposure)
        self._played += 1

    async def read(self, deadline: Instant) -> Frame:
        session, shot = self._opened(), self._shot
        if shot is None:
            raise NotArmed(f"{self._name}: has no frame to read; call trigger() first")
        if shot.capture >= len(session.captures):
            self._shot = None
            raise EndOfRecording(
                f"{self._name}: {self._folder} has {len(session.captures)} captures and all were played"
            )
        await self._exposed(shot, deadline)
        self._shot = None
        return await asyncio.to_thread(self._frame, session, shot)

    async def close(self) -> None:
        self._session = self._exposure = self._shot = None
        self._played = 0

    def _opened(self) -> Session:
        if self._session is None:
            raise NotOpen(f"{self._name}: is not open; call open() first")
        return self._session

    async def _exposed(self, shot: _Shot, deadline: Instant) -> None:
        end = after(shot.at, shot.exposure)
        await self._clock.sleep_until(min(end, deadline))
        if deadline < end:
            raise ReadTimeout(f"{self._name}: the exposure was not over in time; raise the deadline")

    def _read_session(self) -> Session:
        session = read_session(self._folder)
        if self._camera not in session.cameras:
            known = ", ".join(session.cameras)
            raise DeviceMissing(f"{self._name}: {self._folder} has no camera {self._camera!r}; there are: {known}")
        for capture in session.captures:
            frame = capture.frames[self._camera]
            for path in (frame.colour, frame.depth):
                if path is not None and not path.is_file():
                    raise DeviceMissing(f"{self._name}: {path}: is not there; capture {capture.name!r} names it")
        return session

    def _frame(self, session: Session, shot: _Shot) -> Frame:
        camera, capture = session.cameras[self._camera], session.captures[shot.capture]
        recorded = capture.frames[self._camera]
        return Frame(
            camera=self._name,
            sequence=shot.capture + 1,
            exposed_at=shot.at,
            exposed_at_error=Duration(0),
            exposure=shot.exposure,
            readout=Duration(0),
            colour=_colour(recorded, camera),
            depth=_depth(recorded, camera),
            depth_unit=camera.info.depth_unit,
            origin={**({"simulated": True} if camera.info.simulated else {}), **self._origin(capture.name, recorded)},
        )

    def _origin(self, capture: str, recorded: RecordedFrame) -> dict[str, Any]:
        files = {"colour": recorded.colour, "depth": recorded.depth}
        names = {key: os.path.relpath(path, self._folder) for key, path in files.items() if path is not None}
        return {"session": self._folder.name, "capture": capture, "recorded_at": recorded.recorded_at, **names}


def make(options: Options, bench: Bench) -> RecordedCamera:
    """`session`: its folder; `camera`: the name in that session."""
    return RecordedCamera(bench.name, Path(options["session"]), str(options["camera"]), bench.clock)


def _colour(recorded: RecordedFrame, camera: SessionCamera) -> NDArray[np.uint8] | None:
    if recorded.colour is None:
        return None
    picture = _decoded(recorded.colour)
    eye = camera.colour
    if picture.dtype != np.uint8 or picture.shape != (eye.height_px, eye.width_px, 3):
        raise _not_as_stated(recorded.colour, picture, f"8 bit, {eye.width_px} x {eye.height_px} px, 3 channels")
    return picture


def _depth(recorded: RecordedFrame, camera: SessionCamera) -> NDArray[np.uint16] | None:
    if recorded.depth is None:
        return None
    picture, eye = _decoded(recorded.depth), camera.info.depth
    assert eye is not None, "read_session refuses depth of a camera without"
    if picture.dtype != np.uint16 or picture.shape != (eye.height_px, eye.width_px):
        raise _not_as_stated(recorded.depth, picture, f"16 bit, {eye.width_px} x {eye.height_px} px, 1 channel")
    return picture


def _not_as_stated(path: Path, picture: NDArray[Any], stated: str) -> BadFrame:
    found = f"{picture.dtype}, {' x '.join(map(str, picture.shape[1::-1]))} px, {picture.shape[2:] or 1} channels"
    return BadFrame(f"{path}: is {found}, and session.yaml promises {stated}; restore the file from its copy")


def _decoded(path: Path) -> NDArray[Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadFrame(f"{path}: cannot be read ({error.strerror}); restore the file from its copy") from error
    # Only PNG: of a JPEG that was cut off OpenCV gives what there is and grey for the rest, and says nothing.
    if not content.startswith(PNG):
        raise BadFrame(f"{path}: is not a PNG picture; restore the file from its copy")
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise BadFrame(f"{path}: is damaged or was cut off ({len(content)} bytes); restore the file from its copy")
    return np.asarray(picture)
