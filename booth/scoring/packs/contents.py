"""The files of a pack's folder: its manifest, whose it is, and whether each file is the one that the manifest names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from booth.scoring.packs import signature
from booth.scoring.packs.manifest import Manifest

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
RESTORE = "copy the pack again from where it came from"
REMAKE = "make the pack again (models/training), or install the version that fits"


class PackInvalid(ValueError):
    """The pack must not score anything. Says which file, what is wrong and what to do next."""

    def __init__(self, path: Path, wrong: str, do: str) -> None:
        super().__init__(f"{path}: {wrong}; {do}")


Wrong = list[PackInvalid]
"""What does not hold, as it is found. Who appends to it goes on as far as there is something to look at."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What was read once is what is hashed and what runs. `sha256` is the manifest's. `files`: those that hold.
    `trusted`: False where a signature is wanted and is not right: none of it may run."""

    folder: Path
    manifest: Manifest
    sha256: str
    files: Mapping[str, bytes]
    trusted: bool


def read(folder: Path, signed_by: Path | None, wrong: Wrong) -> Contents | None:
    """None if there is no manifest that can be read."""
    if not folder.is_dir():
        wrong.append(PackInvalid(folder, "there is no such folder", "correct recipe.pack, or install the pack there"))
        return None
    content = _read(folder / MANIFEST, wrong)
    if content is None:
        return None
    trusted = signed_by is None or _signed(folder, content, signed_by, wrong)
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        wrong.append(PackInvalid(folder / MANIFEST, mistakes(error), RESTORE))
        return None
    found = {name: _verified(folder / name, expected, wrong) for name, expected in manifest.files.items()}
    held = {name: each for name, each in found.items() if each is not None}
    return Contents(folder, manifest, hashlib.sha256(content).hexdigest(), held, trusted)


def unlisted(contents: Contents) -> list[PackInvalid]:
    """Files that nothing vouches for."""
    known = {MANIFEST, SIGNATURE, *contents.manifest.files}
    there = (path for path in sorted(contents.folder.rglob("*")) if not path.is_dir())
    return [
        PackInvalid(path, "the manifest does not name it in `files`", "delete it, or make the pack again with it")
        for path in there
        if path.relative_to(contents.folder).as_posix() not in known
    ]


def mistakes(error: ValidationError, *below: str) -> str:
    """Every one, each with its key, which is `below` others."""
    return ", ".join(_mistake((*below, *details["loc"]), details["msg"]) for details in error.errors())


def _mistake(at: tuple[int | str, ...], says: str) -> str:
    key = ".".join(map(str, at))
    says = says.removeprefix("Value error, ")
    return f"{key}: {says}" if key else says


def _read(path: Path, wrong: Wrong, do: str = RESTORE) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        wrong.append(PackInvalid(path, "there is no such file", do))
    except OSError as error:
        wrong.append(PackInvalid(path, f"it cannot be read ({error.strerror})", "mend its permissions or the disk"))
    return None


def _verified(path: Path, expected: str, wrong: Wrong) -> bytes | None:
    content = _read(path, wrong)
    if content is None:
        return None
    found = hashlib.sha256(content).hexdigest()
    if found != expected:
        says = f"its sha256 is {found[:12]}..., the manifest says {expected[:12]}..."
        wrong.append(PackInvalid(path, says, RESTORE))
        return None
    return content


def _signed(folder: Path, manifest: bytes, key: Path, wrong: Wrong) -> bool:
    path = folder / SIGNATURE
    signed = _read(path, wrong, f"have the pack signed by the key of {key}, or take recipe.pack_signed_by out")
    if signed is None:
        return False
    try:
        held = len(signed) == signature.SIZE and signature.holds(manifest, signed, key)
    except signature.KeyUnusable as error:
        wrong.append(PackInvalid(key, str(error), "name an Ed25519 public key, a PEM file, in recipe.pack_signed_by"))
        return False
    if not held:
        says = f"it is not a signature of {MANIFEST} by the key of {key}"
        wrong.append(PackInvalid(path, says, "do not use the pack; get it again from whom you trust"))
    return held
