"""The cameras that a booth can have, one block for each driver."""

from typing import Annotated, Literal

from pydantic import Field

from booth.settings.nouns import Frozen, Located


class SimulatedCamera(Frozen):
    """A camera of the simulated booth."""

    driver: Literal["simulated"]
    view: Literal["left", "right"]


class RecordedCamera(Frozen):
    """A camera that plays the captures of a recorded session, one per trigger."""

    driver: Literal["recorded"]
    session: Located
    """Folder with session.yaml."""
    camera: str
    """Its name in that session."""


class SdkCamera(Frozen):
    """What every camera has that is driven by a vendor's library."""

    process: Literal["own", "booth"] = "own"
    """own: the vendor's library runs in a process of its own, which can hang, crash and be killed alone. booth: in the
    controller's."""


Camera = Annotated[SimulatedCamera | RecordedCamera, Field(discriminator="driver")]

NOT_LIVE = frozenset({"simulated", "recorded"})
"""Drivers whose pictures are not of the tray that is under the camera: for a booth with a `world:` alone."""
