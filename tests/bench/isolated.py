"""What it costs to run a camera's driver in a process of its own, and how soon a lost one is ready again."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from booth.faults import Occurrence
from booth.inspection.station import CaptureFailed, Station
from booth.settings.model import Shot
from booth.tray import TrayId
from drivers.clock import SystemClock, pause
from drivers.isolated.camera import Isolated
from drivers.isolated.job import Job
from drivers.protocols import Camera
from drivers.registry import Bench
from drivers.units import NANOSECONDS, Duration, Instant, after, ms, seconds
from tests.bench.rows import Row, once, p50, p99
from tests.drivers.unruly import make

CLOCK = SystemClock()
FACTORY = "tests.drivers.unruly:make"
OPTIONS = {"size_px": [1280, 720]}
FRAMES = 300
LOSSES = 5
SHOT = Shot(lights={}, exposure_ms=200)
LOST_AFTER = ms(50)  # while it exposes, so that a read waits
TRAY = TrayId("000001-000001")
SHOT_WITHIN = seconds(0.5)


def isolated(**options: Any) -> Isolated:
    return Isolated(Job("left", "unruly", FACTORY, {**OPTIONS, **options}), CLOCK, lambda *_: None)


def rows() -> list[Row]:
    return [*asyncio.run(_overhead()), *_recoveries()]


async def _overhead() -> list[Row]:
    here, apart = make(OPTIONS, Bench("left", CLOCK)), isolated()
    for camera in (here, apart):
        await camera.open()
        await camera.arm(Duration(1000))
    pairs = [(await _frame(here), await _frame(apart)) for _ in range(FRAMES)][10:]
    extra = [theirs - ours for ours, theirs in pairs]
    assert apart._pictures is not None
    place = {"slot": 0, "colour": True, "depth": True}
    pictures = apart._pictures
    copying = [once(lambda: pictures.take(place)) for _ in range(FRAMES)]
    await apart.close()
    says = f"trigger and read, 1280x720 RGB-D, {len(pairs)} in turn with the same double in this process"
    return [
        Row("isolated, more per frame, p50", p50(extra) * 1000, "ms", None, says),
        Row("isolated, more per frame, p99", p99(extra) * 1000, "ms", None, says),
        Row("isolated, of it copied out by the booth, p50", p50(copying) * 1000, "ms", None, "4.6 MB, once"),
    ]


async def _frame(camera: Camera) -> float:
    begun = CLOCK.now()
    await camera.trigger()
    await camera.read(after(begun, seconds(5)))
    return (CLOCK.now() - begun) / NANOSECONDS


def _recoveries() -> list[Row]:
    says = f"through station and recovery, the double opens at once; median and worst of {LOSSES}"
    found = []
    for name, lose, since in (
        ("killed", _kill, "since the kill, in a read"),
        ("hung (SIGSTOP)", _stop, "since the deadline of the read that it hung in"),
    ):
        took = [asyncio.run(_lost_and_found(lose)) for _ in range(LOSSES)]
        found.append(Row(f"camera host {name} to Ready, p50", p50(took), "s", "<= 1", f"{since}; {says}"))
        found.append(Row(f"camera host {name} to Ready, worst", max(took), "s", "<= 1", f"{since}; {says}"))
    return found


async def _lost_and_found(lose: Callable[[int, Instant], Instant]) -> float:
    """Seconds from when the loss could be seen at the latest, as `lose` says, until the camera is ready again."""
    cleared = asyncio.get_running_loop().create_future()
    camera = isolated()
    station = Station({"left": camera}, {}, CLOCK, _nothing, lambda _: cleared.set_result(CLOCK.now()))
    await station.open()
    await station.capture(TRAY, (SHOT,), ms(5), after(CLOCK.now(), seconds(5)))
    recovering = asyncio.ensure_future(station.recover())
    assert camera._host is not None
    begun = CLOCK.now()
    capture = asyncio.ensure_future(station.capture(TRAY, (SHOT,), ms(5), after(begun, SHOT_WITHIN)))
    await pause(CLOCK, LOST_AFTER)
    due_at = lose(camera._host._process.pid, begun)
    with suppress(CaptureFailed):
        await capture
    ready_at: Instant = await cleared
    await station.capture(TRAY, (SHOT,), ms(5), after(CLOCK.now(), seconds(5)))
    recovering.cancel()
    await station.close()
    return (ready_at - due_at) / NANOSECONDS


def _kill(process: int, begun: Instant) -> Instant:
    os.kill(process, signal.SIGKILL)
    return after(begun, LOST_AFTER)


def _stop(process: int, begun: Instant) -> Instant:
    os.kill(process, signal.SIGSTOP)
    return after(begun, SHOT_WITHIN)


def _nothing(_: Occurrence) -> None: ...
