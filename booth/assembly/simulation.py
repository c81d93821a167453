"""What the settings mean to the simulated booth."""

from typing import Literal

from booth.settings import Settings
from booth.settings.model import RecordedCamera

Exhibit = Literal["trays", "empty", "board"]


def pictures_are_simulated(settings: Settings) -> bool:
    """False for a simulated line that triggers recorded cameras: the world's truth is not about those pictures."""
    return all(camera.driver == "simulated" for camera in settings.cameras.values())


def captures(settings: Settings) -> int | None:
    """How many trays the recorded sessions have pictures for; None without a recorded camera."""
    from drivers.cameras.recorded import captures_of

    sessions = {camera.session for camera in settings.cameras.values() if isinstance(camera, RecordedCamera)}
    return min((len(captures_of(session)) for session in sessions), default=None)
