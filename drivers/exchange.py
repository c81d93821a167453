"""Questions and answers over one port, one at a time: what Modbus, a relay board and a light controller have in common.

A question that came first is answered first, but an urgent one goes before all that are not: a gate does not wait for
a poll, only for the one that is on the wire.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from drivers.clock import Clock
from drivers.errors import DeviceLost
from drivers.ports import Address, Port, open_port
from drivers.units import Duration, as_ms, as_seconds

A = TypeVar("A")

Find = Callable[[bytes, bytes], tuple[A | None, bytes]]
"""(question, what was heard since it was sent) -> (the answer, or None if it is not whole yet; what is left over)."""

MOST_HEARD = 4096
"""More than this without an answer in it is noise."""


@dataclass(slots=True, eq=False)
class _Question(Generic[A]):
    """`due`: when its answer is, in the loop's seconds, once it has been sent."""

    text: bytes
    within: Duration
    again: int
    answer: asyncio.Future[A]
    due: float = 0.0


class Exchange(Generic[A]):
    """Order: open, (ask)*, close. A lost one stays lost: make a new one.

    `find` picks the answer out of what was heard; it may raise DeviceLost for what makes no sense. `unasked` is told
    what is heard while nobody asks; without it that is thrown away. `lost` is None while the link stands.
    """

    def __init__(
        self, name: str, address: Address, clock: Clock, find: Find[A], unasked: Callable[[bytes], None] | None = None
    ) -> None:
        self._name, self._address, self._clock, self._find, self._unasked = name, address, clock, find, unasked
        self._port: Port | None = None
        self._urgent: deque[_Question[A]] = deque()
        self._patient: deque[_Question[A]] = deque()
        self._asked: _Question[A] | None = None
        self._heard = b""
        self._alarm: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.lost: DeviceLost | None = None

    async def open(self) -> None:
        """Raises DeviceMissing, DeviceBusy."""
        self._port = await open_port(self._name, self._address, self._clock, self._hear, self.lose)

    async def ask(self, text: bytes, within: Duration, urgent: bool = False, again: int = 0) -> A:
        """The answer. `again`: how often it is asked once more when nothing has come after `within`, each time for as
        long. Raises DeviceLost, and then the whole exchange is lost: a late answer must not be taken for the next."""
        self.check()
        question: _Question[A] = _Question(text, within, again, self._loop.create_future())
        (self._urgent if urgent else self._patient).append(question)
        self._next()
        return await question.answer

    def check(self) -> None:
        """Raises DeviceLost."""
        if self.lost is not None:
            raise DeviceLost(*self.lost.args)

    def close(self) -> None:
        """Always allowed, twice too. Whoever waits for an answer gets DeviceLost."""
        self.lose(DeviceLost(f"{self._name}: was closed"))

    def lose(self, why: DeviceLost) -> None:
        """The link is of no use any more; the first reason stands."""
        if self.lost is None:
            self.lost = why
        self._quiet()
        waiting = [self._asked] if self._asked is not None else []
        waiting += [*self._urgent, *self._patient]
        self._asked = None
        self._urgent.clear()
        self._patient.clear()
        for question in waiting:
            if not question.answer.done():
                question.answer.set_exception(DeviceLost(*self.lost.args))
        if self._port is not None:
            self._port.close()

    def _next(self) -> None:
        while self._asked is None and (self._urgent or self._patient):
            question = (self._urgent or self._patient).popleft()
            if not question.answer.cancelled():  # whoever asked has given up: not even sent
                self._asked = question
                self._send(question)

    def _send(self, question: _Question[A]) -> None:
        self._heard = b""
        assert self._port is not None
        try:
            self._port.send(question.text)
        except DeviceLost as lost:
            self.lose(lost)
        else:
            question.due = self._loop.time() + as_seconds(question.within)
            self._set_alarm(question.due)

    def _set_alarm(self, due: float) -> None:
        if self._alarm is not None and self._alarm.when() > due:
            self._quiet()
        if self._alarm is None:
            self._alarm = self._loop.call_at(due, self._ring)

    def _hear(self, received: bytes) -> None:
        if self._asked is None:
            if self._unasked is not None:
                self._unasked(received)
            return
        self._heard = (self._heard + received)[-MOST_HEARD:]
        try:
            answer, self._heard = self._find(self._asked.text, self._heard)
        except DeviceLost as lost:
            self.lose(lost)
            return
        if answer is not None:
            self._answered(self._asked, answer)

    def _answered(self, question: _Question[A], answer: A) -> None:
        self._asked = None
        if not question.answer.done():
            question.answer.set_result(answer)
        left, self._heard = self._heard, b""
        if left and self._unasked is not None:
            self._unasked(left)
        self._next()

    def _ring(self) -> None:
        """One alarm for all questions: to set one for each and to take it back costs as much as to parse an answer."""
        self._alarm = None
        question = self._asked
        if question is None:
            return
        if question.due > self._loop.time():
            self._alarm = self._loop.call_at(question.due, self._ring)
        elif question.again > 0:
            question.again -= 1
            self._send(question)
        else:
            says = f"{self._name}: {self._address} has not answered for {as_ms(question.within):g} ms"
            self.lose(DeviceLost(f"{says}; check its cable, its power, and its address on the line"))

    def _quiet(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
