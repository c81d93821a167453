"""`booth model list` and `verify`: what packs there are, and whether they hold."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booth.cli.manners import Answer, Diagnostic, Exit, Failed, run
from booth.cli.options import Json
from booth.cli.shipped import shipped_folder

if TYPE_CHECKING:
    from booth.scoring.packs.contents import Contents
    from booth.scoring.packs.held import Held
    from booth.scoring.packs.pack import Pack, PackInvalid

MODELS = "models"
SHOWN = 12
UNKNOWN = "of a class that cannot be told"


def list_packs(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="[CONFIG]", help="A booth: also what it has installed, and which one is active."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say which packs there are, without running them, and of a booth who changed them, and when.

    Those that cannot be read are named and stay out.
    """
    run(lambda: _list(config), as_json)


def verify(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FOLDER...]", help="The packs, each a folder with manifest.json; else all in models/."),
    ] = None,
    signed_by: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An Ed25519 public key, a PEM file, that has to have signed them."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check every hash of a pack, replay its golden inputs, and name every file that nothing vouches for.

    The answers have to be those of the manifest to the bit where it knows this class of machines, else within its
    tolerances; says which. Ends with 7 when anything does not hold, and tells all that does not.
    """
    run(lambda: _verify(folders or all_in_models(), signed_by), as_json)


def in_models() -> list[Path]:
    """Every pack that comes with the booth, or none. Raises Failed where there is no such folder."""
    return sorted(path.parent for path in shipped_folder(MODELS).glob("*/manifest.json"))


def all_in_models() -> list[Path]:
    """For a command that is to look at every pack: there is one at least. Raises Failed."""
    if found := in_models():
        return found
    says = f"there is no pack in {shipped_folder(MODELS).resolve()}: no folder with manifest.json; name one yourself"
    raise Failed(Exit.USAGE, "no-packs", says)


def _verify(folders: list[Path], signed_by: Path | None) -> Answer:
    from booth.scoring.packs.machine import this_machine
    from booth.scoring.packs.pack import examine

    found = {folder: examine(folder, signed_by) for folder in folders}
    unfit = {folder: _lanes_that_do_not_fit(pack) for folder, (pack, _) in found.items()}
    wrong = {folder: [str(each) for each in (*each_wrong, *unfit[folder])] for folder, (_, each_wrong) in found.items()}
    lines = [
        f"{folder}: does not hold" if wrong[folder] or pack is None else f"{folder}: {_named(pack)} holds{_how(pack)}"
        for folder, (pack, _) in found.items()
    ]
    lines.append(f"this machine: {this_machine() or UNKNOWN}")
    told = tuple(Diagnostic("model-invalid", "error", says) for each in wrong.values() for says in each)
    packs = [_told(pack) for folder, (pack, _) in found.items() if pack is not None and not wrong[folder]]
    return Answer("\n".join(lines), {"packs": packs}, diagnostics=told, ends=Exit.MODEL_INVALID if told else None)


def _lanes_that_do_not_fit(pack: "Pack | None") -> "tuple[PackInvalid, ...]":
    """What a lane cannot use of its entry."""
    from booth.scoring.packs.pack import PackInvalid
    from booth.scoring.scorer import lanes_of

    try:
        if pack is not None:
            lanes_of(pack)
    except PackInvalid as error:
        return (error,)
    return ()


def _named(pack: "Pack") -> str:
    return f"{pack.name} {pack.version} ({pack.sha256[:SHOWN]})"


def _how(pack: "Pack") -> str:
    if pack.held is None:
        return ""
    return ", to the bit" if pack.held.exact else ", within its tolerances: it knows no machine of this class"


def _told(pack: "Pack") -> dict[str, Any]:
    about = {"folder": str(pack.folder), "name": pack.name, "version": pack.version, "sha256": pack.sha256}
    return {**about, "golden": _golden(pack.held)}


def _golden(held: "Held | None") -> dict[str, Any] | None:
    """`exact`: what would have to stand in the manifest's golden.exact of this machine."""
    if held is None:
        return None
    row = held.machine and {"machine": held.machine.model_dump(mode="json"), "outputs": dict(held.digests)}
    return {"held": "exact" if held.exact else "tolerance", "exact": row}


def _list(config: Path | None) -> Answer:
    from booth.assembly.foundation import library
    from booth.scoring.packs.contents import read
    from booth.settings import load

    folders, active, changes = in_models(), None, []
    if config is not None:
        shelf = library(load(config))
        active, changes = shelf.chosen().folder, [change.model_dump(mode="json") for change in shelf.history()]
        folders = list(dict.fromkeys((shelf.named, *shelf.installed(), *(folder.resolve() for folder in folders))))
    wrong: list[PackInvalid] = []
    found = [contents for folder in folders if (contents := read(folder, None, wrong))]
    packs = [_listed(contents, contents.folder == active) for contents in found]
    told = tuple(Diagnostic("model-invalid", "warning", str(each)) for each in wrong)
    lines = [*map(_line, packs), *(f"{row['at']}: {row['did']} by {row['by']}, to {row['pack']}" for row in changes)]
    return Answer("\n".join(lines), {"packs": packs, "changes": changes}, diagnostics=told)


def _listed(contents: "Contents", active: bool) -> dict[str, Any]:
    about = contents.manifest
    return {
        "folder": str(contents.folder),
        "name": about.name,
        "version": about.version,
        "sha256": contents.sha256,
        "lanes": list(about.lanes.brought),
        "active": active,
    }


def _line(pack: dict[str, Any]) -> str:
    active = "active  " if pack["active"] else ""
    lanes = ", ".join(pack["lanes"])
    return f"{active}{pack['folder']}: {pack['name']} {pack['version']} ({pack['sha256'][:SHOWN]}), {lanes}"
