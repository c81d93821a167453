"""The controller's own state after OPC 40100-1, derived from its trays and its faults. Pure."""

from enum import Enum

from booth.inspection.cycle import State


class ControllerState(Enum):
    """Operational has the four sub-states that are listed after Error; Halted is for a person to leave."""

    PREOPERATIONAL = "Preoperational"
    HALTED = "Halted"
    ERROR = "Error"
    INITIALIZED = "Initialized"
    READY = "Ready"
    SINGLE_EXECUTION = "SingleExecution"
    CONTINUOUS_EXECUTION = "ContinuousExecution"


def controller_state(opened: bool, line: bool, degraded: bool, stopping: bool, trays: list[State]) -> ControllerState:
    """`opened`: the devices are there; `line`: the keeper answers; `degraded`: a fault of that severity stands."""
    if stopping:
        return ControllerState.HALTED
    if not opened:
        return ControllerState.PREOPERATIONAL
    if degraded:
        return ControllerState.ERROR
    if not line:
        return ControllerState.INITIALIZED
    busy = any(state is not State.ENDED for state in trays)
    return ControllerState.CONTINUOUS_EXECUTION if busy else ControllerState.READY
