"""The booth's end of one camera host: start it, ask it, bury it."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from subprocess import DEVNULL, PIPE, Popen
from typing import Any

from drivers.clock import Clock, pause
from drivers.errors import DeviceLost, LinkLost
from drivers.isolated.job import Job
from drivers.isolated.pictures import unfurnished
from drivers.isolated.wording import error_of_words
from drivers.links import Channel, Message, joined
from drivers.units import Duration, Instant, after, as_seconds, ms, seconds

Say = Callable[[str, str], None]
"""Takes a camera's name and one line about it, for the log."""

ENDS_WITHIN = ms(200)
REAPED_WITHIN = seconds(1)
LINE_AT_MOST = 4000

Words = dict[str, Any]


class Host:
    """One process, from its start to its burial. It dies with this process, and when the loop ends."""

    def __init__(
        self,
        job: Job,
        clock: Clock,
        say: Say,
        process: Popen[bytes],
        channel: Channel,
        written: "Written",
        memory: int,
    ) -> None:
        self.memory = memory
        self.asked_to_end = False
        self.died_of: str | None = None
        self._name, self._clock, self._say = job.name, clock, say
        self._process, self._channel, self._written = process, channel, written
        self._asks = 0
        self._answers: dict[int, asyncio.Future[Words]] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._life = asyncio.create_task(self._live())

    @classmethod
    async def start(cls, job: Job, clock: Clock, say: Say) -> "Host":
        """Returns when the process runs; it imports its driver while the booth does something else."""
        ours, theirs = socket.socketpair()
        memory = unfurnished(job.name)
        # Not asyncio's: of CPython 3.11 one that is cancelled while it starts a process never ends.
        with theirs:
            process = _started(theirs.fileno(), memory)
        try:
            channel, written = await joined(ours), await Written.by(process)
            with suppress(LinkLost):
                await channel.send(Message(job.words()))
        except BaseException:
            process.kill()
            process.wait()
            ours.close()
            os.close(memory)
            raise
        return cls(job, clock, say, process, channel, written, memory)

    async def ask(self, do: str, until: Instant, **words: Any) -> Words:
        """The answer. Raises what the driver raised, and DeviceLost for a process that dies, or that has not answered
        at `until`: that one is killed. A caller that is cancelled cancels the verb."""
        if self.died_of is not None:
            raise self._dead()
        self._asks += 1
        number = self._asks
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        asked_at = self._clock.now()
        try:
            async with self._clock.deadline(until):
                with suppress(LinkLost):  # then its death is told to whoever waits
                    await self._channel.send(Message({"do": do, "ask": number, **words}))
                head: Words = await answer
        except TimeoutError as error:
            self.kill(f"hung in {do} for {as_seconds(Duration(until - asked_at)):.3g} s and was killed")
            raise self._dead() from error
        except asyncio.CancelledError:
            self._tell({"do": "cancel"})
            raise
        finally:
            del self._answers[number]
        if "error" in head:
            raise error_of_words(head)
        return head

    def kill(self, why: str) -> None:
        """At once; `why` is told to whoever asks from now on."""
        self.died_of = self.died_of or why
        with suppress(ProcessLookupError):
            self._process.kill()

    async def end(self, closes_within: Duration) -> None:
        """Close the camera, and end the process whether that went well or not. Never raises."""
        if self.died_of is None:
            self.asked_to_end = True
            try:
                await self.ask("close", after(self._clock.now(), closes_within))
            except DeviceLost as error:
                self._say(self._name, str(error))
        self.kill("ended")
        # A process that the kernel holds in a USB call outlives even SIGKILL: it is left to that.
        await asyncio.wait([self._life], timeout=as_seconds(REAPED_WITHIN))

    async def ended(self) -> None:
        """Waits for the end of the process."""
        await asyncio.wait([self._life])

    async def _live(self) -> None:
        lines = asyncio.create_task(self._pass_lines_on())
        try:
            while True:
                head = (await self._channel.receive()).head
                if (answer := self._answers.get(head["re"])) and not answer.done():
                    answer.set_result(head)
        except LinkLost:
            pass
        finally:
            await self._bury(lines)

    async def _bury(self, lines: "asyncio.Task[None]") -> None:
        await self._reaped(ENDS_WITHIN)
        self.kill(_death(self._process.returncode))
        await self._reaped(REAPED_WITHIN)
        await self._channel.close()
        await asyncio.wait([lines], timeout=as_seconds(ENDS_WITHIN))
        lines.cancel()
        self._written.close()
        os.close(self.memory)
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(self._dead())

    async def _reaped(self, within: Duration) -> None:
        give_up_at = after(self._clock.now(), within)
        while self._process.poll() is None and self._clock.now() < give_up_at:
            await pause(self._clock, ms(2))

    def _dead(self) -> DeviceLost:
        return DeviceLost(f"{self._name}: its process {self.died_of}; close and open it again")

    def _tell(self, words: Words) -> None:
        async def tell() -> None:
            with suppress(LinkLost):
                await self._channel.send(Message(words))

        telling = asyncio.create_task(tell())
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _pass_lines_on(self) -> None:
        rest = b""
        while chunk := await self._written.reader.read(LINE_AT_MOST):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in [*lines, *([rest] if len(rest) > LINE_AT_MOST else [])]:
                self._say(self._name, line.decode(errors="replace"))
            rest = b"" if len(rest) > LINE_AT_MOST else rest
        if rest:
            self._say(self._name, rest.decode(errors="replace"))


class Written:
    """What a process writes to its stderr."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        self.reader, self._transport = reader, transport

    @classmethod
    async def by(cls, process: Popen[bytes]) -> "Written":
        assert process.stderr is not None
        reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.stderr)
        return cls(reader, transport)

    def close(self) -> None:
        self._transport.close()


def _started(control: int, memory: int) -> Popen[bytes]:
    # An own session: Ctrl-C in the terminal reaches the booth alone, which closes its cameras in order.
    return Popen(
        [sys.executable, "-m", "drivers.isolated.host", str(control), str(memory), str(os.getpid())],
        stdin=DEVNULL,
        stdout=DEVNULL,
        stderr=PIPE,
        pass_fds=(control, memory),
        start_new_session=True,
    )


def _death(code: int | None) -> str:
    if code is None:
        return "does not speak any more and was killed"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended by itself with {code}"
