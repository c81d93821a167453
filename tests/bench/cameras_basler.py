"""What the Basler driver takes from trigger to frame, beside the vendor's SDK alone."""

import asyncio
from functools import partial
from importlib.util import find_spec
from typing import Any

from drivers.clock import SystemClock
from drivers.units import NANOSECONDS, Duration, after, ms, seconds
from tests.bench.rows import Row, interleaved, p50, p99

CLOCK = SystemClock()
FRAMES = 300
SIZE = (1280, 720)
EXPOSURE = ms(4)
WAIT_MS = 2_000
LENS = {"lens_mm": 8.0, "pixel_um": 4.0}


def rows() -> list[Row]:
    if find_spec("pypylon") is None:
        return [Row("basler, driver over the SDK, p50", None, "x", "<= 1.15", "needs pypylon, extra [basler]")]
    from fakes.emulators.pylon_camera import emulate

    emulate(1)
    with asyncio.Runner() as runner:
        return _measured(runner)


def _measured(runner: asyncio.Runner) -> list[Row]:
    from drivers.cameras.basler import BaslerCamera, attached, read_wanted
    from fakes.emulators.pylon_camera import SERIALS

    wanted = read_wanted({**LENS, "size_px": SIZE})
    camera = BaslerCamera("bench", "bench", partial(attached, "bench", SERIALS[0]), wanted, CLOCK)
    runner.run(camera.open())
    runner.run(camera.arm(EXPOSURE))
    bare = _bare(attached("bare", SERIALS[0]))

    async def shot() -> None:
        await camera.trigger()
        await camera.read(after(CLOCK.now(), seconds(2)))

    ours, theirs = interleaved(lambda: runner.run(shot()), partial(_shot, bare), FRAMES)
    runner.run(camera.close())
    for end in (bare.StopGrabbing, bare.Close, bare.DestroyDevice):
        end()
    return _rows(ours, theirs)


def _rows(ours: list[float], theirs: list[float]) -> list[Row]:
    extra = [(a - b) * 1000 for a, b in zip(ours, theirs, strict=True)]
    exposed = EXPOSURE / NANOSECONDS * 1000
    says = f"trigger to array, {SIZE[0]}x{SIZE[1]} BGR, exposure {exposed:g} ms, {FRAMES} in turn with the SDK alone"
    return [
        Row("basler, driver over the SDK, p50", p50(ours) / p50(theirs), "x", "<= 1.15", says),
        Row("basler, driver more than the SDK, p50", p50(extra), "ms", None, says),
        Row("basler, driver more than the SDK, p99", p99(extra), "ms", None, says),
        Row("basler, the SDK alone, p50", p50(theirs) * 1000, "ms", None, says),
    ]


def _bare(camera: Any) -> Any:
    """The same emulated camera, opened a second time, as the vendor's samples set one up."""
    from pypylon import pylon

    camera.PixelFormat.Value = "BGR8Packed"
    camera.Width.Value, camera.Height.Value = SIZE
    camera.TriggerSelector.Value = "FrameStart"
    camera.TriggerMode.Value = "On"
    camera.TriggerSource.Value = "Software"
    camera.AcquisitionFrameRateEnable.Value = False
    camera.ExposureTime.Value = EXPOSURE / Duration(1000)
    camera.StartGrabbing(pylon.GrabStrategy_OneByOne)
    return camera


def _shot(camera: Any) -> Any:
    from pypylon import pylon

    camera.WaitForFrameTriggerReady(WAIT_MS, pylon.TimeoutHandling_ThrowException)
    camera.ExecuteSoftwareTrigger()
    result = camera.RetrieveResult(WAIT_MS, pylon.TimeoutHandling_ThrowException)
    picture = result.Array
    result.Release()
    return picture
