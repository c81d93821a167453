"""A person at the simulated line: comes when it is held, finds the tray, clears the belt and resets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from drivers.clock import Clock, pause
from drivers.units import Duration, Instant, seconds
from fakes.line.conveyor import Went
from fakes.line.floor import Floor
from fakes.streams import stream

Found = Literal["passed", "diverted", "removed"]

Reset = Callable[[str | None, Found | None], Awaitable[str]]
"""Resets the line as a person does, by the tray that is looked for and what became of it (None, None: no tray is);
returns why that was refused, empty if it was not."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the line says when it calls: the tray that it looks for, and the instant of that tray's entry edge."""

    tray: str | None = None
    entered_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Habits:
    """Shortest and longest, drawn evenly."""

    comes_within: tuple[Duration, Duration] = (seconds(20), seconds(90))
    looks_for: tuple[Duration, Duration] = (seconds(5), seconds(20))
    tries: int = 20


class GivesUp(RuntimeError):
    """The line refused every reset."""


class Operator:
    """One person, who attends to one call at a time."""

    def __init__(self, floor: Floor, clock: Clock, reset: Reset, seed: int, habits: Habits | None = None) -> None:
        self._floor, self._clock, self._reset = floor, clock, reset
        self._habits = habits or Habits()
        self._draw = stream(seed, "operator")
        self.resets = 0

    async def attend(self, ask: Callable[[], Call]) -> Found | None:
        """Come, look, clear the belt from entry to gate, empty the bin, reset; and again if it is refused: a cable may
        need its time, and by then the line, which is asked each time, may look for another tray, or for none. Returns
        what was said about the tray. Raises GivesUp."""
        await self._take(self._habits.comes_within)
        refused = ""
        for _ in range(self._habits.tries):
            self._floor.clear()
            self._floor.empty_bin()
            await self._take(self._habits.looks_for)
            call = ask()
            found = self.find(call)
            refused = await self._reset(call.tray, found)
            if not refused:
                self.resets += 1
                return found
        raise GivesUp(f"the line refused {self._habits.tries} resets, the last with: {refused}")

    def find(self, call: Call) -> Found | None:
        """Where the tray is by the eyes of a person: in the bin, gone down the line, or on the belt, from where they
        take it off. A tray that is nowhere was taken away by somebody."""
        if call.tray is None:
            return None
        went = None if call.entered_at is None else self._floor.whereabouts(call.entered_at)
        if went is Went.PASSED:
            return "passed"
        return "diverted" if went is Went.DIVERTED else "removed"

    async def _take(self, span: tuple[Duration, Duration]) -> None:
        await pause(self._clock, Duration(int(self._draw.integers(span[0], span[1] + 1))))
