"""The keeper's small account on disk: boot ordinal, entries, ends, latched faults, resets and sweeps, a JSON line each.

Written so that a kill loses nothing (each line is in the kernel before anyone is told) and a power cut little (a
`sync` follows, off the critical path). Only the boot ordinal is durable before anything else happens: TrayIds must
never repeat. `ledger.jsonl` is the current file, `ledger.1.jsonl` the one before it.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from errno import ENOSPC
from pathlib import Path
from threading import Lock
from typing import Any

from booth.durable import settle
from booth.line.messages import FaultCleared, FaultRaised, Reset, TrayEnded, TrayEntered
from booth.tray import End, TrayId
from drivers.errors import DeviceBusy
from drivers.units import Instant

ROTATE_AT = 1 << 20  # bytes: some 8,000 trays

POWERED = Path("/proc/sys/kernel/random/boot_id")
"""Another one after each power-up of the machine: proc(5), random(4)."""

Written = TrayEntered | TrayEnded | FaultRaised | FaultCleared | Reset
"""What is appended; of faults that have been cleared only the one that the belt clears."""


class LedgerInvalid(ValueError):
    """The ledger was damaged by something other than a power cut; the message names file and line."""


@dataclass(slots=True)
class Past:
    """What the lines so far say. `unresolved`: a tray was held or a fault latched, and nobody has reset since, nor has
    the belt brought the trays to the bin. `powered`: which power-up of the machine it was. `sweepable`: the power has
    not been off since, and the open trays are all that is unresolved."""

    boot: int = 0
    open: dict[TrayId, Instant] = field(default_factory=dict)
    unresolved: bool = False
    powered: str = ""
    sweepable: bool = False

    def take(self, line: dict[str, Any]) -> None:
        """Raises KeyError, TypeError or ValueError for a line that is none of the ledger's."""
        match line:
            case {"boot": int(boot)}:
                self.boot = max(self.boot, boot)
                self.powered = str(line.get("powered", ""))
            case {"in": str(tray), "at": int(at)}:
                self.open[TrayId(tray)] = Instant(at)
            case {"end": str(tray), "as": end}:
                self.open.pop(TrayId(tray), None)
                self.unresolved |= End(end) is End.HELD
            case {"latched": str()}:
                self.unresolved = True
            case {"reset": str()} | {"cleared": str()}:
                self.unresolved = False
            case _:
                raise ValueError("no such line")


class Ledger:
    """Open, then append. One process at a time. `write` puts bytes into a file, as os.write does; `powered`: which
    power-up of the machine this is, by default the kernel's own word."""

    def __init__(self, folder: Path, write: Callable[[int, bytes], int] = os.write, powered: str | None = None) -> None:
        self._write_to, self._powered = write, _power_up() if powered is None else powered
        self._path = folder / "ledger.jsonl"
        self._older = folder / "ledger.1.jsonl"
        self._lock = folder / "ledger.lock"
        self._file = self._locked = -1
        self._guard = Lock()
        self._owed: list[bytes] = []  # lines that are not in the file yet
        self._rotating = False
        self._size = 0
        self._past = Past()

    def open(self) -> Past:
        """Take the next boot ordinal, durably, and return what the last boot left behind. Raises LedgerInvalid,
        DeviceBusy if another keeper has it, OSError if the disk does not take it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._locked = _claimed(self._lock)
        # A power cut between the two renames of a rotation leaves only the older file.
        past = _read(self._path if self._path.exists() else self._older)
        boot, ran_on = past.boot + 1, bool(self._powered) and past.powered == self._powered
        self._past = Past(boot, {}, past.unresolved or bool(past.open), self._powered)
        self._rotate()
        sweepable = ran_on and bool(past.open) and not past.unresolved
        return Past(boot, past.open, self._past.unresolved, self._powered, sweepable)

    def append(self, said: Written) -> None:
        """Into the kernel, not yet onto the disk. Raises OSError; what the disk did not take goes before the next
        line: a tray whose end is missing here would end again after a restart."""
        line = _line(said)
        with self._guard:
            self._past.take(line)
            self._owed.append(_text(line))
            if not self._rotating:
                self._pay()

    def sync(self) -> None:
        """Onto the disk; now and then into a fresh file. Slow: may run in a thread, one at a time. Raises OSError."""
        if self._size >= ROTATE_AT:
            self._rotate()
        else:
            os.fsync(self._file)

    def close(self) -> None:
        """Always allowed, twice too."""
        self._close_file()
        if self._locked >= 0:
            os.close(self._locked)
        self._locked = -1

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _pay(self) -> None:
        while self._owed:
            self._write(self._owed[0])
            del self._owed[0]

    def _write(self, text: bytes) -> None:
        """A disk that is nearly full takes part of a line: that part must not stand before the next one."""
        written = self._write_to(self._file, text)
        if written != len(text):
            os.ftruncate(self._file, self._size)
            raise OSError(ENOSPC, "the disk took only part of a line")
        self._size += len(text)

    def _rotate(self) -> None:
        """A fresh file with what is still open. Lines that come meanwhile wait until it is there, or has failed."""
        with self._guard:
            carried = b"".join(map(_text, _carried(self._past)))
            in_it, self._rotating = len(self._owed), True
        fresh = -1
        try:
            fresh = self._fresh(carried)
        finally:
            with self._guard:
                self._rotating = False
                if fresh >= 0:
                    self._close_file()
                    self._file, self._size = fresh, len(carried)
                    del self._owed[:in_it]
                self._pay()

    def _fresh(self, content: bytes) -> int:
        beside = self._path.with_suffix(".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o640)
        try:
            os.write(handle, content)
            os.fsync(handle)
            if self._path.exists():
                self._path.replace(self._older)
            beside.replace(self._path)
            settle(self._path.parent)
        except OSError:
            os.close(handle)
            raise
        return handle


def _power_up() -> str:
    """Empty where nobody says, which is as if the power had been off."""
    try:
        return POWERED.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _claimed(lock: Path) -> int:
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise DeviceBusy(f"{lock}: another line keeper holds this line; stop it first") from error
    return handle


def _read(path: Path) -> Past:
    """All of `path`. A last line cut off by a power cut is passed over."""
    past = Past()
    if not path.exists():
        return past
    *lines, _cut_off = path.read_bytes().split(b"\n")
    for number, text in enumerate(lines, 1):
        try:
            past.take(json.loads(text))
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(path, number, f"not a line of the ledger ({error})") from error
    if past.boot == 0:
        raise _damaged(path, 1, "no boot ordinal")
    return past


def _damaged(path: Path, number: int, what: str) -> LedgerInvalid:
    return LedgerInvalid(
        f"{path}:{number}: {what}; clear the line from entry to gate, take that line out, and see that the first is "
        '{"boot":N} with N no smaller than in any tray id so far'
    )


def _carried(past: Past) -> Iterable[dict[str, Any]]:
    yield {"boot": past.boot, "powered": past.powered}
    for tray, at in past.open.items():
        yield {"in": tray, "at": at}
    if past.unresolved:
        yield {"latched": "keeper-restarted"}


def _line(said: Written) -> dict[str, Any]:
    match said:
        case TrayEntered():
            return {"in": said.tray, "at": said.entered_at}
        case TrayEnded():
            return {"end": said.tray, "as": said.end.value, "why": [reason.code for reason in said.reasons]}
        case FaultRaised():
            return {"latched": said.code, "tray": said.tray, "device": said.device, "at": said.at}
        case FaultCleared():
            return {"cleared": said.code, "at": said.at}
        case Reset():
            return {"reset": said.who, "why": said.why, "tray": said.tray, "found": said.found and said.found.value}


def _text(line: dict[str, Any]) -> bytes:
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"
