"""What each kind of client of the simulated booth may ask, and what becomes of its device when it is gone."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol

from drivers.errors import LinkLost
from drivers.frames import RawDepth
from drivers.links import Channel, Message
from drivers.units import Duration, Instant, Millimetres, after, ms
from fakes.faults.injection import Mended, Struck
from fakes.line.climate import stretched
from fakes.line.floor import Floor
from fakes.plan import CAMERAS, LAMPS, PLACES, PlannedFault
from fakes.studios.exhibition import Under
from fakes.studios.studio import Studio

TRANSFER = ms(30)  # a picture is there so long after its exposure has ended
OUTBOX = 256

Head = dict[str, Any]
Picture = tuple[Head, bytes]


class Client:
    """One connection. What is said is queued; a client that does not read is cut off, never waited for."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._outbox: asyncio.Queue[Message | None] = asyncio.Queue(OUTBOX)

    def say(self, head: Head, body: bytes = b"") -> None:
        if self._outbox.qsize() >= OUTBOX - 1:
            self.cut_off()
        else:
            self._outbox.put_nowait(Message(head, body))

    def answer(self, asked: Head, head: Head, body: bytes = b"") -> None:
        """Say `head` if `asked` wanted an answer."""
        if "ask" in asked:
            self.say({**head, "re": asked["ask"]}, body)

    def cut_off(self) -> None:
        """Hang up after what has been said."""
        with suppress(asyncio.QueueFull):
            self._outbox.put_nowait(None)

    async def receive(self) -> Head:
        """Raises LinkLost."""
        return (await self._channel.receive()).head

    async def write(self) -> None:
        """Send what is said, until the link is lost or cut off."""
        with suppress(LinkLost):
            while (message := await self._outbox.get()) is not None:
                await self._channel.send(message)
        await self._channel.close()


class Role(Protocol):
    """`hear` raises KeyError, TypeError or ValueError for a message that makes no sense."""

    def welcome(self) -> None: ...
    def hear(self, head: Head) -> None: ...
    def lost(self) -> None: ...


class Light:
    """One lamp."""

    def __init__(self, floor: Floor, client: Client, lamp: str) -> None:
        self._floor, self._client, self._lamp = floor, client, lamp

    def welcome(self) -> None:
        self._turn(0.0)
        self._client.say({"kind": "welcome"})

    def hear(self, head: Head) -> None:
        level = float(head["intensity"]) if head["kind"] == "on" else {"off": 0.0}[head["kind"]]
        if not 0 <= level <= 1:
            raise ValueError(f"an intensity of {level} is not between 0 and 1")
        now, settled = self._turn(level)
        self._client.answer(head, {"kind": "done", "at": now, "settled_at": settled})

    def lost(self) -> None:
        self._turn(0.0)

    def _turn(self, level: float) -> tuple[Instant, Instant]:
        now = self._floor.catch_up()
        return now, self._floor.lamps.turn(self._lamp, level, now)


class Camera:
    """A triggered camera with a global shutter and depth; one picture at a time, a new trigger drops the last."""

    def __init__(
        self, floor: Floor, client: Client, name: str, studio: Studio[Any], hang: Callable[[Duration], None]
    ) -> None:
        self._floor, self._client, self._name, self._studio, self._hang = floor, client, name, studio, hang
        self._shot: asyncio.Task[Picture | None] | None = None
        self._reads: list[asyncio.Task[None]] = []
        self._sequence = self._exposures = 0
        self._last: Picture | None = None

    def welcome(self) -> None:
        info = self._studio.info(self._name)
        self._client.say({"kind": "welcome", "info": asdict(info)})

    def hear(self, head: Head) -> None:
        match head["kind"]:
            case "trigger":
                self._trigger(head)
            case "read" if self._shot is not None:
                self._reads.append(self._floor.start(self._deliver(head, self._shot)))
            case "stop":
                self._stop(head)
            case other:
                raise ValueError(f"not now: {other!r}")

    def lost(self) -> None:
        self._drop()

    def _stop(self, head: Head) -> None:
        self._drop()
        done = partial(self._client.answer, head, {"kind": "done", "at": self._floor.catch_up()})
        if fault := self._floor.faults.take("camera-hung-in-stop", self._name):
            self._hang(ms(fault.span_ms))
            self._floor.later(ms(fault.span_ms), done)
        else:
            done()

    def _trigger(self, head: Head) -> None:
        self._drop()
        now = self._floor.catch_up()
        faults = self._floor.faults
        again = self._again()
        if again is None:
            self._exposures += 1
            self._sequence += faults.standing("counter-stuck", self._name) is None
        dropped = faults.take("frame-dropped", self._name) is not None
        late = faults.take("frame-late", self._name)
        exposure, under = Duration(int(head["exposure"])), self._floor.line.at_station()
        travel = self._floor.line.carries(exposure)
        expose = partial(self._expose, now, exposure, under, travel)
        self._shot = self._floor.start(self._deliverable(expose, again, dropped, ms(late.much if late else 0.0)))
        self._client.answer(head, {"kind": "done", "at": now})

    def _again(self) -> "Picture | None":
        """The last picture instead of a new one, under its old counter or a new one."""
        if self._last is None:
            return None
        head, body = self._last
        if self._floor.faults.take("frame-stale", self._name):
            return self._last
        if self._floor.faults.take("frame-repeated", self._name):
            self._sequence += 1
            return {**head, "sequence": self._sequence}, body
        return None

    async def _deliverable(
        self, expose: Callable[[], Awaitable["Picture"]], again: "Picture | None", dropped: bool, late: Duration
    ) -> "Picture | None":
        self._last = again or self._last
        fresh = await expose()
        if again is None:
            self._last = fresh
        if late:
            await self._floor.clock.sleep_until(after(self._floor.clock.now(), late))
        return None if dropped else again or fresh

    async def _expose(self, start: Instant, exposure: Duration, under: Under, travel: Millimetres) -> "Picture":
        sequence, index, end = self._sequence, self._exposures, after(start, exposure)
        burnt = self._floor.faults.take("saturated", self._name)
        seen = Duration(round(exposure * burnt.much)) if burnt else exposure
        await self._floor.clock.sleep_until(end)
        lamps = self._floor.lamps.seen(start, end)
        colour, depth = await self._floor.exhibition.photograph(under, self._name, lamps, seen, index, travel)
        pictures = (colour, None if depth is None else self._warmed(depth, start))
        await self._floor.clock.sleep_until(after(end, TRANSFER))
        head = {
            "kind": "frame",
            "sequence": sequence,
            "exposed_at": start,
            "exposure": exposure,
            "colour": None if colour is None else colour.shape,
            "depth": None if depth is None else depth.shape,
        }
        body = b"".join(picture.tobytes() for picture in pictures if picture is not None)
        return head, body

    def _warmed(self, depth: RawDepth, at: Instant) -> RawDepth:
        fault = self._floor.faults.standing("depth-bias", self._name)
        return stretched(depth, fault.much * self._floor.climate.warmer_k(at)) if fault else depth

    async def _deliver(self, asked: Head, shot: "asyncio.Task[Picture | None]") -> None:
        await asyncio.wait([shot])
        if not shot.cancelled() and (frame := shot.result()):
            self._client.answer(asked, *frame)

    def _drop(self) -> None:
        for task in (*self._reads, self._shot):
            if task is not None:
                task.cancel()
        self._reads, self._shot = [], None


class Truth:
    """Reports and tests: sees what really is, feeds the line, makes faults. Any number at a time."""

    def __init__(self, floor: Floor, client: Client) -> None:
        self._floor, self._client = floor, client
        self._listens = False

    def welcome(self) -> None:
        self._floor.follow(self._client.say)

    def hear(self, head: Head) -> None:
        answer: Head = {"kind": "done"}
        match head["kind"]:
            case "feed":
                self._floor.feed(None if head["trays"] is None else int(head["trays"]))
            case "bypass":
                self._floor.turn_bypass(bool(head["on"]))
            case "fault":
                words = {key: value for key, value in head.items() if key not in ("kind", "ask")}
                self._floor.inject(PlannedFault(**words))
            case "clear":
                self._floor.clear()
            case "empty-bin":
                self._floor.empty_bin()
            case "faults":
                self._listen()
            case "look":
                answer = {"kind": "seen", **self._floor.look()}
            case other:
                raise ValueError(f"no such word: {other!r}")
        self._client.answer(head, {**answer, "at": self._floor.catch_up()})

    def lost(self) -> None:
        self._floor.unfollow(self._client.say)
        if self._listens:
            self._floor.unlisten(self._tell_fault)

    def _listen(self) -> None:
        if not self._listens:
            self._floor.listen(self._tell_fault)
        self._listens = True

    def _tell_fault(self, change: Struck | Mended) -> None:
        fault, kind = change.fault, "struck" if isinstance(change, Struck) else "mended"
        told: Head = {"kind": kind, "name": fault.name, "where": fault.where, "at": change.at}
        self._client.say({**told, "lasts_ms": fault.span_ms, "amount": fault.much})


PLACES_OF: dict[str, tuple[str, ...]] = {
    "sensor": PLACES, "gate": ("",), "tray-stop": ("",), "belt-permit": ("",), "light": LAMPS, "camera": CAMERAS,
    "truth": ("",), "encoder": ("",), "scanner": ("",), "heartbeat": ("",), "stack-light": ("",),
}  # fmt: skip
