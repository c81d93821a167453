"""Hears all that the line keeper says, from first to last, and sees where the simulated world's trays go."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from booth.line import wire
from booth.line.answers import SOUGHT
from booth.tray import End, TrayId
from drivers.clock import Clock, pause
from drivers.errors import LinkLost
from drivers.links import Dial
from drivers.units import Instant, ms
from fakes.conveyor import SensorEdge
from fakes.operator import Call

AGAIN_AFTER = ms(50)
BY_THE_GATE = ("passed", "diverted")


@dataclass(frozen=True, slots=True)
class Passage:
    """One tray of the world: when its leading edge broke the entry beam, what it was, where it went and when: where
    the gate sent it, if a person took it from the belt only after that.

    `free` is False if the blade was not the keeper's to move as the tray came to the gate.
    """

    entered_at: Instant
    product: str
    damaged: bool
    went: str
    at: Instant | None = None
    free: bool = True


@dataclass(slots=True)
class Witness:
    """`entries` and `ends` are the keeper's words, by tray, and `ended_at` when it said the first of them; `passages`
    is the world's truth, by entry edge, and `confirmations` is when the confirm sensor reported that it was broken."""

    entries: dict[TrayId, Instant] = field(default_factory=dict)
    ends: dict[TrayId, set[End]] = field(default_factory=lambda: defaultdict(set))
    ended_at: dict[TrayId, Instant] = field(default_factory=dict)
    passages: dict[Instant, Passage] = field(default_factory=dict)
    confirmations: list[Instant] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    _sought: TrayId | None = None

    async def listen(self, dial: Dial, clock: Clock) -> None:
        """For ever, across restarts of the keeper."""
        while True:
            try:
                channel = await dial()
                await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
                while True:
                    self._heard(await wire.receive(channel))
            except LinkLost:
                self._sought = None
                self.held.clear()
                await pause(clock, AGAIN_AFTER)

    def saw(self, head: dict[str, Any]) -> None:
        """Takes the truth, as fakes.world describes it."""
        at = Instant(head["entered_at"])
        if (known := self.passages.get(at)) and known.went in BY_THE_GATE:
            return
        parted = head.get("at"), head.get("free", True)
        self.passages[at] = Passage(at, head["product"], head["damaged"], head["went"], *parted)

    def overheard(self, edge: SensorEdge) -> None:
        if edge.place == "confirm" and edge.blocked:
            self.confirmations.append(edge.at)

    def call(self) -> Call:
        """What the line asks of a person now."""
        return Call(self._sought, self.entries.get(self._sought) if self._sought else None)

    @property
    def open(self) -> list[TrayId]:
        """Trays that have entered and not ended."""
        return [tray for tray in self.entries if tray not in self.ends]

    def _heard(self, message: wire.LineMessage) -> None:
        match message:
            case wire.TrayEntered():
                self.entries[message.tray] = message.entered_at
            case wire.TrayEnded():
                self.entries.setdefault(message.tray, message.entered_at)  # it entered unheard: the keeper died
                self.ends[message.tray].add(message.end)
                self.ended_at.setdefault(message.tray, message.at)
            case wire.FaultRaised(code=code, tray=tray) if code in SOUGHT and self._sought is None:
                self._sought = TrayId(tray)
            case wire.Status():
                self._status(message)

    def _status(self, message: wire.Status) -> None:
        if message.latched:
            self.held.set()
        else:
            self.held.clear()
            self._sought = None
