"""One look, in this process: `python -m drivers.discovery MODULE:FUNCTION DETAIL`. Prints a Look as JSON."""

import json
import os
import sys
from importlib import import_module

from drivers.discovery.found import Detail
from drivers.discovery.machine import Machine


def main(function: str, detail: str) -> None:
    # Vendors' libraries write to stdout as they please: what they say there goes to stderr.
    answer = os.dup(1)
    os.dup2(2, 1)
    module, _, name = function.partition(":")
    look = getattr(import_module(module), name)(Detail(int(detail)), Machine())
    with os.fdopen(answer, "w") as out:
        json.dump(look.packed(), out)
        out.flush()
        # Without the vendors' own farewells, some of which crash.
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
