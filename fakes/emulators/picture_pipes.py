"""Picture files that are made when they are read."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "emulated-basler-"
ROOM = 1 << 20  # bytes; the most that an ordinary user may ask for


class PicturePipes:
    """A folder with two named pipes, for pylon's camera emulation to read as pictures.

    At the end of each exposure it reads the next file of the folder; a pipe makes it wait until there is one. Two: the
    only file of a folder it would read once, and show for ever.
    """

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self._pipes = [self.folder / name for name in ("0.png", "1.png")]
        self._end: int | None = None
        for pipe in self._pipes:
            os.mkfifo(pipe)

    def asked(self) -> bool:
        """Whether somebody waits for a picture."""
        for pipe in self._pipes:
            if self._end is None:
                with suppress(OSError):  # nobody reads it
                    self._end = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        return self._end is not None

    def give(self, picture: bytes) -> bool:
        """To whoever has asked; nothing at all is a file that cannot be read. Returns when all of it is on its way, and
        whether it is: whoever has just read a picture can still seem to ask for one."""
        if not self.asked() or self._end is None:
            return False
        end, self._end = self._end, None
        os.set_blocking(end, True)
        try:
            with os.fdopen(end, "wb") as pipe:
                if picture:
                    fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, ROOM)
                pipe.write(picture)
        except BrokenPipeError:
            return False
        return True

    def remove(self) -> None:
        """Whoever still waits is refused."""
        self.give(b"")
        shutil.rmtree(self.folder, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed, as hosts of cameras are."""
    for left in folder.glob(f"{PREFIX}*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", process).exists():
            shutil.rmtree(left, ignore_errors=True)
