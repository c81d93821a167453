"""How far the network is from its targets."""

import torch
from network import Logits
from targets import EITHER, NO, YES
from torch.nn import functional

FOCUS = 1.5
"""Exponent on the error: cells that are right already weigh little (Lin et al., focal loss)."""
NEGATIVES = 20.0
"""A pristine view's cells weigh as its summed error over this many."""
DECOY_WEIGHT = 3.0
TYPES_WEIGHT = 0.4
IMAGE_WEIGHT = 1.0


def loss(
    logits: Logits, heat: torch.Tensor, image: torch.Tensor, decoy: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean to go down, and per sample the image's own part of it for any damage (N,)."""
    cells = logits.heat
    error = functional.binary_cross_entropy_with_logits(cells, (heat == YES).float(), reduction="none")
    focal = error * (torch.sigmoid(cells.detach()) - (heat == YES).float()).abs() ** FOCUS
    yes, no = (heat == YES).float(), (heat == NO).float()
    hits = (focal * yes).sum((2, 3)) / yes.sum((2, 3)).clamp(min=1)
    misses = (focal * no * (1 + (DECOY_WEIGHT - 1) * decoy[:, None].float())).sum((2, 3)) / NEGATIVES
    known = (image != EITHER).float()
    seen = functional.binary_cross_entropy_with_logits(logits.image, (image == YES).float(), reduction="none") * known
    per_type = hits + misses + IMAGE_WEIGHT * seen
    total = per_type[:, -1] + TYPES_WEIGHT * per_type[:, :-1].mean(1)
    return total.mean(), seen[:, -1].detach()
