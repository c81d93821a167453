"""What a network reaches on samples, told by booth.evaluation: with what a booth has got, all of it or less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from fitting import logits_of
from network import Damage
from numpy.typing import NDArray
from samples import KITS, Kit, Sample

from booth.evaluation.figures import Figures
from booth.evaluation.figures import figures as figured

Floats = NDArray[np.float64]
SAYS: Mapping[Kit, str] = {
    "colour": "colour only",
    "no-lit": "colour and height",
    "no-height": "colour and relief",
    "all": "colour, height and relief",
}


@dataclass(frozen=True, slots=True)
class Reached:
    """Of one kit: the logit of any damage of each sample, and the figures of their ranking."""

    logits: Floats
    figures: Figures


def reached(network: Damage, samples: Sequence[Sample], workers: int, draws: int) -> dict[Kit, Reached]:
    """`draws` of products make the intervals."""
    truths = [sample.truth for sample in samples]
    found: dict[Kit, Reached] = {}
    for kit in KITS:
        logits = logits_of(network, samples, kit, workers)[:, -1].astype(np.float64)
        found[kit] = Reached(logits, figured(truths, logits.tolist(), draws))
    return found


def flat(by_kit: Mapping[Kit, Figures]) -> dict[str, float]:
    """As they go into a manifest: what has a value, by name."""
    told = {f"{kit}_{name}": value for kit, found in by_kit.items() for name, value in found.overall.figures.items()}
    whole = by_kit["all"]
    groups = whole.severities | whole.types
    told |= {f"{group}_{name}": value for group, of in groups.items() for name, value in of.figures.items()}
    told |= {f"decoys_{name}": value for name, value in (whole.decoys["any"].figures if whole.decoys else {}).items()}
    return {
        f"simulated_val_{name}": round(figure.value, 4)
        for name, figure in told.items()
        if figure.value is not None and name.endswith(KEPT)
    }


KEPT = ("auroc", "recall_at_fpr_1pct", "recall_at_fpr_01pct", "fpr_at_1pct", "fpr_at_01pct")
