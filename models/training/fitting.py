"""Fits the network; killed at any time, it goes on from the last whole epoch."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from batches import Batch, Pick, batches
from losses import loss
from network import Damage, Logits
from numpy.typing import NDArray
from prints import NO_PRINTS, Prints
from samples import HEAT_PX, KITS, TYPE_NAMES, Kit, Sample
from torch import nn
from variants import VARIANTS
from windows import Places, interests, window

MINED_AFTER = (0.4, 0.75)
"""Shares of the epochs after which the hottest cells of pristine trays are sought: it costs half an epoch."""
HOTTEST = 3
SHARES = (0.55, 0.10, 0.15, 0.20)
"""How often a window is seen with each of KITS."""
LEVEL = 0.4
"""Share of the steps at the full rate."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast. `again`: the share of the samples, worst first, that an epoch shows a second time."""

    epochs: int
    seed: int = 61
    batch: int = 8
    rate: float = 2e-3
    decay: float = 0.02
    average: float = 0.996
    again: float = 0.2
    variants: int = VARIANTS
    workers: int = 2


class Run:
    """The state of a fit: what a checkpoint holds."""

    def __init__(self, recipe: Recipe, samples: Sequence[Sample], checkpoint: Path, prints: Prints = NO_PRINTS) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.samples, self.checkpoint, self.prints = recipe, samples, checkpoint, prints
        self.network = Damage(len(TYPE_NAMES)).to(memory_format=torch.channels_last)
        self.smooth = Damage(len(TYPE_NAMES)).to(memory_format=torch.channels_last)
        self.smooth.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.AdamW(_grouped(self.network, recipe.decay), recipe.rate)
        self.epoch, self.steps = 0, 0
        self.hardness = np.ones(len(samples))
        self.interests = interests(samples)

    def resume(self) -> None:
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=False)
        if state["recipe"] != self.recipe or state["names"] != [sample.name for sample in self.samples]:
            return
        self.network.load_state_dict(state["network"])
        self.smooth.load_state_dict(state["smooth"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.epoch, self.steps, self.hardness = state["epoch"], state["steps"], state["hardness"]
        self.seek(state["hottest"])

    def seek(self, hottest: list[Places]) -> None:
        """Look, in each sample, there too: where the network is hottest although nothing is there."""
        self.interests = [replace(seen, hottest=places) for seen, places in zip(self.interests, hottest, strict=True)]

    def save(self) -> None:
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "recipe": self.recipe, "names": [sample.name for sample in self.samples], "epoch": self.epoch,
            "steps": self.steps, "hardness": self.hardness, "hottest": [seen.hottest for seen in self.interests],
            "network": self.network.state_dict(),
            "smooth": self.smooth.state_dict(), "optimiser": self.optimiser.state_dict(),
        }  # fmt: skip
        part = self.checkpoint.with_suffix(".part")
        torch.save(state, part)
        part.rename(self.checkpoint)


def fit(run: Run, after_epoch: Callable[[Run, float], None]) -> Damage:
    """The smoothed network after the last epoch, in evaluation mode."""
    run.resume()
    while run.epoch < run.recipe.epochs:
        mean = _epoch(run)
        run.epoch += 1
        if run.epoch in {int(share * run.recipe.epochs) for share in MINED_AFTER}:
            run.seek(mined(run))
        run.save()
        after_epoch(run, mean)
    return run.smooth.eval()


def _epoch(run: Run) -> float:
    torch.manual_seed(run.recipe.seed * 1000 + run.epoch)
    run.network.train()
    picks = picks_of(run)
    total = len(picks) // run.recipe.batch * run.recipe.epochs
    losses = []
    for batch in batches(run.samples, picks, run.recipe.batch, run.recipe.workers, run.prints):
        for group in run.optimiser.param_groups:
            group["lr"] = run.recipe.rate * _pace(run.steps / total)
        losses.append(_step(run, batch))
    return float(np.mean(losses))


def _step(run: Run, batch: Batch) -> float:
    shots = batch.shots
    mean, seen = loss(run.network(shots, batch.maps), batch.heat, batch.image, batch.decoy)
    run.optimiser.zero_grad(set_to_none=True)
    mean.backward()
    nn.utils.clip_grad_norm_(run.network.parameters(), 5.0)
    run.optimiser.step()
    run.steps += 1
    run.hardness[batch.indices.numpy()] = seen.numpy()
    _follow(run.smooth, run.network, min(run.recipe.average, run.steps / (run.steps + 20)))
    return float(mean.detach())


def picks_of(run: Run) -> list[Pick]:
    """Every sample once, the hardest twice, in another order, variant and kit each epoch."""
    rng = np.random.default_rng([run.recipe.seed, run.epoch])
    count = len(run.samples)
    again = np.argsort(-run.hardness)[: int(count * run.recipe.again * (run.epoch > 0))]
    places = rng.permutation(np.concatenate((np.arange(count), again)))
    numbers = rng.integers(run.recipe.variants, size=len(places))
    kits = rng.choice(len(KITS), len(places), p=SHARES)
    picks = [
        Pick(
            int(place), int(number), KITS[kit], window(run.interests[place], run.samples[place].name, int(number), rng)
        )
        for place, number, kit in zip(places, numbers, kits, strict=True)
    ]
    return picks[: len(picks) // run.recipe.batch * run.recipe.batch]


def _pace(done: float) -> float:
    """Of the full rate: a short rise, level until LEVEL, then half a cosine down."""
    falling = max(0.0, min(1.0, (done - LEVEL) / (1 - LEVEL)))
    return min(1.0, done / 0.02 + 0.05) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * falling)))


def _follow(smooth: nn.Module, network: nn.Module, keep: float) -> None:
    with torch.no_grad():
        for mine, new in zip(smooth.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(new, 1 - keep)
            else:
                mine.copy_(new)


def _grouped(network: nn.Module, decay: float) -> list[dict[str, object]]:
    """No decay for biases, norms and the depths of the pooling."""
    heavy = [parameter for parameter in network.parameters() if parameter.ndim == 4]
    light = [parameter for parameter in network.parameters() if parameter.ndim != 4]
    return [{"params": heavy, "weight_decay": decay}, {"params": light, "weight_decay": 0.0}]


def logits_of(network: Damage, samples: Sequence[Sample], kit: Kit, workers: int) -> NDArray[np.float32]:
    """(N, T + 1) of the image, of the captures as they are."""
    return torch.cat([logits.image for _, logits in _answers(network, samples, kit, workers)]).numpy()


def mined(run: Run) -> list[Places]:
    """For each sample the middles of the HOTTEST cells, if it is pristine; for a damaged one what was known."""
    found = [seen.hottest for seen in run.interests]
    places = [place for place, sample in enumerate(run.samples) if not sample.truth.damaged]
    for batch, logits in _answers(run.smooth, [run.samples[at] for at in places], "all", run.recipe.workers):
        cells = logits.heat[:, -1].flatten(1).topk(HOTTEST).indices.numpy()
        width = logits.heat.shape[-1]
        hot = np.stack((cells // width, cells % width), -1) * HEAT_PX + HEAT_PX // 2
        for at, each in zip(batch.indices.tolist(), hot.astype(np.int16), strict=True):
            found[places[at]] = each
    return found


def _answers(network: Damage, samples: Sequence[Sample], kit: Kit, workers: int) -> Iterator[tuple[Batch, Logits]]:
    network.eval()
    picks = [Pick(place, 0, kit) for place in range(len(samples))]
    with torch.no_grad():
        for batch in batches(samples, picks, 8, workers):
            yield batch, network(batch.shots, batch.maps)
