"""What can go wrong in the simulated booth: a table of faults, and plans of when they happen."""

from fakes.faults.planned import FaultPlan, PlannedFault
from fakes.faults.reading import FaultPlanInvalid, read
from fakes.faults.table import TABLE, Amount, FaultRow, Kind

__all__ = ["TABLE", "Amount", "FaultPlan", "FaultPlanInvalid", "FaultRow", "Kind", "PlannedFault", "read"]
