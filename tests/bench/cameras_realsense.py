"""What the RealSense driver adds to the vendor's SDK, on one emulated device."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, Self

import numpy as np

from drivers.clock import SystemClock
from drivers.units import Instant, after, ms, seconds
from fakes.studios.flat import FlatStudio
from tests.bench.rows import Row, p50, p99

FPS, EXPOSURE_MS = 30, 4.0
WIDTH, HEIGHT = 1280, 720
BLOCKS, ROUNDS = 4, 30
WARM_UP = 5  # triggers: the camera's clock has to be learned first
CLOCK = SystemClock()


def rows() -> list[Row]:
    name = "realsense, driver over the SDK, p50"
    if find_spec("pyrealsense2") is None:
        return [Row(name, None, "x", "<= 1.15", "needs pyrealsense2, extra [realsense]")]
    ours, theirs = list[float](), list[float]()
    with Streaming() as device:
        for _ in range(BLOCKS):
            theirs += bare_rounds(device)
            ours += asyncio.run(driver_rounds(device))
    says = (
        f"from a frame to the arrays of the next, {WIDTH}x{HEIGHT} depth and BGR at {FPS} fps, emulated; "
        f"{BLOCKS} x {ROUNDS} frames in turn with the SDK alone"
    )
    return [
        Row(name, p50(ours) / p50(theirs), "x", "<= 1.15", says),
        Row("realsense, driver more than the SDK, p50", (p50(ours) - p50(theirs)) * 1000, "ms", None, says),
        Row("realsense, driver, p99", p99(ours) * 1000, "ms", None, says),
        Row("realsense, the SDK alone, p99", p99(theirs) * 1000, "ms", None, says),
        Row("realsense, the SDK alone, p50", p50(theirs) * 1000, "ms", None, says),
    ]


class Streaming:
    """A device that exposes and delivers at every turn, from a thread of its own. `came` is set with every frame."""

    live = True

    def __init__(self) -> None:
        from fakes.emulators.eye import Pictures
        from fakes.emulators.realsense_device import SoftwareRealSense

        info = FlatStudio().info("left")
        assert info.colour is not None
        eye = replace(info.colour, width_px=WIDTH, height_px=HEIGHT)
        self.body = SoftwareRealSense(replace(info, colour=eye, depth=eye), CLOCK.now(), FPS)
        random = np.random.default_rng(0)
        colour = random.integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        self._pictures = Pictures(colour, random.integers(600, 640, (HEIGHT, WIDTH), dtype=np.uint16))
        self.came = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        from fakes.emulators.realsense_device import Shot

        number = 0
        while not self._over.wait(1 / FPS):
            number += 1
            if self.body.streams_at(number):
                exposures = self.body.stereo.exposure(), self.body.rgb.exposure()
                start = Instant(CLOCK.now() - max(exposures))
                self.body.deliver(Shot(number, start, *exposures, self._pictures), 20.0, 0)
                self.came.set()

    def find(self) -> Any:
        return self.body.device

    def gone(self) -> bool:
        return False

    def over(self) -> bool:
        return False

    def release(self) -> None:
        """It is this object's."""


@contextmanager
def streams(device: Streaming) -> Iterator[list[Any]]:
    """A queue for each sensor, as in the vendor's examples."""
    import pyrealsense2 as rs

    sensors, queues = device.body.device.query_sensors(), []
    for sensor in sensors:
        queues.append(rs.frame_queue(1))
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(queues[-1])
    yield queues
    for sensor in sensors:
        sensor.stop()
        sensor.close()


def bare_rounds(device: Streaming) -> Iterator[float]:
    """From a frame that has come to the pixels of the next one."""
    with streams(device) as queues:
        for queue in queues:
            queue.wait_for_frame(1000)
        for _ in range(ROUNDS):
            wait_for(device)
            for queue in queues:
                queue.wait_for_frame(1000)
            begun = time.perf_counter()
            for queue in queues:
                np.array(queue.wait_for_frame(1000).get_data())
            yield time.perf_counter() - begun


async def driver_rounds(device: Streaming) -> list[float]:
    from drivers.cameras.realsense import RealSenseCamera, read_wanted

    options = {"whatever": True, "underway_ms": (0, 2), "depth_readout_ms": 0, "colour_readout_ms": 0}
    camera, took = RealSenseCamera("left", device, read_wanted(options), CLOCK), []
    await camera.open()
    await camera.arm(ms(EXPOSURE_MS))
    for _ in range(WARM_UP + ROUNDS):
        await asyncio.to_thread(wait_for, device)
        begun = time.perf_counter()
        await camera.trigger()
        await camera.read(after(CLOCK.now(), seconds(5)))
        took.append(time.perf_counter() - begun)
    await camera.close()
    return took[WARM_UP:]


def wait_for(device: Streaming) -> None:
    device.came.clear()
    device.came.wait()
