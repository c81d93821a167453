"""What the pictures look like to a trained network."""

from booth.geometry.views import View
from booth.scoring.lanes import HeatMap, LaneScore, NotRun, ScoreInvalid
from booth.scoring.network import Outputs
from booth.scoring.packs.manifest import InputName
from booth.scoring.packs.pack import Pack
from booth.scoring.places import hottest
from booth.tray import Reason

NAME = "appearance"
WORDS = {
    "crush": "crushed",
    "dent": "dented",
    "tear": "torn",
    "hole": "pierced",
    "deconstruction": "opened",
    "spillage": "spilt",
    "missing": "incomplete",
    "superficial": "scuffed",
}
"""What an item looks like that has a damage of the type."""


class AppearanceLane:
    """Late fusion: the worst view decides, and the reason says which, what it looks like and where."""

    name = NAME

    def __init__(self, pack: Pack) -> None:
        assert pack.network is not None
        self._network, self._types = pack.network, pack.manifest.damage_types

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        """Raises ScoreInvalid without a view, and for a view or an output that cannot be one."""
        if not views:
            raise ScoreInvalid("no view of the tray")
        if lacking := _lacking(views, self._network.form.needs):
            return NotRun(NAME, lacking)
        found = [self._network.of(view) for view in views]
        scores = [float(outputs["score"]) for outputs in found]
        worst = max(range(len(views)), key=scores.__getitem__)
        reason = Reason("damage-seen", self._says(views[worst].camera, found[worst]))
        heat = tuple(heat for view, outputs in zip(views, found, strict=True) for heat in self._heat(view, outputs))
        return LaneScore(NAME, scores[worst], (reason,), heat, frozenset(view.camera for view in views))

    def _says(self, camera: str, outputs: Outputs) -> str:
        """As "looks torn in left, upper left"; only what the network tells."""
        types, heat = outputs.get("types"), outputs.get("heat")
        if types is None and heat is not None:
            types = heat.max(axis=(1, 2))
        if types is None:
            return f"looks damaged in {camera}"
        likeliest = int(types.argmax())
        kind = self._types[likeliest]
        where = "" if heat is None else f", {hottest(heat[likeliest])}"
        return f"looks {WORDS.get(kind, f'damaged ({kind})')} in {camera}{where}"

    def _heat(self, view: View, outputs: Outputs) -> tuple[HeatMap, ...]:
        if "heat" not in outputs:
            return ()
        return tuple(HeatMap(view.camera, *each) for each in zip(self._types, outputs["heat"], strict=True))


def _lacking(views: tuple[View, ...], needs: tuple[InputName, ...]) -> str | None:
    """What a view lacks of what the network needs."""
    for view in views:
        for name in needs:
            if name == "height" and not view.valid.any():
                return f"{view.camera} has no height"
            if (name == "left" or name == "right") and name not in view.lit:
                return f"{view.camera} has no picture under light from the {name}"
    return None
