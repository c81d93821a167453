"""The simulated booth on a clock: belt, trays, lamps, cameras and truth, served over links.

A client's first message is `{"role": ROLE}`. A role of a device has one client at a time; it is answered with
`{"kind": "welcome", ...}` or `{"kind": "refused", "why": text, "busy": bool}`. Every further message of a client
may carry `"ask": n` and is then answered with one that carries `"re": n`: `{"kind": "done", "at": ns, ...}` unless
another kind stands below, or `{"kind": "refused", "why": text}`. Instants are ns on the world's clock, which in
real time is the machine's CLOCK_MONOTONIC: the world computes an edge by its model, so it is exact however late
the message arrives.

    sensor:PLACE    PLACE: entry, pregate, confirm, bypass, bin. Welcome has `blocked`.
                    World: {"kind":"edge","blocked":b,"at":ns,"at_error":ns}
    gate            Client: {"kind":"move","to":"pass"}, or "divert"
    tray-stop       Client: {"kind":"hold"} and {"kind":"release"}
    belt-permit     Client: {"kind":"give"} and {"kind":"withdraw"}
    encoder         Welcome has `counts_per_mm` and `at_error`. Client: {"kind":"read"}, answered by
                    {"kind":"counted","count":n,"at":ns,"at_error":ns}
    scanner         World: {"kind":"read","text":text,"at":ns,"at_error":ns}: what a tray's label says, but for the
                    labels that cannot be read
    heartbeat       Welcome has `holds`: the belt stands once so many ns have gone by without a beat.
                    Client: {"kind":"beat"} and {"kind":"drop"}
    stack-light     Client: {"kind":"show","lamps":[text]}, of red, amber, green, blue
    light:LAMP      LAMP: ring, left, right, front, back. Client: {"kind":"on","intensity":x} and {"kind":"off"},
                    whose answer has `settled_at`.
    camera:NAME     NAME: left, right. Welcome has `info` (drivers.frames.CameraInfo). Client:
                    {"kind":"trigger","exposure":ns}; then {"kind":"read"}, answered by
                    {"kind":"frame","sequence":n,"exposed_at":ns,"exposure":ns,"colour":shape,"depth":shape};
                    {"kind":"stop"}, which a camera may hang in
    truth           Any number of clients, no welcome. Client: {"kind":"feed","trays":n} (null: without end, 0: no
                    more), {"kind":"fault", and the keys of fakes.plan.PlannedFault}, {"kind":"bypass","on":b},
                    {"kind":"clear"}: a person takes the trays off the belt, from the entry sensor to the gate,
                    {"kind":"empty-bin"}, {"kind":"faults"}: from now on say each fault, {"kind":"struck","name":text,
                    "where":text,"at":ns,"lasts_ms":x,"amount":x}, and "mended",
                    {"kind":"look"}, answered by {"kind":"seen", and what a person beside the line sees}.
                    World, when a tray enters and when the gate parts it: {"kind":"truth","entered_at":ns,
                    "product":text,"damaged":b,"damages":[{"type":text,"severity":text}],"went":"belt"};
                    when it has parted "went" is "passed", "diverted" or "removed", "at":ns says when, and
                    "free":false that the gate's blade was held by the key, or stuck

A frame's shapes may be null; its body is the bytes of the colour picture, then those of the depth picture.
Trays come once they have been asked for and the entry sensor has had a client. A device whose client is gone is
de-energised: gate at divert, lamp dark, belt standing, tray stop released. The line goes on. A line that never had
a heartbeat has no such relay.
"""

import asyncio
from typing import Any

from drivers.clock import Clock, pause
from drivers.errors import LinkLost
from drivers.links import Channel, memory_pair
from drivers.units import Duration, Instant, after, ms
from fakes import line_roles, roles
from fakes.faults.injection import Mended, Struck
from fakes.line.floor import Floor
from fakes.plan import WorldPlan
from fakes.roles import Client, Role
from fakes.studios.studio import Studio

FREED_WITHIN = ms(200)
"""A client that was killed and its successor may be seen in the wrong order: a role is busy only after this."""


class World:
    """Serves one floor. `run` has to run while anything is served."""

    def __init__(self, plan: WorldPlan, clock: Clock, studio: Studio[Any]) -> None:
        self.floor = Floor(plan, clock, studio)
        self._clock, self._studio = clock, studio
        self._held: dict[str, Client] = {}
        self._gone_until: dict[str, Instant] = {}
        self._counts_per_mm = plan.encoder_counts_per_mm
        self.floor.listen(self._befallen)
        self._tasks = asyncio.TaskGroup()
        self._running = asyncio.Event()

    async def run(self) -> None:
        """For ever. Raises, in a group, what making a picture raised."""
        async with self._tasks as tasks:
            self._running.set()
            await self.floor.run(tasks)

    async def dial(self) -> Channel:
        """A new connection within this process: a `drivers.links.Dial` for virtual time."""
        await self._running.wait()
        near, far = memory_pair()
        self._tasks.create_task(self.serve(far))
        return near

    async def serve(self, channel: Channel) -> None:
        """Serve one connection until it is lost: a `drivers.links.Welcome` for real time."""
        await self._running.wait()
        client = Client(channel)
        writer = asyncio.create_task(client.write())
        try:
            await self._attend(client)
        except LinkLost:
            pass
        finally:
            client.cut_off()
            await writer

    async def _attend(self, client: Client) -> None:
        role = str((await client.receive()).get("role"))
        kind, _, where = role.partition(":")
        if where not in roles.PLACES_OF.get(kind, ()):
            return client.say({"kind": "refused", "why": f"there is no {role!r} here", "busy": False})
        if kind != "truth" and (why := await self._not_free(role)):
            return client.say({"kind": "refused", "why": why, "busy": role in self._held})
        device = self._device(role, client)
        if kind != "truth":
            self._held[role] = client
        try:
            device.welcome()
            await _listen(client, device)
        finally:
            self._held.pop(role, None)
            device.lost()

    async def _not_free(self, role: str) -> str:
        """Why this role cannot be had now; empty if it can."""
        give_up_at = after(self._clock.now(), FREED_WITHIN)
        while role in self._held and self._clock.now() < give_up_at:
            await pause(self._clock, ms(5))
        if role in self._held:
            return f"another process holds {role}; stop it first"
        return f"{role} is unplugged, or hangs" if self._clock.now() < self._gone_until.get(role, 0) else ""

    def _befallen(self, change: Struck | Mended) -> None:
        role = f"camera:{change.fault.where}"
        if change.fault.name == "camera-lost" and isinstance(change, Struck):
            self._gone_until[role] = after(change.at, ms(change.fault.span_ms))
            if client := self._held.get(role):
                client.cut_off()

    def _device(self, role: str, client: Client) -> Role:
        kind, _, where = role.partition(":")

        def hang(span: Duration) -> None:
            self._gone_until[role] = after(self._clock.now(), span)

        match kind:
            case "camera":
                return roles.Camera(self.floor, client, where, self._studio, hang)
            case "truth":
                return roles.Truth(self.floor, client)
            case "encoder":
                return line_roles.Encoder(self.floor, client, self._counts_per_mm)
            case "scanner":
                return line_roles.Scanner(self.floor, client)
            case "heartbeat":
                return line_roles.Heartbeat(self.floor, client)
            case "stack-light":
                return line_roles.StackLight(self.floor, client)
            case "light":
                return roles.Light(self.floor, client, where)
            case "sensor":
                return line_roles.Sensor(self.floor, client, where)
        return line_roles.ACTUATORS[kind](self.floor, client)


async def _listen(client: Client, device: Role) -> None:
    """Raises LinkLost when the client is gone."""
    while True:
        head = await client.receive()
        try:
            device.hear(head)
        except (KeyError, TypeError, ValueError) as error:
            client.answer(head, {"kind": "refused", "why": f"not understood: {error!r}"})
