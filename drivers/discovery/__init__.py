"""What there is on this machine that a booth could use, and what is wrong where there is nothing.

One room for each kind. A look at a kind runs in a process of its own with a deadline: an SDK that hangs, or takes its
process down, costs the look at its own devices.
"""

from drivers.discovery.found import Found, Look, Option, Problem
from drivers.discovery.looking import KINDS, look

__all__ = ["KINDS", "Found", "Look", "Option", "Problem", "look"]
