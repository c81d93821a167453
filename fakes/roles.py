"""What each kind of client of the simulated booth may ask, and what becomes of its device when it is gone."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol

from drivers.errors import LinkLost
from drivers.links import Channel, Message
from drivers.protocols import GatePosition
from drivers.units import Duration, Instant, after, ms
from fakes.conveyor import SensorEdge
from fakes.exhibition import Under
from fakes.floor import Floor
from fakes.plan import CAMERAS, LAMPS, PLACES, PlannedFault
from fakes.studio import Studio

SENSOR_ERROR = ms(0.1)
TRANSFER = ms(30)  # a picture is there so long after its exposure has ended
OUTBOX = 256

Head = dict[str, Any]


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


class Sensor:
    """A light barrier, confirm switch or key-switch."""

    def __init__(self, floor: Floor, client: Client, place: str) -> None:
        self._floor, self._client, self._place = floor, client, place

    def welcome(self) -> None:
        self._client.say({"kind": "welcome", "blocked": self._floor.watch(self._place, self._push)})

    def hear(self, head: Head) -> None:
        raise ValueError(f"a sensor takes no {head.get('kind')!r}")

    def lost(self) -> None:
        self._floor.unwatch(self._place)

    def _push(self, edge: SensorEdge) -> None:
        self._client.say({"kind": "edge", "blocked": edge.blocked, "at": edge.at, "at_error": SENSOR_ERROR})


class Actuator:
    """Gate, tray stop or belt permit: named orders, and the one that stands when its client is gone."""

    def __init__(self, floor: Floor, client: Client, orders: Mapping[str, Callable[[], None]], at_rest: str) -> None:
        self._floor, self._client, self._orders, self._at_rest = floor, client, orders, at_rest

    def welcome(self) -> None:
        self._floor.command(self._orders[self._at_rest])
        self._client.say({"kind": "welcome"})

    def hear(self, head: Head) -> None:
        word = head["to"] if head["kind"] == "move" else head["kind"]
        at = self._floor.command(self._orders[word])
        self._client.answer(head, {"kind": "done", "at": at})

    def lost(self) -> None:
        self._floor.command(self._orders[self._at_rest])


def gate(floor: Floor, client: Client) -> Actuator:
    orders = {to.value: partial(floor.line.order_gate, to) for to in GatePosition}
    return Actuator(floor, client, orders, GatePosition.DIVERT.value)


def tray_stop(floor: Floor, client: Client) -> Actuator:
    return Actuator(floor, client, {"hold": floor.line.hold, "release": floor.line.release}, "release")


def belt_permit(floor: Floor, client: Client) -> Actuator:
    orders = {"give": partial(floor.line.permit, True), "withdraw": partial(floor.line.permit, False)}
    return Actuator(floor, client, orders, "withdraw")


ACTUATORS = {"gate": gate, "tray-stop": tray_stop, "belt-permit": belt_permit}


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
        self, floor: Floor, client: Client, name: str, studio: Studio[Any], unplug: Callable[[Duration], None]
    ) -> None:
        self._floor, self._client, self._name, self._studio, self._unplug = floor, client, name, studio, unplug
        self._shot: asyncio.Task[tuple[Head, bytes] | None] | None = None
        self._reads: list[asyncio.Task[None]] = []
        self._sequence = 0

    def welcome(self) -> None:
        info = self._studio.info(self._name)
        self._client.say({"kind": "welcome", "info": asdict(info)})

    def hear(self, head: Head) -> None:
        match head["kind"]:
            case "trigger":
                self._trigger(head)
            case "read" if self._shot is not None:
                self._reads.append(self._floor.start(self._deliver(head, self._shot)))
            case other:
                raise ValueError(f"not now: {other!r}")

    def lost(self) -> None:
        self._drop()

    def _trigger(self, head: Head) -> None:
        self._drop()
        now = self._floor.catch_up()
        if fault := self._floor.faults.take("camera-lost", self._name, self._floor.entered):
            self._unplug(ms(fault.lasts_ms))
            return
        if not self._floor.faults.take("frame-stale", self._name, self._floor.entered):
            self._sequence += 1
        silent = self._floor.faults.take("camera-silent", self._name, self._floor.entered) is not None
        exposure, under = Duration(int(head["exposure"])), self._floor.line.at_station()
        self._shot = self._floor.start(self._expose(now, exposure, under, silent))
        self._client.answer(head, {"kind": "done", "at": now})

    async def _expose(
        self, start: Instant, exposure: Duration, under: Under, silent: bool
    ) -> tuple[Head, bytes] | None:
        sequence, end = self._sequence, after(start, exposure)
        await self._floor.clock.sleep_until(end)
        lamps = self._floor.lamps.seen(start, end)
        pictures = await self._floor.exhibition.photograph(under, self._name, lamps, exposure, sequence)
        await self._floor.clock.sleep_until(after(end, TRANSFER))
        colour, depth = pictures
        head = {
            "kind": "frame",
            "sequence": sequence,
            "exposed_at": start,
            "exposure": exposure,
            "colour": None if colour is None else colour.shape,
            "depth": None if depth is None else depth.shape,
        }
        body = b"".join(picture.tobytes() for picture in pictures if picture is not None)
        return None if silent else (head, body)

    async def _deliver(self, asked: Head, shot: "asyncio.Task[tuple[Head, bytes] | None]") -> None:
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
            case "look":
                answer = {"kind": "seen", **self._floor.look()}
            case other:
                raise ValueError(f"no such word: {other!r}")
        self._client.answer(head, {**answer, "at": self._floor.catch_up()})

    def lost(self) -> None:
        self._floor.unfollow(self._client.say)


PLACES_OF: dict[str, tuple[str, ...]] = {
    "sensor": PLACES, "gate": ("",), "tray-stop": ("",), "belt-permit": ("",), "light": LAMPS, "camera": CAMERAS,
    "truth": ("",),
}  # fmt: skip
