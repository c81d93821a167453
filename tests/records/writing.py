"""A process that writes to a journal until it is killed, and says what has been committed."""

import sys
from itertools import count
from pathlib import Path

from booth.records.journal import Journal
from booth.records.writers import OnThread
from drivers.units import ms
from tests.records.samples import judged, numbered


def write_for_ever(path: Path) -> None:
    journal = Journal.open(path, lambda fault: sys.exit(fault.text()), OnThread("journal", depth=64, gather=ms(1)))
    for number in count():
        journal.put(judged(number))
        if number % 7 == 6 and journal.flush():
            sys.stdout.write(f"{numbered(number)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))
