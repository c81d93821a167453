"""What `booth gallery` does. Imported when a command runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from booth.assembly.foundation import library
from booth.assembly.knowing import FEATURES
from booth.calibration.store import load_all
from booth.cli.account import account
from booth.cli.gallery_sources import Sources, Taken
from booth.cli.manners import Answer, Diagnostic, Exit, Failed
from booth.scoring.gallery import index
from booth.scoring.gallery.checks import found_in
from booth.scoring.gallery.features import Features
from booth.scoring.gallery.files import GalleryInvalid
from booth.scoring.gallery.reference import Capture
from booth.scoring.gallery.sifting import Candidate, Sifted, sift
from booth.scoring.gallery.standpoints import Floor, Floors
from booth.scoring.gallery.store import Gallery, load_part
from booth.scoring.gallery.writing import Draft, Signed, writing
from booth.scoring.lanes import ScoreInvalid
from booth.scoring.packs.pack import Pack
from booth.scoring.products.identity import Embeddings, Neighbours
from booth.scoring.products.known import embedding_of, embeddings
from booth.settings import Settings, load
from drivers.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Signature:
    by: str | None
    why: str

    def sign(self) -> Signed:
        return Signed(self.by or account(), SystemClock().utc(), self.why)


def add(config: Path, sources: Sequence[Path], product: str, codes: tuple[str, ...], signature: Signature) -> Answer:
    settings, folder = _settings(config)
    pack = _pack(settings)
    reader = Sources(settings, pack.manifest.view)
    taken = [each for source in sources for each in reader.captures(source, product)]
    _refuse_drawn(settings, [each.capture for each in taken])
    candidates = [_candidate(each, pack) for each in taken]
    with writing(folder) as desk, _nameable():
        known = _neighbours(folder, desk.newest, pack, settings)
        found = sift(product, candidates, desk.references(product), known, _floors(settings))
        chosen = [each for each, sifted in zip(taken, found, strict=True) if sifted.added]
        if chosen or (_unknown(codes, product, desk.newest) and any(each.merged for each in found)):
            desk.add(Draft(product, tuple(each.capture for each in chosen), codes), signature.sign())
        version = 0 if desk.newest is None else desk.newest.version
    return replace(_sifted(product, found, version), diagnostics=_diverted(chosen))


def remove(config: Path, ids: Sequence[str], signature: Signature) -> Answer:
    _, folder = _settings(config)
    with writing(folder) as desk:
        made = desk.remove(ids, signature.sign())
    text = f"version {made.version} is without {', '.join(made.removed)}; older versions keep them. {RESTART}"
    return Answer(text, {"version": made.version, "removed": list(made.removed)})


def listed(config: Path, version: int | None) -> Answer:
    _, folder = _settings(config)
    about, sha256 = index.read(folder, version)
    part = load_part(folder, about)
    rows = [
        {"id": key, "product": product, "source": f"{one.source.kind} {one.source.folder}/{one.source.capture}",
         "added_at": one.added_at.isoformat(), "added_by": one.added_by, "simulated": one.simulated}
        for product, listed in part.items() for key, one in listed.items()
    ]  # fmt: skip
    history = [_told(index.read(folder, number)[0]) for number in index.numbers(folder)]
    lines = [f"{folder}: version {about.version} ({sha256[:12]}), {len(rows)} references of {len(part)} products"]
    lines += [f"  {row['product']:<24} {row['id']}  {row['added_by']}, from {row['source']}" for row in rows]
    lines += [f"  code {code} means {product}" for code, product in sorted(about.codes.items())]
    lines += [f"  version {one['version']}: {one['by']}, {one['at']}: {one['why']} ({one['did']})" for one in history]
    data = {"version": about.version, "sha256": sha256, "references": rows, "codes": about.codes, "versions": history}
    return Answer("\n".join(lines), data)


def check(config: Path) -> Answer:
    settings, folder = _settings(config)
    about, sha256 = index.read(folder, settings.recipe.gallery_version)
    findings = found_in(folder, about, _floors(settings), settings.simulated)
    count = sum(map(len, about.references.values()))
    head = f"{folder}: version {about.version} ({sha256[:12]}), {count} references of {len(about.references)} products"
    lines = [head + ("" if findings else ": every file holds, and all agree"), *(f"  {each}" for each in findings)]
    broken = any(each.kind == "broken" for each in findings)
    told = tuple(Diagnostic(f"gallery-{each.kind}", "error" if each.kind == "broken" else "warning", str(each))
                 for each in findings)  # fmt: skip
    data = {"version": about.version, "references": count, "findings": [each.told for each in findings]}
    return Answer("\n".join(lines), data, not findings, told if broken else (), Exit.MODEL_INVALID if broken else None)


RESTART = "A booth takes the newest version when it starts."


def _settings(config: Path) -> tuple[Settings, Path]:
    settings = load(config)
    if settings.recipe.gallery is None:
        says = f"{config}: recipe.gallery is not set; name a folder for the gallery there, as `gallery: ../gallery`"
        raise Failed(Exit.CONFIG_INVALID, "no-gallery", says)
    return settings, settings.recipe.gallery


def _pack(settings: Settings) -> Pack:
    return library(settings).chosen().load(settings.recipe.pack_signed_by)


def _refuse_drawn(settings: Settings, captures: Sequence[Capture]) -> None:
    drawn = [capture.source.capture for capture in captures if capture.simulated]
    if drawn and not settings.simulated:
        says = f"{drawn[0]}: a simulated capture, and this booth is not simulated; use captures of its own cameras"
        raise Failed(Exit.USAGE, "capture-simulated", says)


def _unknown(codes: tuple[str, ...], product: str, newest: index.Index | None) -> bool:
    """Whether one of them does not mean the product yet."""
    known = {} if newest is None else newest.codes
    return any(known.get(code) != product for code in codes)


@contextmanager
def _nameable() -> Iterator[None]:
    """A name that no folder can have is the caller's; what the gallery refuses stays as it is."""
    try:
        yield
    except GalleryInvalid:
        raise
    except ValueError as error:
        says = f"--product: letters, digits, '-', '_' and '.' ({error})"
        raise Failed(Exit.USAGE, "product-unnameable", says) from error


def _diverted(added: Sequence[Taken]) -> tuple[Diagnostic, ...]:
    says = "the booth diverted this tray; look at it again, and booth gallery remove CONFIG ID if it is not pristine"
    return tuple(
        Diagnostic("reference-diverted", "warning", f"{each.capture.source.capture}: {says}")
        for each in added
        if each.diverted
    )


def _candidate(taken: Taken, pack: Pack) -> Candidate:
    """What the network cannot look at is unfit: the booth would not start with it."""
    capture, name = taken.capture, taken.capture.source.capture
    if taken.poor:
        return Candidate(name, capture, {}, taken.poor)
    try:
        found = {view.camera: embedding_of(view, pack) for view in capture.views}
    except ScoreInvalid as error:
        return Candidate(name, capture, {}, str(error))
    return Candidate(name, capture, {camera: each for camera, each in found.items() if each is not None})


def _neighbours(folder: Path, about: index.Index | None, pack: Pack, settings: Settings) -> Neighbours:
    """Of every reference that holds; `booth gallery check` names the others."""
    if about is None:
        return Neighbours(())
    features = Features(pack.sha256, "embedding", settings.state_dir / FEATURES)
    found: list[tuple[str, Embeddings]] = []
    for product, listed in about.references.items():
        for key in listed:
            with suppress(GalleryInvalid, ScoreInvalid):
                part = load_part(folder, about, product, key)
                gallery = Gallery(folder, about, "", part)
                found.append((product, embeddings(features, gallery.references(product)[0], pack)))
    return Neighbours(found)


def _sifted(product: str, found: Sequence[Sifted], version: int) -> Answer:
    lines = [f"  {each}" for each in found]
    added, refused = (sum(map(bool, some)) for some in zip(*((e.added, e.refused) for e in found), strict=True))
    head = f"{product}: {added} added, {len(found) - added - refused} there already, {refused} refused"
    after = f"; the gallery is at version {version}. {RESTART}" if version else "; there is no gallery yet"
    data = {"product": product, "version": version, "captures": [each.told for each in found]}
    return Answer("\n".join([head + after, *lines]), data, not refused)


def _told(about: index.Index) -> dict[str, Any]:
    did = [f"{len(some)} {what}" for what, some in (("added", about.added), ("removed", about.removed)) if some]
    return {"version": about.version, "at": about.made_at.isoformat(), "by": about.made_by, "why": about.why,
            "did": ", ".join(did) or "codes"}  # fmt: skip


def _floors(settings: Settings) -> Floors:
    """As each camera's tray calibration in use has it. Its lens is known only once it is open, so that the scale is for
    the booth's start to compare."""
    calibrations = load_all(settings.calibration)
    trays = {name: calibrations.find("tray", name) for name in settings.cameras}
    return {name: None if tray is None else _floor(tray.result["plane"]) for name, tray in trays.items()}


def _floor(plane: dict[str, Any] | None) -> Floor | None:
    if plane is None:
        return None
    x, y, z = (float(part) for part in plane["normal"])
    return (x, y, z), -float(plane["offset_mm"])
