"""An event loop whose clock jumps to the next timer when nothing is ready."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class NothingToDo(RuntimeError):
    """Every task waits for something that no timer will bring: a deadlock in the scenario."""


SPINS_AT_MOST = 10_000
"""Turns of the loop at one instant: more than any scenario needs, fewer than a test run can bear."""

NO_SOCKET = 1
"""What an asyncio loop itself has registered: the pipe that wakes it."""


class _Jump(selectors.SelectSelector):
    """Instead of waiting for the timeout, adds it to the loop's clock."""

    elapsed = 0.0
    _turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0) if len(self.get_map()) > NO_SOCKET else []
        if not ready and timeout is None:
            raise NothingToDo("the virtual loop has neither a ready task nor a timer")
        self._turns += 1
        if timeout:
            self.elapsed, self._turns = self.elapsed + timeout * (not ready), 0
        if self._turns > SPINS_AT_MOST:
            self._turns = 0  # whoever clears up after this needs some turns, too
            raise NothingToDo("the virtual loop has been spinning at one instant: some task never waits for time")
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Virtual time: one process, no sockets, threads or subprocesses. Blocking work takes no booth time."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        return self._jump.elapsed

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 whatever the work raises belongs to whoever awaits it
            done.set_exception(error)
        return done
