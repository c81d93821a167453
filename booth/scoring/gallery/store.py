"""The gallery as it is read: one version of it, every hash checked. Nothing here writes."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from booth.scoring.gallery import index
from booth.scoring.gallery.files import about_of, unpacked, verify
from booth.scoring.gallery.reference import About, Reference

HELD = 64
"""References whose pictures stay decoded: some 1.5 MB each."""


class Gallery:
    """One version of a gallery. What is added to the folder later is not seen: restart, or activate it.

    `sha256` is the version's, which names all the rest. `references` may be called from any thread.
    """

    def __init__(self, folder: Path, about: index.Index, sha256: str, kept: dict[str, dict[str, About]]) -> None:
        self.folder, self.index, self.sha256 = folder, about, sha256
        self._kept = kept
        self._held: OrderedDict[tuple[str, str], Reference] = OrderedDict()
        self._lock = Lock()

    @property
    def version(self) -> int:
        return self.index.version

    @property
    def products(self) -> tuple[str, ...]:
        """Those with a reference, sorted."""
        return tuple(sorted(self._kept))

    def about(self, product: str) -> dict[str, About]:
        """What is known of each reference of `product`, by id; nothing is decoded. Empty for one that is not there."""
        return dict(self._kept.get(product, {}))

    def references(self, product: str) -> tuple[Reference, ...]:
        """Every reference of `product`, in a fixed order; () for a product that has none. The views are those of the
        capture that was added, at the pack's scale, NaN where no height was measured; they have the standpoint from
        which they were taken. The same objects again while the product is in use, so that what is worked out of one
        may be remembered beside it. Blocking: the first call decodes, and hashes again. Raises GalleryInvalid."""
        return tuple(self._reference(product, key) for key in sorted(self._kept.get(product, {})))

    def _reference(self, product: str, key: str) -> Reference:
        with self._lock:
            if (product, key) in self._held:
                self._held.move_to_end((product, key))
                return self._held[product, key]
        found = unpacked(self.folder / product / key, self._kept[product][key])
        with self._lock:
            while len(self._held) >= HELD:
                self._held.popitem(last=False)
            return self._held.setdefault((product, key), found)


def load(folder: Path, version: int | None = None) -> Gallery:
    """The gallery in `folder` as it was at `version`, None: as it is. Hashes every file of it; raises GalleryInvalid
    for the first that does not hold."""
    about, digest = index.read(folder, version)
    kept = load_part(folder, about)
    for product, listed in kept.items():
        for key, reference in listed.items():
            verify(folder / product / key, reference)
    return Gallery(folder, about, digest, kept)


def load_part(
    folder: Path, about: index.Index, product: str | None = None, key: str | None = None
) -> dict[str, dict[str, About]]:
    """What is known of every reference of a version, or of a product's, or of one, by product and id. Their pictures
    are not looked at. Raises GalleryInvalid."""
    return {
        name: {one: about_of(folder / name / one, sha256) for one, sha256 in listed.items() if key in (None, one)}
        for name, listed in sorted(about.references.items())
        if product in (None, name)
    }
