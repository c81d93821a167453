"""Records what the cameras see while the booth works, as a session that the `recorded` camera plays.

<folder>/<name>/session.yaml, and beside it a folder of pictures for each shot of each tray.
"""

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any

from booth.records.writers import MakeWriter
from booth.tray import TrayId
from drivers.cameras.session_writing import CannotRecord, append, begin
from drivers.frames import CameraInfo, Frame

FOLDER = "sessions"
QUEUE_CAPTURES = 4
SPARE_BYTES = 1 << 30
"""What a recording leaves free on its disk: journal and ledger may need it."""

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"

Tell = Callable[[dict[str, Any]], None]
"""Takes {"kind": "recorded", "capture", "captures", "of"} for each capture written, and at the end
{"kind": "recording-ended", "folder", "captures", "lost", "problem"}. From any thread."""


@dataclass(slots=True)
class Tape:
    """One session being written. `taken` counts what was queued, `lost` what came too fast."""

    folder: Path
    wanted: int
    taken: int = 0
    written: int = 0
    lost: int = 0
    problem: str | None = None

    @property
    def full(self) -> bool:
        return self.taken >= self.wanted

    @property
    def over(self) -> bool:
        return self.problem is not None or (self.full and self.written == self.taken)


@dataclass(frozen=True, slots=True)
class Taken:
    """One shot of one tray, to be written."""

    tape: Tape
    name: str
    frames: tuple[Frame, ...]
    at: datetime


class Recorder:
    """One recording at a time. `put` never waits: what comes faster than the disk takes it is lost, and counted."""

    def __init__(self, folder: Path, tell: Tell, writer: MakeWriter) -> None:
        self._folder = folder
        self._tell, self._lock = tell, RLock()
        self._tape: Tape | None = None
        self._writer = writer(self._write)

    def start(self, name: str, captures: int, cameras: Mapping[str, CameraInfo]) -> Path:
        """Record the next `captures` shots as `name`; returns the session's folder. Raises CannotRecord."""
        folder = self._folder / name
        with self._lock:
            if self._tape is not None:
                raise CannotRecord(f"a recording into {self._tape.folder} is under way; stop it first")
            if not re.fullmatch(NAME, name):
                raise CannotRecord(f"{name!r} is no name for a session; use letters, digits, '-', '_' and '.'")
            if captures < 1:
                raise CannotRecord(f"{captures} captures are none; ask for one at least")
            try:
                begin(folder, cameras)
                _refuse_full_disk(folder)
            except OSError as error:
                raise CannotRecord(
                    f"{folder}: cannot be written ({error.strerror}); look at its owner and disk"
                ) from error
            self._tape = Tape(folder, captures)
        return folder

    def put(self, tray: TrayId, shots: Sequence[Sequence[Frame]], at: datetime) -> None:
        """The whole capture of a tray; nothing happens while nothing records."""
        with self._lock:
            tape = self._tape
            for number, frames in enumerate(shots):
                if tape is None or tape.full or tape.problem:
                    break
                if self._writer.offer(Taken(tape, f"{tray}.{number}", tuple(frames), at)):
                    tape.taken += 1
                else:
                    tape.lost += 1
        self._end()

    def stop(self) -> None:
        """No more captures; those that are queued are still written."""
        with self._lock:
            if self._tape is not None:
                self._tape.wanted = self._tape.taken
        self._end()

    def close(self) -> None:
        """Write what is queued, and end."""
        self.stop()
        self._writer.close()

    def _write(self, batch: Sequence[Taken]) -> bool:
        for taken in batch:
            if taken.tape.problem is None:
                self._append(taken)
            self._end()
        return True

    def _append(self, taken: Taken) -> None:
        tape = taken.tape
        try:
            append(tape.folder, taken.name, taken.frames, taken.at)
            tape.written += 1
            self._tell({"kind": "recorded", "capture": taken.name, "captures": tape.written, "of": tape.wanted})
            _refuse_full_disk(tape.folder)
        except (OSError, ValueError, CannotRecord) as error:
            tape.problem = str(error)

    def _end(self) -> None:
        with self._lock:
            tape = self._tape
            if tape is None or not tape.over:
                return
            self._tape = None
        if tape.written == 0:
            shutil.rmtree(tape.folder, ignore_errors=True)
        said = {"folder": str(tape.folder), "captures": tape.written, "lost": tape.lost, "problem": tape.problem}
        self._tell({"kind": "recording-ended", **said})


def _refuse_full_disk(folder: Path) -> None:
    if shutil.disk_usage(folder).free < SPARE_BYTES:
        raise CannotRecord(
            f"{folder}: less than {SPARE_BYTES >> 20} MiB are free; free some space, or name another disk"
        )
