"""A USB relay board of the LCUS type (CH340 serial bridge): A0, channel from 1, operation, sum of the three.

After the four-byte protocol as its sellers print it. The board says nothing unless it is asked to: a frame that it
does not understand, with a wrong sum or of a channel it has not, is lost without a word. It has no watchdog.
"""

from enum import IntEnum

from fakes.emulators.cabinet import Cabinet
from fakes.emulators.terminals import Outputs, Wiring
from fakes.emulators.wires import Say

BAUD = 9600
START = 0xA0
STATUS = 0xFF
FRAME = 4


class Operation(IntEnum):
    """TELL answers with a frame of the same kind, whose operation is OFF or ON: how the relay now is."""

    OFF = 0
    ON = 1
    OFF_TELL = 2
    ON_TELL = 3
    FLIP_TELL = 4
    TELL = 5


def frame(channel: int, operation: int) -> bytes:
    return bytes([START, channel, operation, START + channel + operation & 0xFF])


class LcusRelay:
    """`channels`: 1, 2, 4 or 8 relays; off when power comes."""

    def __init__(self, cabinet: Cabinet, outputs: Wiring, channels: int = 4) -> None:
        self.outputs = Outputs(cabinet, outputs, channels)

    def plug(self, say: Say) -> "LcusSession":
        """fakes.emulators.wires.Plug."""
        return LcusSession(self, say)

    def obey(self, channel: int, operation: int) -> bytes:
        """What the board answers."""
        if not 1 <= channel <= len(self.outputs) or operation not in list(Operation):
            return b""
        if operation != Operation.TELL:
            flipped = not self.outputs.on(channel - 1)
            self.outputs.put(channel - 1, flipped if operation == Operation.FLIP_TELL else operation % 2 == 1)
        return frame(channel, self.outputs.on(channel - 1)) if operation >= Operation.OFF_TELL else b""

    def status(self) -> bytes:
        states = ("ON" if self.outputs.on(channel) else "OFF" for channel in range(len(self.outputs)))
        return "".join(f"CH{number}: {state}\r\n" for number, state in enumerate(states, 1)).encode("ascii")


class LcusSession:
    """The serial line's end: finds frames in the bytes."""

    def __init__(self, board: LcusRelay, say: Say) -> None:
        self._board, self._say, self._heard = board, say, b""

    def hear(self, received: bytes) -> None:
        self._heard += received
        while self._heard:
            if self._heard[0] == STATUS:
                self._say(self._board.status())
            if self._heard[0] != START:
                self._heard = self._heard[1:]
            elif len(self._heard) < FRAME:
                return
            else:
                self._obey()

    def hung_up(self) -> None:
        """USB gave the board its power."""
        self._board.outputs.drop()

    def _obey(self) -> None:
        _, channel, operation, _ = self._heard[:FRAME]
        sound = self._heard[:FRAME] == frame(channel, operation)
        self._heard = self._heard[FRAME if sound else 1 :]
        if sound and (told := self._board.obey(channel, operation)):
            self._say(told)
