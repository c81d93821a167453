"""What the service says to systemd: ready, alive, stopping (sd_notify(3), sd_watchdog_enabled(3)).

Outside systemd everything here is silent.
"""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from drivers.clock import Clock, pause
from drivers.units import Duration, Instant, as_seconds, seconds

AT_ONCE = Duration(0)
READY_WITHIN = seconds(1)  # lost, it would cost a restart


class Notifier:
    """Datagrams to `address`, which systemd gives as $NOTIFY_SOCKET; None: nobody listens.

    Never raises for a listener that is slow or gone: systemd then acts on our silence. Nothing but ready() waits.
    """

    def __init__(self, address: str | None) -> None:
        self._address = _path_of(address) if address else None

    def ready(self, status: str) -> None:
        """The service does its work from now on."""
        self._send(f"READY=1\nSTATUS={_line(status)}", READY_WITHIN)

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._send(f"STATUS={_line(text)}")

    def watchdog(self) -> None:
        """We are alive. Sent by Heart alone."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The service is on its way out, and not to be taken for hung."""
        self._send("STOPPING=1")

    def _send(self, message: str, patience: Duration = AT_ONCE) -> None:
        if self._address is None:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender, suppress(OSError):
            sender.settimeout(as_seconds(patience))
            sender.sendto(message.encode(), self._address)


def _path_of(address: str) -> str:
    """An abstract socket is written with @ and addressed with a NUL."""
    return "\0" + address[1:] if address.startswith("@") else address


def _line(text: str) -> str:
    """A newline would begin another variable."""
    return " ".join(text.split())


def watchdog_period(environ: Mapping[str, str], pid: int) -> Duration | None:
    """How often to say that we are alive: half of what systemd waits, as sd_watchdog_enabled(3) advises.
    None: systemd does not watch this process."""
    limit = environ.get("WATCHDOG_USEC", "")
    if not limit.isdecimal() or int(limit) == 0:
        return None
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    return Duration(int(limit) * 1000 // 2)


@dataclass(frozen=True, slots=True)
class Supervision:
    """Whom to tell, and how often that we are alive."""

    notifier: Notifier
    period: Duration | None


def supervision(environ: Mapping[str, str], pid: int) -> Supervision:
    """What systemd asked of process `pid`. The only reader of $NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID."""
    return Supervision(Notifier(environ.get("NOTIFY_SOCKET")), watchdog_period(environ, pid))


class Heart:
    """Tells systemd that the service lives, for as long as its work gets done.

    Whoever takes on work that must end says so with expect(), and met() once it has. A heart with
    something overdue is silent, and systemd then ends the process; so is that of a loop which hangs, since
    run() is one of its tasks. An idle line owes nothing and beats.
    """

    def __init__(self, to: Supervision) -> None:
        self._to = to
        self._due: dict[str, Instant] = {}

    def expect(self, work: str, by: Instant) -> None:
        """`work` has begun and must have ended at `by`."""
        self._due[work] = by

    def met(self, work: str) -> None:
        """`work` has ended, or nobody waits for it any more. Allowed for work that nobody expects."""
        self._due.pop(work, None)

    def overdue(self, now: Instant) -> tuple[str, ...]:
        """The work that should have ended, oldest first."""
        late = sorted((by, work) for work, by in self._due.items() if by < now)
        return tuple(work for _, work in late)

    def beat(self, now: Instant) -> bool:
        """Say that we live, unless work is overdue."""
        if late := self.overdue(now):
            self._to.notifier.status(f"stuck: {', '.join(late)}")
            return False
        self._to.notifier.watchdog()
        return True

    async def run(self, clock: Clock) -> None:
        """Beat as often as systemd asked, until cancelled; returns at once where nobody watches."""
        while self._to.period is not None:
            self.beat(clock.now())
            await pause(clock, self._to.period)
