"""The packs that a site has installed, and which of them is active.

    <folder>/<name>-<version>-<hash>/   a pack, whole or not at all
    <folder>/active.json                which are active: the last one is, `rollback` goes back to the one before it;
                                        and every change that there was, when, and by whom

Both are replaced by a rename of what is wholly on the disk: whoever is killed, at whatever instant, leaves the old or
the new. Without active.json, and where recipe.pack has come to name another pack since, recipe.pack is active.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from booth.durable import settle, write_through
from booth.scoring.packs.contents import MANIFEST, SIGNATURE, PackInvalid, mistakes
from booth.scoring.packs.manifest import FileName, Sha256, Text
from booth.scoring.packs.pack import Pack, load

ACTIVE = "active.json"
HASH_SHOWN = 12
ROLLBACK = "go back to the pack before it: booth model rollback CONFIG"


class NothingToUndo(Exception):
    """No pack was activated that could be gone back from."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Frozen):
    """One activation. `pack`: its folder in the library."""

    pack: FileName
    sha256: Sha256
    since: datetime


class Change(_Frozen):
    """One row of the history. `pack`: what has been active since, its folder in the library or what recipe.pack named.
    `sha256`: None for that one."""

    did: Literal["activate", "rollback"]
    pack: Text
    sha256: Sha256 | None
    at: datetime
    by: Text


class Active(_Frozen):
    """`stack`: the last is active. `instead_of`: what recipe.pack named then. `history`: all changes, the last one
    last, whatever recipe.pack has come to name."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Annotated[Literal["booth.packs/1"], Field(alias="schema")]
    instead_of: Text
    stack: tuple[Entry, ...]
    history: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The pack that is to score. `sha256`: of its manifest when it was activated; None: it is the one that the settings
    name, whatever it has become."""

    folder: Path
    sha256: str | None = None

    def load(self, signed_by: Path | None) -> Pack:
        """Raises PackInvalid."""
        if self.sha256 is None:
            return load(self.folder, signed_by)
        try:
            pack = load(self.folder, signed_by)
        except PackInvalid as error:
            says = f"the active pack does not hold: {error}"
            raise PackInvalid(self.folder.parent / ACTIVE, says, ROLLBACK) from error
        if pack.sha256 != self.sha256:
            found, wanted = pack.sha256[:HASH_SHOWN], self.sha256[:HASH_SHOWN]
            says = f"it is not the pack that was activated: {found}..., not {wanted}..."
            raise PackInvalid(self.folder, says, ROLLBACK)
        return pack


@dataclass(frozen=True, slots=True)
class Library:
    """`named`: what recipe.pack names, whole path. Every method reads the disk anew."""

    folder: Path
    named: Path

    def installed(self) -> tuple[Path, ...]:
        return tuple(sorted(path.parent for path in self.folder.glob(f"[!.]*/{MANIFEST}")))

    def find(self, name: str) -> Path:
        """By the name of its folder, or by as much of its beginning as no other has. Raises PackInvalid."""
        there = self.installed()
        found = [path for path in there if path.name == name] or [p for p in there if p.name.startswith(f"{name}-")]
        if len(found) == 1:
            return found[0]
        listed = ", ".join(path.name for path in found or there) or "none"
        wrong = "there are several of that name" if found else "no such pack is installed"
        raise PackInvalid(self.folder / name, wrong, f"name one of these: {listed}; or install it: booth model install")

    def install(self, source: Path, signed_by: Path | None) -> Path:
        """Copy a pack that holds into the library, to where it is returned to be; one that is there already and holds
        is left alone. Raises PackInvalid, OSError."""
        pack = load(source, signed_by)
        target = self.folder / f"{pack.name}-{pack.version}-{pack.sha256[:HASH_SHOWN]}"
        with _alone(self.folder):
            if _holds(target, signed_by):
                return target
            part = self.folder / f".installing-{target.name}"
            shutil.rmtree(part, ignore_errors=True)  # of one that was killed
            _copy(pack, part)
            load(part, signed_by)
            if target.exists():
                target.replace(_free(self.folder / f".damaged-{target.name}"))
            part.replace(target)
            settle(self.folder)
        return target

    def chosen(self) -> Choice:
        """Raises PackInvalid if active.json cannot be read."""
        return self._choice(self._stack())

    def before(self) -> Choice:
        """What `rollback` goes back to. Raises NothingToUndo, PackInvalid."""
        stack = self._stack()
        if not stack:
            raise NothingToUndo(f"{self.named} is active, as recipe.pack says; no other was activated since")
        return self._choice(stack[:-1])

    def activate(self, pack: Pack, now: datetime, by: str) -> None:
        """From now on, and after every restart, `pack` is active; activating what is active changes nothing. Raises
        PackInvalid, OSError."""
        with _alone(self.folder):
            stack = self._stack()
            if stack and stack[-1].sha256 == pack.sha256:
                return
            entry = Entry(pack=pack.folder.name, sha256=pack.sha256, since=now)
            self._keep((*stack, entry), "activate", now, by)

    def rollback(self, to: Choice, now: datetime, by: str) -> None:
        """Undo the last activation, if `to` is still what was before it. Raises NothingToUndo, PackInvalid, OSError."""
        with _alone(self.folder):
            if self.before() != to:
                wrong = "another pack was activated, or given back, meanwhile"
                raise PackInvalid(self.folder / ACTIVE, wrong, "look which one is: booth model list CONFIG; ask again")
            self._keep(self._stack()[:-1], "rollback", now, by)

    def history(self) -> tuple[Change, ...]:
        """Every change, the last one last. Raises PackInvalid."""
        active = self._active()
        return active.history if active else ()

    def _choice(self, stack: tuple[Entry, ...]) -> Choice:
        return Choice(self.folder / stack[-1].pack, stack[-1].sha256) if stack else Choice(self.named)

    def _stack(self) -> tuple[Entry, ...]:
        active = self._active()
        return active.stack if active and active.instead_of == str(self.named) else ()

    def _active(self) -> Active | None:
        path = self.folder / ACTIVE
        try:
            return Active.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            do = "delete it, and recipe.pack is active; then activate again what is wanted"
            raise PackInvalid(path, mistakes(error), do) from error

    def _keep(self, stack: tuple[Entry, ...], did: Literal["activate", "rollback"], now: datetime, by: str) -> None:
        """Whoever calls this is alone."""
        sha256, pack = (stack[-1].sha256, stack[-1].pack) if stack else (None, str(self.named))
        history = (*self.history(), Change(did=did, pack=pack, sha256=sha256, at=now, by=by))
        active = Active(schema_="booth.packs/1", instead_of=str(self.named), stack=stack, history=history)
        part = self.folder / f".{ACTIVE}.{os.getpid()}"
        write_through(part, f"{active.model_dump_json(by_alias=True, indent=2)}\n".encode())
        part.replace(self.folder / ACTIVE)
        settle(self.folder)


def _holds(folder: Path, signed_by: Path | None) -> bool:
    try:
        load(folder, signed_by)
    except PackInvalid:
        return False
    return True


def _copy(pack: Pack, to: Path) -> None:
    """What the manifest names, it, and its signature; on the disk when it returns."""
    signature = [SIGNATURE] if (pack.folder / SIGNATURE).is_file() else []
    for name in (MANIFEST, *signature, *pack.manifest.files):
        copy = to / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pack.folder / name, copy)
        with copy.open("rb") as file:
            os.fsync(file.fileno())
    for folder in (to, *(path for path in to.rglob("*") if path.is_dir())):
        settle(folder)


def _free(path: Path) -> Path:
    while path.exists():
        path = path.with_name(f"{path.name}+")
    return path


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One installation or change at a time; the kernel lets go of the lock of one that was killed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
