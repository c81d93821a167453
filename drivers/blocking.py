"""A vendor's library that blocks, on a thread of its own, never on the event loop."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from drivers.clock import Clock
from drivers.errors import DeviceLost
from drivers.units import Duration, after, as_seconds

T = TypeVar("T")


class Blocking:
    """One thread; what it is given is done in order. It ends with `end`, or with the process: a library that never
    returns cannot keep the process from ending."""

    def __init__(self, name: str, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._hangs_in: str | None = None
        threading.Thread(target=self._work, name=f"{name}: sdk", daemon=True).start()

    async def call(
        self, what: str, work: Callable[[], T], within: Duration, undo: Callable[[T], object] = lambda _: None
    ) -> T:
        """What `work` returns or raises. Raises DeviceLost if it takes longer than `within`: the thread cannot be
        stopped, and every later call raises DeviceLost at once. What `work` returns when nobody waits for it any more
        is given to `undo`, on some thread."""
        if self._hangs_in is not None:
            raise self._hung(self._hangs_in)
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put(partial(_do, work, done, undo))
        try:
            async with self._clock.deadline(after(self._clock.now(), within)):
                return await done
        except TimeoutError as error:
            if not done.cancelled():  # the library's own TimeoutError
                raise
            self._hangs_in = f"{what} for {as_seconds(within):g} s"
            raise self._hung(self._hangs_in) from error

    def end(self) -> None:
        """Once what is under way is done."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # what it held may be a device, and is given back here, on this thread

    def _hung(self, what: str) -> DeviceLost:
        return DeviceLost(f"{self._name}: its library hangs in {what}; unplug the device and plug it in again")


def _do(work: Callable[[], T], done: "asyncio.Future[T]", undo: Callable[[T], object]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to whoever waits
        _tell(done, partial(done.set_exception, error), lambda: None)
    else:
        _tell(done, partial(done.set_result, result), partial(undo, result))


def _tell(done: "asyncio.Future[Any]", tell: Callable[[], object], undo: Callable[[], object]) -> None:
    def tell_or_undo() -> None:
        if done.done():
            threading.Thread(target=undo, name="undoing", daemon=True).start()
        else:
            tell()

    try:
        done.get_loop().call_soon_threadsafe(tell_or_undo)
    except RuntimeError:  # the loop has ended
        undo()
