"""Frames in memory that two processes share: written by the host, copied out once by the booth.

The memory has no name (memfd), so nothing of it is left when both processes are gone, however they were killed. Copied
and not lent: a frame is kept as evidence long after its slot is wanted again, and a host that runs wild must not be
able to change what was judged.
"""

import fcntl
import mmap
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.errors import BadFrame, DeviceLost
from drivers.frames import CameraInfo, Colour, Frame, RawDepth

SLOTS = 2
"""One is written while the other is still read: a read that nobody waited for may have filled its slot just now."""

SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW
"""Memory that shrank under the booth would kill it with SIGBUS."""


def unfurnished(name: str) -> int:
    """A file descriptor of shared memory without a size yet, to be inherited by the host."""
    return os.memfd_create(f"frames of {name}", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)


@dataclass(frozen=True, slots=True)
class Room:
    """How the slots lie in the memory, from what a camera says of itself. Shapes of (0,): it has no such picture."""

    colour: tuple[int, ...]
    depth: tuple[int, ...]

    @classmethod
    def of(cls, info: CameraInfo) -> "Room":
        return cls(
            (info.colour.height_px, info.colour.width_px, 3) if info.colour else (0,),
            (info.depth.height_px, info.depth.width_px) if info.depth else (0,),
        )

    @property
    def colour_bytes(self) -> int:
        return _whole_pages(int(np.prod(self.colour)))

    @property
    def slot_bytes(self) -> int:
        return self.colour_bytes + _whole_pages(2 * int(np.prod(self.depth)))

    @property
    def bytes(self) -> int:
        return max(mmap.PAGESIZE, SLOTS * self.slot_bytes)  # no camera has neither, but an empty map is an error


def _whole_pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


class Pictures:
    """The slots, as seen from one of the two processes."""

    def __init__(self, room: Room, memory: mmap.mmap) -> None:
        self._room, self._memory, self._next = room, memory, 0

    @classmethod
    def furnish(cls, handle: int, room: Room) -> "Pictures":
        """The host's: gives the memory its size, for good."""
        os.ftruncate(handle, room.bytes)
        fcntl.fcntl(handle, fcntl.F_ADD_SEALS, SEALS)
        return cls(room, mmap.mmap(handle, room.bytes, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE))

    @classmethod
    def look(cls, handle: int, room: Room) -> "Pictures":
        """The booth's, which only reads. Raises DeviceLost for memory that is not what the host promised."""
        sealed = fcntl.fcntl(handle, fcntl.F_GET_SEALS) & SEALS == SEALS
        if not sealed or os.fstat(handle).st_size != room.bytes:
            raise DeviceLost(f"the memory that it shares is not {room.bytes} bytes that stay; close and open it again")
        return cls(room, mmap.mmap(handle, room.bytes, flags=mmap.MAP_SHARED | mmap.MAP_POPULATE, prot=mmap.PROT_READ))

    def put(self, frame: Frame) -> dict[str, Any]:
        """Write the frame's pictures; returns where they are. Raises BadFrame for one that the camera did not state."""
        slot, self._next = self._next, (self._next + 1) % SLOTS
        colour, depth = self._slot(slot)
        return {
            "slot": slot,
            "colour": _written(frame.camera, frame.colour, colour),
            "depth": _written(frame.camera, frame.depth, depth),
        }

    def take(self, place: dict[str, Any]) -> tuple[Colour | None, RawDepth | None]:
        """Copies of what `put` said it wrote."""
        colour, depth = self._slot(int(place["slot"]) % SLOTS)
        return colour.copy() if place["colour"] else None, depth.copy() if place["depth"] else None

    def close(self) -> None:
        self._memory.close()

    def _slot(self, slot: int) -> tuple[Colour, RawDepth]:
        begin = slot * self._room.slot_bytes
        colour = np.frombuffer(self._memory, np.uint8, int(np.prod(self._room.colour)), begin)
        depth = np.frombuffer(self._memory, np.uint16, int(np.prod(self._room.depth)), begin + self._room.colour_bytes)
        return colour.reshape(self._room.colour), depth.reshape(self._room.depth)


def _written(camera: str, picture: NDArray[Any] | None, slot: NDArray[Any]) -> bool:
    if picture is None:
        return False
    if picture.shape != slot.shape or picture.dtype != slot.dtype:
        raise BadFrame(
            f"{camera}: a picture of {picture.dtype} {picture.shape} came, and the camera had promised "
            f"{slot.dtype} {slot.shape}; close and open it again"
        )
    np.copyto(slot, picture)
    return True
