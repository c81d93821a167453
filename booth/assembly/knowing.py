"""What a booth knows of products: the gallery that its recipe names, checked against how the booth looks now."""

from collections.abc import Mapping
from dataclasses import replace

from booth.geometry.views import CameraGeometry, Standpoint
from booth.records.record import Source
from booth.scoring.gallery.standpoints import refuse_drawn, refuse_strangers
from booth.scoring.gallery.store import Gallery, load
from booth.scoring.packs.manifest import ViewShape
from booth.scoring.products.known import Known
from booth.settings import Settings

FEATURES = "features"


def known_of(settings: Settings) -> Known:
    """Every file of the gallery is hashed. Raises GalleryInvalid."""
    recipe, remembers = settings.recipe, settings.state_dir / FEATURES
    if recipe.gallery is None:
        return Known(None, frozenset(recipe.products), remembers)
    gallery = load(recipe.gallery, recipe.gallery_version)
    refuse_drawn(gallery, settings.simulated)
    return Known(gallery, frozenset(recipe.products), remembers)


def named(gallery: Gallery | None) -> Source | None:
    """What records name it by."""
    return None if gallery is None else Source(f"{gallery.folder.name}/{gallery.version}", gallery.sha256)


def refuse_other_geometry(known: Known, geometries: Mapping[str, CameraGeometry], shape: ViewShape | None) -> None:
    """Raises GalleryInvalid unless every reference was taken as the cameras stand now. `geometries`: as views are made
    with; `shape`: what they are brought to."""
    if known.gallery is not None and shape is not None:
        refuse_strangers(known.gallery, {name: seen_from(each, shape) for name, each in geometries.items()})


def seen_from(geometry: CameraGeometry, shape: ViewShape) -> Standpoint | None:
    """Of the views that lanes see: those of `geometry`, brought to the pack's size."""
    stands = geometry.standpoint
    if stands is None:
        return None
    stretched = 1.0 if shape.mm_per_px is not None else stands.size_px[0] / shape.size[0]
    return replace(stands, size_px=shape.size, mm_per_px=stands.mm_per_px * stretched)
