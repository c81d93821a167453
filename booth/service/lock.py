"""One process at a time: a lock file that the kernel lets go of when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.errors import DeviceBusy


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Raises DeviceBusy if another process holds `path`."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DeviceBusy(
                f"{path} is held: another {path.stem} runs for this booth; stop it, or name another runtime_dir"
            ) from error
        yield
