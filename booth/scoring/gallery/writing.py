"""Changing a gallery: one at a time, whole or not at all, and nothing of an older version is ever touched.

First the references, then the version that names them: a kill or a power cut in between leaves folders that no version
names, which are nobody's, and the next change finds the gallery as it was.
"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from booth.durable import UNFINISHED, settle, write_new, write_through
from booth.scoring.gallery import index
from booth.scoring.gallery.files import FILE, GalleryInvalid, about_of, packed, unpacked, verify
from booth.scoring.gallery.reference import Capture, Reference

LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Signed:
    """Who changes the gallery, when (wall-clock time with its zone), and why."""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Draft:
    """References of one product to be added, and the codes that are to mean it."""

    product: str
    captures: tuple[Capture, ...] = ()
    codes: tuple[str, ...] = ()


class Desk:
    """The gallery while nobody else can change it. `newest`: its version as it is now, None where there is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.newest: index.Index | None = None
        self._sha256: str | None = None
        if index.numbers(folder):
            self.newest, self._sha256 = index.read(folder)

    def references(self, product: str) -> tuple[Reference, ...]:
        """Those of the newest version. Raises GalleryInvalid for one that does not hold; the others are not looked
        at."""
        listed = self._references().get(product, {})
        folders = {self.folder / product / key: sha256 for key, sha256 in sorted(listed.items())}
        return tuple(unpacked(folder, about_of(folder, sha256)) for folder, sha256 in folders.items())

    def add(self, draft: Draft, signed: Signed) -> index.Index:
        """A new version with the draft's references beside those that are there. Raises GalleryInvalid for a code that
        means another product, ValueError for a name that is none, OSError; the gallery is as it was then."""
        there = self._references()
        listed = there.setdefault(draft.product, {})
        self._refuse_taken(draft)
        added = tuple(self._keep(capture, draft.product, signed, listed) for capture in draft.captures)
        codes = self._codes() | dict.fromkeys(draft.codes, draft.product)
        return self._publish(there, codes, signed, added=added)

    def remove(self, ids: Iterable[str], signed: Signed) -> index.Index:
        """A new version without these, whether they hold or not. Their files stay: older versions name them. Raises
        GalleryInvalid, OSError."""
        gone = set(ids)
        there = self._references()
        if strange := sorted(gone - {key for listed in there.values() for key in listed}):
            raise GalleryInvalid(self.folder, f"has no reference {', '.join(strange)}", "booth gallery list names them")
        left = {
            product: {key: sha256 for key, sha256 in listed.items() if key not in gone}
            for product, listed in there.items()
        }
        left = {product: listed for product, listed in left.items() if listed}
        codes = {code: product for code, product in self._codes().items() if product in left}
        return self._publish(left, codes, signed, removed=tuple(sorted(gone)))

    def _references(self) -> dict[str, dict[str, str]]:
        there = {} if self.newest is None else self.newest.references
        return {product: dict(listed) for product, listed in there.items()}

    def _codes(self) -> dict[str, str]:
        return {} if self.newest is None else dict(self.newest.codes)

    def _refuse_taken(self, draft: Draft) -> None:
        codes = self._codes()
        for code in draft.codes:
            if (other := codes.get(code, draft.product)) != draft.product:
                do = f"one code means one product: remove the references of {other}, or correct --code"
                raise GalleryInvalid(self.folder, f"the code {code} means {other}, not {draft.product}", do)

    def _keep(self, capture: Capture, product: str, signed: Signed, listed: dict[str, str]) -> str:
        """Write the reference, and name it in `listed`."""
        key, files = packed(capture, product, signed.at, signed.by)
        known = self._known(product, key)
        if known is None:
            write_folder(self.folder / product / key, files)
            known = hashlib.sha256(files[FILE]).hexdigest()
        listed[key] = known
        return key

    def _known(self, product: str, key: str) -> str | None:
        """What an older version names it by. Raises GalleryInvalid if it does not hold any more."""
        for number in index.numbers(self.folder):
            there = index.read(self.folder, number)[0].references.get(product, {})
            if key in there:
                at = self.folder / product / key
                verify(at, about_of(at, there[key]))
                return there[key]
        return None

    def _publish(
        self,
        references: Mapping[str, Mapping[str, str]],
        codes: Mapping[str, str],
        signed: Signed,
        added: tuple[str, ...] = (),
        removed: tuple[str, ...] = (),
    ) -> index.Index:
        before = self.newest
        following = index.Index(
            version=1 if before is None else before.version + 1,
            made_at=signed.at,
            made_by=signed.by,
            why=signed.why,
            follows=self._sha256,
            added=added,
            removed=removed,
            codes=dict(codes),
            references={product: dict(listed) for product, listed in references.items()},
        )
        content = following.model_dump_json(by_alias=True, indent=1).encode() + b"\n"
        path = index.path_of(self.folder, following.version)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, content)
        settle(self.folder)
        self.newest, self._sha256 = index.read(self.folder)
        return self.newest


@contextmanager
def writing(folder: Path) -> Iterator[Desk]:
    """Waits until nobody else changes the gallery. The folder is made where there is none. Raises GalleryInvalid for a
    newest version that cannot be read, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        # Let go of by the kernel when the process ends, however it ends.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _tidy(folder)
        yield Desk(folder)


def _tidy(folder: Path) -> None:
    """What a kill has left half made goes."""
    for left in folder.glob(f"*/{UNFINISHED}*"):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """A folder with these files, there whole or not at all; in the place of one that no version names. Raises OSError
    with nothing left behind."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_made = folder.with_name(f"{UNFINISHED}{folder.name}")
    try:
        half_made.mkdir()
        for name, content in files.items():
            write_through(half_made / name, content)
        settle(half_made)
        if folder.exists():
            shutil.rmtree(folder)
        half_made.rename(folder)
    except BaseException:
        shutil.rmtree(half_made, ignore_errors=True)
        raise
    settle(folder.parent)
    settle(folder.parent.parent)
