"""Who does the writing, and when: a thread of its own, or the caller in turn (virtual time, tests).

Neither ever blocks the one who offers: a full queue refuses.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from drivers.units import Duration, as_seconds

T = TypeVar("T")

Work = Callable[[Sequence[T]], bool]
"""Writes a batch, oldest first. True: done with it. False: it has to be tried again. Does not raise."""


class Writer(Protocol[T]):
    """A bounded queue in front of some work."""

    def offer(self, item: T) -> bool:
        """Queue `item`, at once. False: the queue is full or closed, and the item was not taken."""

    def flush(self) -> bool:
        """Wait until all that was offered before is written. False: the work has just failed. It blocks:
        for shutdown and tests, never for a decision."""

    def close(self) -> Sequence[T]:
        """Try once more to write what is queued, and end. Returns what could not be written."""


class MakeWriter(Protocol):
    """Puts a writer in front of `work`."""

    def __call__(self, work: Work[T]) -> Writer[T]: ...


@dataclass(frozen=True, slots=True)
class OnThread:
    """A thread that writes at the latest `gather` after an item came, or once the queue is half full."""

    name: str
    depth: int
    gather: Duration

    def __call__(self, work: Work[T]) -> Writer[T]:
        return _Threaded(work, self)


@dataclass(frozen=True, slots=True)
class InTurn:
    """The caller writes, each time `rows` items have come together."""

    rows: int = 1
    depth: int = 256

    def __call__(self, work: Work[T]) -> Writer[T]:
        return _Inline(work, self)


class _Threaded(Generic[T]):
    """Items stay queued until the work is done with them, so that `depth` bounds all that is in memory."""

    def __init__(self, work: Work[T], how: OnThread) -> None:
        self._work, self._depth, self._gather = work, how.depth, as_seconds(how.gather)
        self._queue: deque[T] = deque()
        self._turn = threading.Condition()
        self._taken = self._done = self._failures = 0
        self._hurry = self._closing = self._over = False
        self._thread = threading.Thread(target=self._run, name=how.name, daemon=True)
        self._thread.start()

    def offer(self, item: T) -> bool:
        with self._turn:
            if self._closing or self._over or len(self._queue) >= self._depth:
                return False
            self._queue.append(item)
            self._taken += 1
            self._turn.notify_all()
            return True

    def flush(self) -> bool:
        with self._turn:
            target, failures = self._taken, self._failures
            self._hurry = True
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._done >= target or self._failures > failures or self._over)
            return self._done >= target

    def close(self) -> Sequence[T]:
        with self._turn:
            self._closing = True
            self._turn.notify_all()
        self._thread.join()
        return tuple(self._queue)

    def _run(self) -> None:
        try:
            while batch := self._batch():
                if not self._settle(len(batch), self._work(batch)):
                    return
        finally:
            with self._turn:
                self._over = True
                self._turn.notify_all()

    def _batch(self) -> Sequence[T]:
        """The next batch; empty once closed and all is written."""
        with self._turn:
            self._turn.wait_for(lambda: self._queue or self._closing)
            self._turn.wait_for(self._ripe, timeout=self._gather)
            return tuple(self._queue)

    def _ripe(self) -> bool:
        return self._closing or self._hurry or 2 * len(self._queue) >= self._depth

    def _settle(self, size: int, done: bool) -> bool:
        """Take note of an attempt. False: it was the last."""
        with self._turn:
            self._hurry = False
            if done:
                for _ in range(size):
                    self._queue.popleft()
                self._done += size
            else:
                self._failures += 1
            self._turn.notify_all()
            if done:
                return True
            return not self._turn.wait_for(lambda: self._closing, timeout=self._gather)


class _Inline(Generic[T]):
    def __init__(self, work: Work[T], how: InTurn) -> None:
        self._work, self._how = work, how
        self._queue: deque[T] = deque()
        self._closed = False

    def offer(self, item: T) -> bool:
        full = len(self._queue) >= self._how.depth
        if self._closed or (full and not self.flush()):
            return False
        self._queue.append(item)
        if len(self._queue) >= self._how.rows:
            self.flush()
        return True

    def flush(self) -> bool:
        if self._queue and not self._work(tuple(self._queue)):
            return False
        self._queue.clear()
        return True

    def close(self) -> Sequence[T]:
        self._closed = True
        self.flush()
        return tuple(self._queue)
