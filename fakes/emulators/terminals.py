"""The screw terminals of an I/O module: channels counted from 0, wired to signals of the cabinet or to nothing."""

from collections.abc import Callable, Sequence
from functools import partial

from drivers.units import Duration, Instant, after
from fakes.emulators.cabinet import Cabinet

Wiring = Sequence[str | None]
"""The signal at each channel, in order; None: nothing is wired to it. Channels beyond the end have nothing either."""


class Inputs:
    """`told` hears a channel and whether it has voltage now, at each change."""

    def __init__(
        self, cabinet: Cabinet, wiring: Wiring, channels: int, told: Callable[[int, bool], None] | None = None
    ) -> None:
        self._cabinet, self._signals = cabinet, _wired(wiring, channels)
        for channel, signal in self._signals.items():
            cabinet.connect(signal, partial(told, channel) if told else None)

    def on(self, channel: int) -> bool:
        return channel in self._signals and self._cabinet.energised(self._signals[channel])

    def pulses(self, channel: int) -> int:
        """How often the voltage has risen."""
        return self._cabinet.pulses(self._signals[channel]) if channel in self._signals else 0


class Outputs:
    """Latched: a channel stays as it was put. All are off when power comes, and while there is none."""

    def __init__(self, cabinet: Cabinet, wiring: Wiring, channels: int) -> None:
        self._cabinet, self._signals = cabinet, _wired(wiring, channels)
        self._on = [False] * channels

    def __len__(self) -> int:
        return len(self._on)

    def on(self, channel: int) -> bool:
        return self._on[channel]

    def put(self, channel: int, on: bool) -> None:
        self._on[channel] = on
        if channel in self._signals:
            self._cabinet.drive(self._signals[channel], on)

    def put_all(self, on: Sequence[bool]) -> None:
        for channel, state in enumerate(on):
            self.put(channel, state)

    def drop(self) -> None:
        """Power is gone."""
        self.put_all([False] * len(self))


class HostWatchdog:
    """Calls `expired` once the host has been silent for `idle`; again only after the host has been heard."""

    def __init__(self, cabinet: Cabinet, idle: Duration, expired: Callable[[], None]) -> None:
        self._cabinet, self._idle, self._expired = cabinet, idle, expired
        self._bites_at: Instant | None = None
        self._waiting = False

    def heard(self) -> None:
        self._bites_at = after(self._cabinet.clock.now(), self._idle)
        if not self._waiting:
            self._wait(self._idle)

    def _wait(self, span: Duration) -> None:
        self._waiting = True
        self._cabinet.later(span, self._look)

    def _look(self) -> None:
        self._waiting = False
        assert self._bites_at is not None
        left = Duration(self._bites_at - self._cabinet.clock.now())
        if left > 0:
            self._wait(left)
        else:
            self._expired()


def _wired(wiring: Wiring, channels: int) -> dict[int, str]:
    """Raises ValueError for more signals than channels."""
    if len(wiring) > channels:
        raise ValueError(f"{len(wiring)} signals for {channels} channels; take the last ones off the wiring")
    return {channel: signal for channel, signal in enumerate(wiring) if signal is not None}
