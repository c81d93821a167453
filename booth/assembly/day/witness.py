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
from fakes.faults.injection import Mended, Struck
from fakes.line.conveyor import SensorEdge
from fakes.line.operator import Call

AGAIN_AFTER = ms(50)
FOR_EVER = Instant(2**63 - 1)
BY_THE_GATE = ("passed", "diverted")
ENCODER_LIES = ("encoder-slip", "encoder-dead")


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


@dataclass(frozen=True, slots=True)
class Ending:
    """What the keeper said first of a tray's end: when it was, and why, which for a late one is that it was late."""

    at: Instant
    why: frozenset[str]


Span = tuple[Instant, Instant]
"""From, to."""


@dataclass(slots=True)
class Witness:
    """`entries`, `ends` and `endings` are the keeper's words, by tray, and `holds` are the times in which it said that
    a fault was latched; `passages` is the world's truth, by entry edge. `confirmations` is when the confirm sensor
    reported that it was broken, and `key_read_on` when the bypass key did that it was on, truly or not.
    `encoder_lied`: when the encoder did not count what the belt ran."""

    entries: dict[TrayId, Instant] = field(default_factory=dict)
    ends: dict[TrayId, set[End]] = field(default_factory=lambda: defaultdict(set))
    endings: dict[TrayId, Ending] = field(default_factory=dict)
    holds: list[Span] = field(default_factory=list)
    passages: dict[Instant, Passage] = field(default_factory=dict)
    confirmations: list[Instant] = field(default_factory=list)
    key_read_on: list[Span] = field(default_factory=list)
    encoder_lied: list[Span] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    _sought: TrayId | None = None

    async def listen(self, dial: Dial, clock: Clock) -> None:
        """For ever, across restarts of the keeper."""
        while True:
            try:
                channel = await dial()
                await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
                while True:
                    self._heard(await wire.receive(channel), clock.now())
            except LinkLost:
                self._sought = None
                self._hold_is_over(clock.now())
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
        elif edge.place == "bypass" and edge.blocked:
            self.key_read_on.append((edge.at, FOR_EVER))
        elif edge.place == "bypass" and self.key_read_on:
            self.key_read_on[-1] = (self.key_read_on[-1][0], edge.at)

    def befallen(self, change: Struck | Mended) -> None:
        """Takes each fault of the world as it strikes and as it is mended."""
        if change.fault.name not in ENCODER_LIES:
            return
        if isinstance(change, Struck):
            self.encoder_lied.append((change.at, FOR_EVER))
        elif self.encoder_lied:
            self.encoder_lied[-1] = (self.encoder_lied[-1][0], change.at)

    def call(self) -> Call:
        """What the line asks of a person now."""
        return Call(self._sought, self.entries.get(self._sought) if self._sought else None)

    @property
    def open(self) -> list[TrayId]:
        """Trays that have entered and not ended."""
        return [tray for tray in self.entries if tray not in self.ends]

    def _heard(self, message: wire.LineMessage, now: Instant) -> None:
        match message:
            case wire.TrayEntered():
                self.entries[message.tray] = message.entered_at
            case wire.TrayEnded():
                self.entries.setdefault(message.tray, message.entered_at)  # it entered unheard: the keeper died
                self.ends[message.tray].add(message.end)
                why = frozenset(reason.code for reason in message.reasons)
                self.endings.setdefault(message.tray, Ending(message.at, why | {"late"} if message.late else why))
            case wire.FaultRaised(code=code, tray=tray) if code in SOUGHT and self._sought is None:
                self._sought = TrayId(tray)
            case wire.Status():
                self._status(message, now)

    def _status(self, message: wire.Status, now: Instant) -> None:
        if message.latched:
            if not self.held.is_set():
                self.holds.append((now, FOR_EVER))
            self.held.set()
        else:
            self._hold_is_over(now)
            self._sought = None

    def _hold_is_over(self, now: Instant) -> None:
        if self.held.is_set():
            self.holds[-1] = (self.holds[-1][0], now)
        self.held.clear()
