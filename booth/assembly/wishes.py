"""What can be asked of a running controller at its desk."""

from collections.abc import Mapping
from typing import Any

from booth.records.sessions import Recorder
from booth.service.desk import Desk, Refused
from drivers.cameras.session_writing import CannotRecord
from drivers.frames import CameraInfo


def grant(desk: Desk, recorder: Recorder, cameras: Mapping[str, CameraInfo]) -> None:
    """`record` with `name` and `captures`, answered with the `folder`; `stop-recording`."""

    def record(asked: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"folder": str(recorder.start(str(asked["name"]), int(asked["captures"]), cameras))}
        except (CannotRecord, KeyError, TypeError, ValueError) as error:
            raise Refused(str(error) if isinstance(error, CannotRecord) else f"not understood: {error!r}") from error

    def stop(_: dict[str, Any]) -> dict[str, Any]:
        recorder.stop()
        return {}

    desk.answer_to("record", record)
    desk.answer_to("stop-recording", stop)
