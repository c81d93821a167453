"""Samples to tensors, in an order that seed and epoch fix."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import features
import numpy as np
import torch
from prints import NO_PRINTS, Prints
from samples import Kit, Sample
from targets import target
from torch.utils.data import DataLoader, Dataset
from variants import WHOLE, Window, variant


@dataclass(frozen=True, slots=True)
class Batch:
    """`shots`: colour, left, right, height; `maps` per stride; the rest as targets.Target, stacked."""

    indices: torch.Tensor
    shots: tuple[torch.Tensor, ...]
    maps: tuple[torch.Tensor, ...]
    heat: torch.Tensor
    image: torch.Tensor
    decoy: torch.Tensor


@dataclass(frozen=True, slots=True)
class Pick:
    """A sample's place, its variant, what of it is shown, and which part: a window on the backbone's coarsest cells."""

    place: int
    number: int
    kit: Kit
    window: Window = WHOLE


class _Picked(Dataset[tuple[torch.Tensor, ...]]):
    def __init__(self, samples: Sequence[Sample], picks: Sequence[Pick], prints: Prints) -> None:
        self._samples, self._picks, self._prints = samples, picks, prints

    def __len__(self) -> int:
        return len(self._picks)

    def __getitem__(self, at: int) -> tuple[torch.Tensor, ...]:
        pick = self._picks[at]
        sample = self._samples[pick.place]
        pixels = variant(sample.read(), sample.name, pick.number, pick.window, self._prints)
        asked = target(pixels)
        maps = features.read(sample, pick.number, pick.window)
        arrays = (*_shots(pixels, pick.kit), *maps, asked.heat, asked.image, asked.decoy)
        return (torch.tensor(pick.place), *(torch.from_numpy(np.ascontiguousarray(one)) for one in arrays))


def _shots(pixels: np.ndarray, kit: Kit) -> tuple[np.ndarray, ...]:
    left, right, height = pixels["left"], pixels["right"], pixels["height"].astype(np.float32)
    if kit in ("no-lit", "colour"):
        left, right = np.zeros_like(left), np.zeros_like(right)
    if kit in ("no-height", "colour"):
        height = np.full_like(height, np.nan)
    return pixels["colour"], left, right, height


def _one_thread(_: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)


def batches(
    samples: Sequence[Sample], picks: Sequence[Pick], size: int, workers: int, prints: Prints = NO_PRINTS
) -> Iterator[Batch]:
    """In the order of `picks`; they are read by processes of their own."""
    loader = DataLoader(
        _Picked(samples, picks, prints),
        size,
        num_workers=workers,
        worker_init_fn=_one_thread,
        prefetch_factor=4 if workers else None,
    )
    for indices, colour, left, right, height, fine, middle, coarse, heat, image, decoy in loader:
        maps = tuple(one.float() for one in (fine, middle, coarse))
        yield Batch(indices, (colour, left, right, height), maps, heat, image, decoy)
