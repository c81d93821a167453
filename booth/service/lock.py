"""One process at a time: a lock file that the kernel lets go of when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.errors import DeviceBusy


class Taken(DeviceBusy):
    """Another process holds the lock; `holder` is what it calls itself, `process` its id, empty if it did not say."""

    def __init__(self, path: Path, holder: str, process: str) -> None:
        which = f" (process {process})" * bool(process)
        super().__init__(f"{path} is held: {holder} runs for this booth{which}; stop it, or name another runtime_dir")
        self.holder, self.process = holder, process


@contextmanager
def held(path: Path, holder: str = "") -> Iterator[None]:
    """`holder`: what a process that finds the lock taken is told; nothing: the file's name. Raises Taken."""
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            said, _, process = file.readline().strip().rpartition(" ")
            raise Taken(path, said or f"another {path.stem}", process) from error
        file.truncate(0)
        file.write(f"{holder or f'another {path.stem}'} {os.getpid()}\n")
        file.flush()
        yield
