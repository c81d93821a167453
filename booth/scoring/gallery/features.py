"""What is worked out of references once for a pack, and remembered beside the gallery, never in it."""

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from booth.scoring.gallery.reference import Reference

Arrays = Mapping[str, NDArray[Any]]


class Features:
    """Arrays by reference, for the pack whose manifest has this sha256: <folder>/<pack's sha256>/<kind>-<id>.npz.

    `kind` is a file-name word for who works them out and how; change it when that changes. `folder`: None keeps them
    in memory only. A file that is damaged or cannot be written costs its working out again, and nothing else.
    """

    def __init__(self, pack_sha256: str, kind: str, folder: Path | None = None) -> None:
        self._folder = None if folder is None else folder / pack_sha256[:16]
        self._kind = kind
        self._held: dict[str, Arrays] = {}

    def of(self, reference: Reference, work: Callable[[Reference], Arrays]) -> Arrays:
        """`work(reference)`, or what it gave the first time: not to be written to. Raises what `work` does."""
        if reference.id not in self._held:
            found = self._read(reference.id)
            if found is None:
                found = dict(work(reference))
                self._write(reference.id, found)
            self._held[reference.id] = found
        return self._held[reference.id]

    def _path(self, folder: Path, key: str) -> Path:
        return folder / f"{self._kind}-{key}.npz"

    def _read(self, key: str) -> Arrays | None:
        if self._folder is None:
            return None
        try:
            content = io.BytesIO(self._path(self._folder, key).read_bytes())  # np.load leaves a damaged file open
            with np.load(content, allow_pickle=False) as stored:
                return {name: stored[name] for name in stored.files}
        except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile):
            return None

    def _write(self, key: str, arrays: Arrays) -> None:
        if self._folder is None:
            return
        content = io.BytesIO()
        np.savez(content, **arrays)  # type: ignore[arg-type]  # its stub takes allow_pickle for one of the arrays
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, side = tempfile.mkstemp(dir=self._folder, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(content.getvalue())
            Path(side).replace(self._path(self._folder, key))
