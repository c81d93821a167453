"""Files that a power cut leaves whole: written through to the disk, or not there at all."""

import os
import tempfile
from pathlib import Path

UNFINISHED = ".unfinished-"
"""How the name begins of what a kill may have left half made: whoever writes there next throws it away."""

READ_ONLY = 0o444


def write_through(path: Path, content: bytes) -> None:
    """On the disk when it returns; its name is once its folder is settled. Raises OSError."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_new(path: Path, content: bytes) -> None:
    """A new file that nobody writes to, there whole or not at all. Raises OSError: FileExistsError for one that is
    there."""
    with tempfile.NamedTemporaryFile("wb", dir=path.parent, prefix=UNFINISHED) as side:
        side.write(content)
        side.flush()
        os.fsync(side.fileno())
        os.fchmod(side.fileno(), READ_ONLY)
        os.link(side.name, path)
    settle(path.parent)


def settle(folder: Path) -> None:
    """New names and renames in `folder` are on the disk then. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
