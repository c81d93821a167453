"""The line keeper where a PLC owns the line: registers, clients and deadlines in; answers, ledger and news out."""

import asyncio
from contextlib import suppress

from booth.faults import FAULTS
from booth.line import wire
from booth.line.account import Account
from booth.line.clients import Client
from booth.line.front import Front, Said
from booth.line.ledger import Ledger, Past
from booth.line.plc import handshake, registers
from booth.line.plc.agreed import (
    Began,
    Broken,
    ControllerIs,
    ControllerSaid,
    Event,
    Handshake,
    PersonAsked,
    PlcWrote,
    Terms,
    Tick,
)
from booth.tray import End, Reason
from drivers.clock import Clock
from drivers.links import Channel
from drivers.units import Duration, Instant, after, ms

BEAT = ms(100)
FAREWELL_WITHIN = ms(500)


class PlcKeeper:
    """Answers a PLC from READY until it was told to stop. Single-threaded: what the PLC writes is taken at once, and
    what it reads is what is known then."""

    def __init__(self, terms: Terms, ledger: Ledger, past: Past, clock: Clock) -> None:
        self._account, self._past, self._clock = Account(ledger, self._ledger_failed), past, clock
        self._hands = Handshake(terms, clock.now())
        self._front = Front(clock, self._greeting, self._heed, self._presence)
        self._left_over: tuple[wire.TrayEnded, ...] = ()
        self._stirred, self._stop_asked = asyncio.Event(), asyncio.Event()
        self._began = clock.now()

    @property
    def hands(self) -> Handshake:
        return self._hands

    async def welcome(self, channel: Channel) -> None:
        """As Front.welcome."""
        await self._front.welcome(channel)

    def begin(self) -> None:
        """Take over what the last boot left; before anything is served."""
        now = self._clock.now()
        self._take(Began(len(self._past.open), not self._past.unresolved, now))
        why = Reason("keeper-restarted", FAULTS["keeper-restarted"].says)
        counts = self._hands.counts
        self._left_over = tuple(
            wire.TrayEnded(tray, End.HELD, (why,), False, entered_at, now, counts)
            for tray, entered_at in self._past.open.items()
        )
        for ended in self._left_over:
            self._account.note(ended)

    def wrote(self, words: tuple[int, ...]) -> None:
        """The PLC has written its block, which now is `words`."""
        self._take(PlcWrote(registers.read(words), self._clock.now()))

    def words(self) -> tuple[int, ...]:
        """The booth's block as of now."""
        self._take(Tick(self._clock.now()))
        beat = (self._clock.now() - self._began) // BEAT
        return registers.write(handshake.said(self._hands, beat))

    async def run(self) -> None:
        """Keep time until `stop`, then say goodbye: what is still open ends HELD in the next boot's account."""
        syncing = asyncio.ensure_future(self._account.keep())
        try:
            while not self._stop_asked.is_set():
                await self._until_due()
                self._take(Tick(self._clock.now()))
        finally:
            syncing.cancel()
            with suppress(TimeoutError):
                async with self._clock.deadline(after(self._clock.now(), FAREWELL_WITHIN)):
                    await self._front.told()
            self._front.drop_all()
            self._account.settle()
            self._account.close()

    def stop(self) -> None:
        """Let `run` return. May be called twice."""
        self._stop_asked.set()
        self._stirred.set()

    async def _until_due(self) -> None:
        wake = handshake.next_wake(self._hands)
        self._stirred.clear()
        if self._stop_asked.is_set():
            return
        if wake is None:
            await self._stirred.wait()
            return
        with suppress(TimeoutError):
            async with self._clock.deadline(_not_before(wake, self._clock.now())):
                await self._stirred.wait()

    # --- what happened

    def _take(self, event: Event, client: Client | None = None) -> None:
        before = self._hands
        self._hands, out = handshake.shake(before, event)
        for said in out:
            if not isinstance(said, wire.Refused):
                self._account.note(said)
                self._front.tell(said)
            elif client is not None:
                client.tell(said)
        if isinstance(event, PersonAsked) and before.latched and not self._hands.latched:
            self._left_over = ()
            self._account.note(event.wish)
        if handshake.next_wake(before) != handshake.next_wake(self._hands):
            self._stirred.set()

    def _ledger_failed(self, why: str) -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(lambda: self._take(Broken("ledger-failed", why, self._clock.now())))

    # --- clients

    def _greeting(self) -> tuple[wire.LineMessage, ...]:
        return (handshake.told(self._hands), *self._left_over)

    async def _heed(self, said: Said, client: Client) -> None:
        now = self._clock.now()
        event = PersonAsked(said, now) if isinstance(said, wire.Reset) else ControllerSaid(said, now)
        self._take(event, client)

    def _presence(self, present: bool) -> None:
        self._take(ControllerIs(present, self._clock.now()))


def _not_before(wake: Instant, now: Instant) -> Instant:
    """A deadline that has passed already still lets everybody else have a turn."""
    return max(wake, after(now, Duration(1)))
