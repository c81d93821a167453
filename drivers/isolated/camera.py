"""A camera whose driver runs in a process of its own: a segfault, a hang or a leak in an SDK costs one tray."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from drivers.clock import Clock, pause
from drivers.errors import DeviceError, DeviceLost, GivenUp, NotOpen
from drivers.frames import CameraInfo, Frame
from drivers.isolated.budget import Budget
from drivers.isolated.job import Job
from drivers.isolated.pictures import Pictures, Room
from drivers.isolated.process import Host, Say
from drivers.isolated.wording import frame_of_words, info_of_words
from drivers.protocols import Armed
from drivers.units import Duration, Instant, after, as_seconds, ms, seconds

MIB = 1 << 20
SUSPECTED_BEFORE = ms(200)  # of a verb's patience; a host takes half a second to start


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a host may take for a verb before it is killed, and how large it may grow.

    Less than what the station allows any device, so that what it hears is said by this module. `answers_late`: how long
    after its deadline a read may still be answered. `quiet`: how long after a frame no other shot of its tray comes.
    """

    opens: Duration = seconds(10)
    answers: Duration = seconds(0.9)
    answers_late: Duration = ms(250)
    closes: Duration = seconds(0.7)
    quiet: Duration = ms(300)
    resident_mib: int = 1024


class Isolated:
    """Implements drivers.protocols.Camera, with the errors of the driver in the host, and DeviceLost for a host that
    dies or hangs: it is killed, and the next one starts at once, so that it has imported its SDK when open() comes.

    After too many deaths in a row open() raises GivenUp until the booth is started again. close()
    ends the process; after a loss it leaves the one that starts, and a second close() ends that. A host that has grown
    too large is exchanged between trays: what is asked of the camera meanwhile waits.
    """

    def __init__(
        self, job: Job, clock: Clock, say: Say, patience: Patience = Patience(), budget: Budget | None = None
    ) -> None:
        self._job, self._clock, self._say, self._patience = job, clock, say, patience
        self._budget = budget or Budget()
        self._host: Host | None = None
        self._next: Host | None = None
        self._pictures: Pictures | None = None
        self._info: CameraInfo | None = None
        self._exposure: Duration | None = None
        self._given_up: str | None = None
        self._turn, self._door = asyncio.Lock(), asyncio.Lock()
        self._verbs = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._exchange: asyncio.Task[None] | None = None

    async def open(self) -> CameraInfo:
        """Also raises DeviceLost for a host that dies or hangs over it, GivenUp if none is started any more."""
        await self._let_go()
        if self._given_up is not None:
            raise GivenUp(self._given_up)
        self._info = await self._opened(await self._next_host())
        return self._info

    async def arm(self, exposure: Duration) -> Armed:
        said = await self._ask("arm", exposure=exposure)
        self._exposure = exposure
        return Armed(Duration(said["exposure"]), Duration(said["readout"]))

    async def trigger(self) -> None:
        await self._ask("trigger")

    async def read(self, deadline: Instant) -> Frame:
        said = await self._ask("read", max(deadline, self._clock.now()), deadline=deadline)
        assert self._pictures is not None
        frame = frame_of_words(said["frame"], *self._pictures.take(said["place"]))
        if said["resident"] > self._patience.resident_mib * MIB:
            self._exchange_when_quiet(said["resident"])
        return frame

    async def close(self) -> None:
        """Takes no longer than `Patience.closes` and the end of a process."""
        lost = self._host is not None and self._host.died_of is not None and not self._host.asked_to_end
        await self._let_go()
        if not lost:
            await self._end_next()

    async def _end_next(self) -> None:
        async with self._door:
            host, self._next = self._next, None
        if host is not None:
            await host.end(self._patience.closes)

    async def _let_go(self) -> None:
        """Of the host that has the camera, if there is one."""
        if self._exchange is not None:
            self._exchange.cancel()
        host, self._host = self._host, None
        if host is not None:
            await host.end(self._patience.closes)
        if self._pictures is not None:
            self._pictures.close()
        self._pictures = self._info = self._exposure = None

    async def _ask(self, verb: str, from_when: Instant | None = None, **words: Any) -> dict[str, Any]:
        self._verbs += 1
        async with self._turn:
            if self._host is None:
                raise NotOpen(f"{self._job.name}: is not open; call open() first")
            until = after(self._clock.now(), self._patience.answers)
            if from_when is not None:
                until = after(max(from_when, self._clock.now()), self._patience.answers_late)
            suspicion = self._do(self._be_ready_for_a_loss(Instant(until - SUSPECTED_BEFORE)))
            try:
                return await self._host.ask(verb, until, **words)
            finally:
                suspicion.cancel()

    async def _opened(self, host: Host) -> CameraInfo:
        """A host that has no camera for us stays for the next try: it has its SDK in memory."""
        said = await host.ask("open", after(self._clock.now(), self._patience.opens))
        info = info_of_words(said["info"])
        self._pictures = Pictures.look(host.memory, Room.of(info))
        self._host, self._next = host, None
        return info

    async def _next_host(self) -> Host:
        async with self._door:
            if self._next is None or self._next.died_of is not None:
                self._next = await Host.start(self._job, self._clock, self._say)
                self._do(self._outlive(self._next))
            return self._next

    async def _be_ready_for_a_loss(self, when: Instant) -> None:
        """A host that does not answer may be lost: the next one begins to import, and is kept if it was not."""
        await self._clock.sleep_until(when)
        self._do(self._start_next())  # of its own: an answer that comes now must not cut a start short

    async def _start_next(self) -> None:
        if self._host is not None:  # it has not been closed since
            await self._next_host()

    async def _outlive(self, host: Host) -> None:
        """When it dies unasked: start the next one, or give up."""
        await host.ended()
        if host.asked_to_end:
            return
        name, why = self._job.name, host.died_of
        if self._budget.allows(self._clock.now()):
            self._say(name, f"its process {why}; starting it again")
            await self._next_host()
        else:
            within = as_seconds(self._budget.within)
            self._given_up = (
                f"{name}: its process ended {self._budget.restarts + 1} times within {within:g} s and is not started "
                f"any more; the last one {why}. Read its lines in the log; then unplug the camera, plug it in again, "
                "and restart the service"
            )
            self._say(name, self._given_up)
            await self._end_next()

    def _exchange_when_quiet(self, resident: int) -> None:
        if self._exchange is None or self._exchange.done():
            self._exchange = self._do(self._exchange_host(resident))

    async def _exchange_host(self, resident: int) -> None:
        """Only if nothing else was asked meanwhile: between the shots of one tray nothing is exchanged."""
        verbs = self._verbs
        await pause(self._clock, self._patience.quiet)
        if verbs != self._verbs:
            return
        async with self._turn:
            old = self._host
            assert old is not None
            grown = f"has grown to {resident // MIB} MiB (limit {self._patience.resident_mib})"
            self._say(self._job.name, f"its process {grown}; exchanging it")
            await old.end(self._patience.closes)
            try:
                await self._carry_on(await self._next_host())
            except DeviceError as error:
                old.died_of = f"{grown}, and the next one has no camera ({error})"
                if self._host is not None and self._host is not old:
                    await self._host.end(self._patience.closes)
                self._host = old

    async def _carry_on(self, host: Host) -> None:
        """Where the one before it stopped. Raises DeviceError."""
        info = self._info
        if await self._opened(host) != info:
            raise DeviceLost(f"{self._job.name}: it is another camera now")
        if self._exposure is not None:
            await host.ask("arm", after(self._clock.now(), self._patience.answers), exposure=self._exposure)

    def _do(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
