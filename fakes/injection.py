"""Faults by name: armed for later, taken when their moment comes."""

from dataclasses import replace

from fakes.plan import FaultName, PlannedFault, WorldPlan


class Injection:
    """What is still to go wrong."""

    def __init__(self, plan: WorldPlan) -> None:
        self._armed = list(plan.faults)

    def arm(self, fault: PlannedFault) -> None:
        self._armed.append(fault)

    def take(self, name: FaultName, where: str, entered: int) -> PlannedFault | None:
        """One occurrence of the fault, if one is armed for `where` and so many trays have entered."""
        for index, fault in enumerate(self._armed):
            if (fault.name, fault.where) == (name, where) and entered >= fault.after_trays and fault.times > 0:
                self._armed[index] = replace(fault, times=fault.times - 1)
                return fault
        return None
