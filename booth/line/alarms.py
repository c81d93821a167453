"""When so many trays are diverted that a person should look. Pure."""

from booth.line.layout import Alarms
from booth.tray import End


def remembered(recent: tuple[bool, ...], end: End, alarms: Alarms) -> tuple[bool, ...]:
    """Whether each of the last trays was diverted, oldest first; those that neither passed nor were do not count."""
    if end not in (End.PASSED, End.DIVERTED):
        return recent
    return (*recent, end is End.DIVERTED)[-max(alarms.of, alarms.in_a_row) :]


def standing(recent: tuple[bool, ...], alarms: Alarms) -> dict[str, str]:
    """The alarms that stand after the last trays, by code, each with its detail."""
    found = {}
    row = in_a_row(recent)
    if row >= alarms.in_a_row:
        found["diverts-in-a-row"] = f"{row} trays"
    last = recent[-alarms.of :]
    if len(last) == alarms.of and sum(last) > alarms.share * alarms.of:
        found["diverts-many"] = f"{sum(last)} of the last {alarms.of} trays"
    return found


def in_a_row(recent: tuple[bool, ...]) -> int:
    return next((n for n, diverted in enumerate(reversed(recent)) if not diverted), len(recent))
