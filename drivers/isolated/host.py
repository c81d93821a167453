"""`python -m drivers.isolated.host CONTROL MEMORY PARENT`: one camera's driver in a process of its own.

CONTROL and MEMORY are inherited file descriptors, PARENT the process that must live. On CONTROL, as drivers.links
frames it: first a job, then what to do, numbered; each is answered under its number, `cancel` is not. It ends when
CONTROL does. What driver and SDK write to stdout or stderr comes out at stderr.
"""

import asyncio
import ctypes
import faulthandler
import os
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from drivers.errors import DeviceError, DeviceLost, LinkLost
from drivers.isolated.job import Job
from drivers.isolated.pictures import Pictures, Room
from drivers.isolated.wording import words_of_error, words_of_frame, words_of_info
from drivers.links import Channel, Message, joined
from drivers.protocols import Camera
from drivers.units import Duration, Instant

PR_SET_PDEATHSIG = 1
MORE_LIKELY_TO_BE_KILLED = "500"
"""A host that has grown goes before the controller when memory runs out: it costs a tray, that costs the booth."""

Words = dict[str, Any]


class Servant:
    """Does what it is told with one driver, one thing after the other."""

    def __init__(self, job: Job, channel: Channel, memory: int) -> None:
        self._job, self._channel, self._memory = job, channel, memory
        self._camera: Camera | None = None
        self._pictures: Pictures | None = None
        self._broken: str | None = None
        self._running: asyncio.Task[None] | None = None
        self._verbs: dict[str, Callable[[Words], Awaitable[Words]]] = {
            "open": self._open,
            "arm": self._arm,
            "trigger": self._trigger,
            "read": self._read,
            "close": self._close,
        }

    async def serve(self) -> None:
        """Raises LinkLost when the booth's end is gone."""
        while True:
            head = (await self._channel.receive()).head
            if head["do"] in ("cancel", "close") and self._running is not None:
                self._running.cancel()
            if head["do"] != "cancel":
                self._running = asyncio.create_task(self._after(self._running, head))

    async def _after(self, previous: "asyncio.Task[None] | None", head: Words) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        answer = await self._answer(head)
        with suppress(LinkLost):
            await self._channel.send(Message({**answer, "re": head["ask"]}))

    async def _answer(self, head: Words) -> Words:
        try:
            if self._broken is not None and head["do"] != "close":
                raise DeviceLost(self._broken)
            return await self._verbs[head["do"]](head)
        except DeviceError as error:
            return words_of_error(error)
        except Exception as error:  # noqa: BLE001 - whatever an SDK raises, it must cost no more than this device
            traceback.print_exc()
            self._broken = f"{self._job.name}: its driver failed in {head['do']}: {error!r}; close and open it again"
            return words_of_error(DeviceLost(self._broken))

    async def _open(self, head: Words) -> Words:
        self._camera = self._camera or self._job.make()
        info = await self._camera.open()
        self._pictures = self._pictures or Pictures.furnish(self._memory, Room.of(info))
        return {"info": words_of_info(info)}

    async def _arm(self, head: Words) -> Words:
        armed = await self._opened().arm(Duration(head["exposure"]))
        return {"exposure": armed.exposure, "readout": armed.readout}

    async def _trigger(self, head: Words) -> Words:
        await self._opened().trigger()
        return {}

    async def _read(self, head: Words) -> Words:
        frame = await self._opened().read(Instant(head["deadline"]))
        assert self._pictures is not None
        return {"frame": words_of_frame(frame), "place": self._pictures.put(frame), "resident": _resident()}

    async def _close(self, head: Words) -> Words:
        if self._camera is not None:
            await self._camera.close()
        return {}

    def _opened(self) -> Camera:
        assert self._camera is not None, "the booth's end opens first"
        return self._camera


def _resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _die_with(parent: int) -> None:
    """SIGKILL when the booth is gone: a hung SDK would not notice the end of a pipe, and would keep its camera."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


async def _run(control: int, memory: int) -> None:
    channel = await joined(socket.socket(fileno=control))
    with suppress(LinkLost):
        job = Job(**(await channel.receive()).head)
        with suppress(DeviceError):  # said again, to whoever opens it
            job.preload()
        await Servant(job, channel, memory).serve()


def main() -> None:
    control, memory, parent = map(int, sys.argv[1:4])
    _die_with(parent)
    os.dup2(2, 1)
    faulthandler.enable()
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(MORE_LIKELY_TO_BE_KILLED)
    try:
        asyncio.run(_run(control, memory))
    finally:
        os._exit(0)  # an SDK may hang or crash while the interpreter is taken down


if __name__ == "__main__":
    main()
