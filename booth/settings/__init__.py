"""Typed settings: read whole, checked whole, frozen."""

from booth.settings.loading import Problem, SettingsInvalid, load
from booth.settings.model import Settings

__all__ = ["Problem", "Settings", "SettingsInvalid", "load"]
