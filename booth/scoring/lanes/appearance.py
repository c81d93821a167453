"""What the pictures look like to a trained network."""

from booth.geometry.views import View
from booth.scoring.lanes import LaneScore, NotRun, ScoreInvalid
from booth.scoring.manifest import InputName
from booth.scoring.network import Network
from booth.scoring.pack import Pack
from booth.tray import Reason

NAME = "appearance"


class AppearanceLane:
    """The worst view decides, and the reason names its camera."""

    name = NAME

    def __init__(self, pack: Pack) -> None:
        assert pack.network is not None
        self._network: Network = pack.network

    def score(self, views: tuple[View, ...]) -> LaneScore | NotRun:
        """Raises ScoreInvalid without a view, and for a view or an output that cannot be one."""
        if not views:
            raise ScoreInvalid("no view of the tray")
        if lacking := _lacking(views, self._network.form.needs):
            return NotRun(NAME, lacking)
        scores = [float(self._network.of(view)["score"]) for view in views]
        worst = max(range(len(views)), key=scores.__getitem__)
        reason = Reason("damage-seen", f"looks damaged in {views[worst].camera}")
        return LaneScore(NAME, scores[worst], (reason,))


def _lacking(views: tuple[View, ...], needs: tuple[InputName, ...]) -> str | None:
    """What a view lacks of what the network needs."""
    for view in views:
        for name in needs:
            if name == "height" and not view.valid.any():
                return f"{view.camera} has no height"
            if (name == "left" or name == "right") and name not in view.lit:
                return f"{view.camera} has no picture under light from the {name}"
    return None
