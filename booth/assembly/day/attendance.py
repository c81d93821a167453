"""The person beside a simulated line, and how they reset it: over the keeper's link, as `booth line reset` does."""

from booth.assembly.day.witness import Witness
from booth.assembly.virtual import VirtualBooth
from booth.line import wire
from booth.tray import Found, TrayId
from drivers.errors import LinkLost
from drivers.links import Channel
from drivers.units import after, seconds
from fakes.line import operator

ANSWERED_WITHIN = seconds(10)


class Attendance:
    """One person, who comes whenever the witness hears that the line is held."""

    def __init__(self, booth: VirtualBooth, witness: Witness, seed: int) -> None:
        self._booth, self._witness = booth, witness
        self._person = operator.Operator(booth.world.floor, booth.clock, self._reset, seed)

    @property
    def resets(self) -> int:
        return self._person.resets

    async def run(self) -> None:
        """For ever. Raises fakes.line.operator.GivesUp if the line refuses to be reset."""
        while True:
            await self._witness.held.wait()
            await self._person.attend(self._witness.call)

    async def _reset(self, tray: str | None, found: operator.Found | None) -> str:
        """A fakes.line.operator.Reset."""
        wish = wire.Reset(
            "operator", "simulated", TrayId(tray) if tray else None, Found(found) if found else None
        )  # fmt: skip
        try:
            channel = await self._booth.reach_keeper()
            try:
                async with self._booth.clock.deadline(after(self._booth.clock.now(), ANSWERED_WITHIN)):
                    return await _asked(channel, wish)
            finally:
                await channel.close()
        except LinkLost:
            return "the line keeper is dead"
        except TimeoutError:
            return "the line keeper does not answer"


async def _asked(channel: Channel, wish: wire.Reset) -> str:
    """Why the keeper refuses; empty once nothing is latched. Raises LinkLost."""
    await wire.send(channel, wire.Hello(wire.Role.OBSERVER))
    asked = False
    while True:
        match await wire.receive(channel):
            case wire.Refused(why):
                return why
            case wire.Status(latched=()):
                return ""
            case wire.Status() if not asked:
                asked = True
                await wire.send(channel, wish)
