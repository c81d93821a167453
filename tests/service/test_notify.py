"""systemd hears that the service lives only while its work gets done."""

import asyncio
import socket
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from booth.service.notify import Heart, Notifier, Supervision, supervision, watchdog_period
from drivers.clock import LoopClock, pause
from drivers.units import Duration, Instant, ms, seconds
from fakes.loop import VirtualLoop


class Listener:
    """The end of the socket that systemd holds."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.setblocking(False)

    def heard(self) -> list[str]:
        messages = []
        while True:
            try:
                messages.append(self.socket.recv(4096).decode())
            except BlockingIOError:
                return messages


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Listener]:
    listener = Listener(str(tmp_path / "notify"))
    yield listener
    listener.socket.close()


def notifier(listener: Listener) -> Notifier:
    return Notifier(listener.socket.getsockname())


def test_ready_and_its_status_go_in_one_message(systemd: Listener) -> None:
    notifier(systemd).ready("2 cameras,\n1 light")
    assert systemd.heard() == ["READY=1\nSTATUS=2 cameras, 1 light"]


def test_every_word_is_the_one_systemd_knows(systemd: Listener) -> None:
    to = notifier(systemd)
    to.status("waiting for the keeper")
    to.watchdog()
    to.stopping()
    assert systemd.heard() == ["STATUS=waiting for the keeper", "WATCHDOG=1", "STOPPING=1"]


def test_an_abstract_socket_is_reached(tmp_path: Path) -> None:
    name = f"booth{tmp_path}"
    listener = Listener(f"\0{name}")
    Notifier(f"@{name}").watchdog()
    assert listener.heard() == ["WATCHDOG=1"]
    listener.socket.close()


def test_a_listener_that_is_gone_harms_nothing(tmp_path: Path) -> None:
    Notifier(str(tmp_path / "nobody")).ready("here")


def test_a_listener_that_does_not_read_makes_nobody_wait(systemd: Listener) -> None:
    to = notifier(systemd)
    for _ in range(2000):  # the kernel queues net.unix.max_dgram_qlen of them, 10 to 512
        to.watchdog()
    assert 0 < len(systemd.heard()) < 2000


def test_outside_systemd_nobody_is_told_and_nobody_watches() -> None:
    outside = supervision({}, pid=1)
    outside.notifier.ready("here")
    assert outside.period is None


def test_the_watchdog_is_fed_twice_as_often_as_it_asks() -> None:
    assert watchdog_period({"WATCHDOG_USEC": "4000000"}, pid=7) == seconds(2)


@pytest.mark.parametrize(
    "environ",
    [
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "8"},
    ],
)
def test_a_watchdog_meant_for_nobody_or_another_process_is_not_fed(environ: dict[str, str]) -> None:
    assert watchdog_period(environ, pid=7) is None


def test_what_systemd_asks_is_read_from_the_environment_handed_in(systemd: Listener) -> None:
    asked = supervision(
        {"NOTIFY_SOCKET": systemd.socket.getsockname(), "WATCHDOG_USEC": "1000", "WATCHDOG_PID": "7"}, pid=7
    )
    asked.notifier.watchdog()
    assert (systemd.heard(), asked.period) == (["WATCHDOG=1"], Duration(500_000))


def test_an_idle_line_beats(systemd: Listener) -> None:
    assert Heart(Supervision(notifier(systemd), seconds(1))).beat(Instant(0))
    assert systemd.heard() == ["WATCHDOG=1"]


def test_work_that_is_overdue_stops_the_heart_and_is_named(systemd: Listener) -> None:
    heart = Heart(Supervision(notifier(systemd), seconds(1)))
    heart.expect("tray 000001-000007", Instant(10))
    assert heart.beat(Instant(10))
    assert not heart.beat(Instant(11))
    assert systemd.heard() == ["WATCHDOG=1", "STATUS=stuck: tray 000001-000007"]


def test_work_that_is_met_lets_the_heart_beat_again(systemd: Listener) -> None:
    heart = Heart(Supervision(notifier(systemd), seconds(1)))
    heart.expect("tray", Instant(10))
    heart.met("tray")
    heart.met("tray")
    assert heart.beat(Instant(11))


def test_the_oldest_of_what_is_overdue_is_named_first() -> None:
    heart = Heart(supervision({}, pid=1))
    for work, by in (("b", 2), ("a", 3), ("c", 1), ("d", 9)):
        heart.expect(work, Instant(by))
    assert heart.overdue(Instant(8)) == ("c", "b", "a")


def run(scenario: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(scenario)


async def live(heart: Heart, span: Duration) -> None:
    clock = LoopClock()
    beating = asyncio.create_task(heart.run(clock))
    await pause(clock, span)
    beating.cancel()


def test_a_service_that_does_its_work_beats_once_a_period(systemd: Listener) -> None:
    run(live(Heart(Supervision(notifier(systemd), seconds(2))), ms(9_500)))
    assert systemd.heard() == ["WATCHDOG=1"] * 5


def test_a_service_whose_tray_never_ends_falls_silent(systemd: Listener) -> None:
    heart = Heart(Supervision(notifier(systemd), seconds(2)))
    heart.expect("tray", Instant(seconds(3)))
    run(live(heart, ms(9_500)))
    assert systemd.heard().count("WATCHDOG=1") == 2


def test_a_heart_that_nobody_watches_takes_no_time() -> None:
    run(Heart(supervision({}, pid=1)).run(LoopClock()))
