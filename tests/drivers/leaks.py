"""What a process holds, and what of it has grown."""

import gc
import os
import threading
from pathlib import Path

GROWS_AT_MOST_MB = 6


def held() -> dict[str, int]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "threads": threading.active_count(),
        "tasks": len(os.listdir("/proc/self/task")),  # noqa: PTH208 - the number is what is wanted
        "files": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
        "mb": pages * os.sysconf("SC_PAGE_SIZE") >> 20,
    }


def leak_of(before: dict[str, int], after_it: dict[str, int]) -> dict[str, int]:
    grown = {key: after_it[key] - before[key] for key in before}
    return {key: by for key, by in grown.items() if by > (GROWS_AT_MOST_MB if key == "mb" else 0)}
