"""The composition root: settings in, a running booth out. The only place that may know the simulated booth."""

from booth.assembly.looking import look

__all__ = ["look"]
