"""Reads along at the keeper's and the controller's sockets, and tells what it hears to whoever shows it."""

from dataclasses import dataclass, field
from typing import Protocol

from booth.assembly.account import Account, Row
from booth.faults import Occurrence, Severity
from booth.line import wire
from drivers.clock import Clock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, Dial, Message
from drivers.units import ms

AGAIN_AFTER = ms(50)
JUDGED_BEFORE_ENDED = ms(50)  # a verdict leaves long before its tray ends, but by another socket


class Show(Protocol):
    """Where a run is shown: a table, or JSON lines."""

    def say(self, who: str, line: str) -> None:
        """Something to know that is not a result."""

    def fault(self, code: str, text: str, raised: bool) -> None:
        """A fault began or ended."""

    def entered(self, account: Account) -> None:
        """A tray is on the line."""

    def row(self, row: Row, account: Account) -> None:
        """A tray has ended."""


@dataclass(slots=True)
class Onlooker:
    """What an observer knows of the booth. Survives restarts of keeper and controller."""

    clock: Clock
    show: Show
    account: Account = field(default_factory=Account)
    latched: tuple[str, ...] = ()
    keeper_seen: bool = False
    controller_ready: bool = False
    _standing: set[str] = field(default_factory=set)

    async def watch_line(self, dial: Dial) -> None:
        while True:
            channel = await self._reached(dial)
            try:
                await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
                while True:
                    await self._line_said(await wire.receive(channel))
            except LinkLost:
                await pause(self.clock, AGAIN_AFTER)
            finally:
                await channel.close()

    async def watch_desk(self, dial: Dial) -> None:
        while True:
            channel = await self._reached(dial)
            try:
                while True:
                    self._desk_said(await channel.receive())
            except LinkLost:
                self.controller_ready = False
                await pause(self.clock, AGAIN_AFTER)
            finally:
                await channel.close()

    async def _reached(self, dial: Dial) -> Channel:
        while True:
            try:
                return await dial()
            except LinkLost:
                await pause(self.clock, AGAIN_AFTER)

    async def _line_said(self, message: wire.LineMessage) -> None:
        match message:
            case wire.Status():
                self.keeper_seen, self.latched = True, message.latched
                for code in message.latched:
                    self._fault(Occurrence(code))
            case wire.TrayEntered():
                self.account.entered(message)
                self.show.entered(self.account)
            case wire.TrayIdentified():
                self.account.identified(message)
            case wire.TrayEnded():
                await pause(self.clock, JUDGED_BEFORE_ENDED)
                if row := self.account.ended(message):
                    self.show.row(row, self.account)
            case wire.FaultRaised(code=code):
                self._fault(Occurrence(code, message.tray, message.device, message.detail))
            case wire.FaultCleared(code=code):
                self._standing.discard(code)
                self.show.fault(code, "", raised=False)

    def _fault(self, occurrence: Occurrence) -> None:
        """A latched fault is told when it comes, and again with each status: to whoever came later."""
        latched = occurrence.fault.severity is Severity.LATCHED
        if not latched or occurrence.code not in self._standing:
            self.show.fault(occurrence.code, occurrence.text(), raised=True)
        if latched:
            self._standing.add(occurrence.code)

    def _desk_said(self, message: Message) -> None:
        match message.head:
            case {"kind": "state", "state": state}:
                self.controller_ready = state in ("Ready", "ContinuousExecution", "Error")
            case {"kind": "judged", **judged}:
                self.account.judged(judged)
            case {"kind": "fault", "code": code, "text": text, "raised": raised}:
                self.show.fault(code, text, raised)
