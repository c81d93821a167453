"""A process that works for another must not outlive it: a pool's workers would wait for work for ever."""

import os
import threading
from multiprocessing import parent_process
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """From now on this process ends, at once, when the one that started it has ended, however that was killed. Does
    nothing in a process that multiprocessing has not started."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), name="parent", daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
