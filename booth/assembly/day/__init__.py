"""A simulated day: the whole booth in virtual time, everything that can go wrong, and the judgement of its promise."""

from booth.assembly.day.drawn import Beta, Distributions
from booth.assembly.day.promise import Violation
from booth.assembly.day.shifts import Day, DayPlan, simulate

__all__ = ["Beta", "Day", "DayPlan", "Distributions", "Violation", "simulate"]
