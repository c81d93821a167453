"""Links between processes: the same promises in memory and over a socket."""

import asyncio
import struct
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drivers import links
from drivers.errors import LinkLost
from drivers.links import BODY_LIMIT, HEAD_LIMIT, Channel, Message, connect, memory_pair, serve
from tests.drivers.virtual import virtually

Scenario = Callable[[Channel, Channel], Awaitable[None]]


class LinkContract(ABC):
    @abstractmethod
    def play(self, scenario: Scenario) -> None:
        """Run the scenario with the two ends of one link."""

    def test_messages_come_whole_and_in_order_both_ways(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            sent = [Message({"n": n, "text": "blå"}, bytes([n]) * n * 100) for n in range(50)]
            for message in sent:
                await near.send(message)
            assert [await far.receive() for _ in sent] == sent
            await far.send(Message({"back": True}))
            assert await near.receive() == Message({"back": True})

        self.play(scenario)

    def test_the_end_that_stays_gets_what_was_sent_and_then_the_loss(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            await near.send(Message({"last": 1}))
            await near.close()
            assert (await far.receive()).head == {"last": 1}
            for _ in range(2):
                with pytest.raises(LinkLost):
                    await far.receive()

        self.play(scenario)

    def test_one_who_waits_to_receive_hears_of_the_loss(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            waiting = asyncio.ensure_future(far.receive())
            await asyncio.wait([waiting], timeout=0.01)
            await near.close()
            with pytest.raises(LinkLost):
                await waiting

        self.play(scenario)

    def test_the_end_that_stays_cannot_send_for_ever(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            await far.close()
            with pytest.raises(LinkLost):  # noqa: PT012 - a socket may take some before it notices
                while True:
                    await near.send(Message({}, bytes(100_000)))

        self.play(scenario)

    def test_an_end_may_be_closed_twice_and_after_the_other(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            await near.close()
            await far.close()
            await near.close()
            await far.close()

        self.play(scenario)

    def test_one_who_sends_faster_than_the_other_reads_has_to_wait(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            sent = 0

            async def flood() -> None:
                nonlocal sent
                for _ in range(2000):
                    await near.send(Message({}, bytes(10_000)))
                    sent += 1

            flooding = asyncio.ensure_future(flood())
            await asyncio.wait([flooding], timeout=0.05)
            assert sent < 1000
            await far.close()
            await asyncio.wait([flooding])
            assert isinstance(flooding.exception(), LinkLost)

        self.play(scenario)

    def test_one_who_waits_to_send_hears_of_the_loss(self) -> None:
        async def scenario(near: Channel, far: Channel) -> None:
            async def flood() -> None:
                while True:
                    await near.send(Message({}, bytes(10_000)))

            flooding = asyncio.ensure_future(flood())
            await asyncio.wait([flooding], timeout=0.05)
            assert not flooding.done()
            await far.close()
            with pytest.raises(LinkLost):
                await flooding

        self.play(scenario)


class TestMemoryLink(LinkContract):
    def play(self, scenario: Scenario) -> None:
        async def main() -> None:
            near, far = memory_pair()
            await scenario(near, far)

        virtually(main)


async def linked(scenario: Scenario) -> None:
    """The scenario over a Unix socket."""
    with tempfile.TemporaryDirectory() as folder:
        path, arrived, done = Path(folder) / "link.sock", asyncio.Queue[Channel](), asyncio.Event()

        async def welcome(channel: Channel) -> None:
            arrived.put_nowait(channel)
            await done.wait()

        server = await serve(path, welcome)
        near = await connect(path)
        try:
            await scenario(near, await arrived.get())
        finally:
            done.set()
            await near.close()
            server.close()
            await server.wait_closed()


class TestSocketLink(LinkContract):
    def play(self, scenario: Scenario) -> None:
        asyncio.run(linked(scenario))


def test_a_peer_that_hangs_does_not_hold_up_a_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "FLUSHED_WITHIN_S", 0.01)

    async def scenario(near: Channel, far: Channel) -> None:
        sending = asyncio.ensure_future(near.send(Message({}, bytes(5_000_000))))
        await asyncio.wait([sending], timeout=0.01)
        assert not sending.done()
        await near.close()
        await near.close()
        await asyncio.wait([sending])

    asyncio.run(linked(scenario))


async def raw(path: Path, content: bytes) -> None:
    """Somebody who does not speak the protocol."""
    _, writer = await asyncio.open_unix_connection(path)
    writer.write(content)
    writer.write_eof()
    await writer.drain()
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (struct.pack("<II", HEAD_LIMIT + 1, 0), "not this protocol"),
        (struct.pack("<II", 2, BODY_LIMIT + 1) + b"{}", "not this protocol"),
        (struct.pack("<II", 3, 0) + b"{no", "gone"),
        (struct.pack("<II", 2, 5) + b"{}" + b"abc", "gone"),
        (b"GET", "gone"),
    ],
    ids=["huge-head", "huge-body", "not-json", "cut-off", "another-protocol"],
)
def test_what_is_not_this_protocol_loses_the_link_and_no_memory(tmp_path: Path, content: bytes, says: str) -> None:
    async def main() -> None:
        seen = asyncio.get_running_loop().create_future()

        async def welcome(channel: Channel) -> None:
            try:
                seen.set_result(await channel.receive())
            except LinkLost as error:
                seen.set_exception(error)

        server = await serve(tmp_path / "s", welcome)
        await raw(tmp_path / "s", content)
        with pytest.raises(LinkLost, match=says):
            await seen
        server.close()
        await server.wait_closed()

    asyncio.run(main())


def test_nobody_at_the_other_end_is_a_lost_link(tmp_path: Path) -> None:
    with pytest.raises(LinkLost, match="nobody"):
        asyncio.run(connect(tmp_path / "nobody"))


def test_a_socket_that_a_dead_process_left_behind_is_served_again(tmp_path: Path) -> None:
    async def main() -> None:
        (tmp_path / "s").write_text("left behind")

        async def welcome(channel: Channel) -> None:
            await channel.send(Message({"here": True}))

        server = await serve(tmp_path / "s", welcome)
        channel = await connect(tmp_path / "s")
        assert (await channel.receive()).head == {"here": True}
        await channel.close()
        server.close()
        await server.wait_closed()

    asyncio.run(main())
