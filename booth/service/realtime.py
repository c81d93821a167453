"""What a process can ask of the kernel so that it is not kept waiting, and which of it this machine gave. Light."""

import ctypes
import gc
import os
from collections.abc import Callable

PRIORITY = 50
"""Above everything that is not real-time, as the interrupt threads of a PREEMPT_RT kernel are."""

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4
"""mlock(2): what is in memory stays there, and so does what comes into it. Without ONFAULT every library would be
pulled in whole, and each thread's stack of 8 MB."""


def claim() -> tuple[str, ...]:
    """Ask for all of it; returns a few words on each, of those that were refused with the reason."""
    return tuple(_asked(name, ask) for name, ask in CLAIMS.items())


def _asked(name: str, ask: Callable[[], None]) -> str:
    try:
        ask()
    except OSError as error:
        return f"no {name} ({error.strerror})"
    return name


def _run_first() -> None:
    """Threads that are started later are not real-time: a slow disk's must not be."""
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))


def _stay_in_memory() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _collect_when_asked() -> None:
    """What is alive now is never looked at again; cycles that come are collected by `tidy` alone."""
    gc.collect()
    gc.freeze()
    gc.disable()


def tidy() -> None:
    """Collect what has come since. To be called when there is time: it takes about a millisecond."""
    gc.collect()


CLAIMS: dict[str, Callable[[], None]] = {
    f"SCHED_FIFO {PRIORITY}": _run_first,
    "locked memory": _stay_in_memory,
    "frozen GC": _collect_when_asked,
}
