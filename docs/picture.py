"""Draws docs/pictures/run.svg: a real `booth run` on a pseudo-terminal, as a terminal shows it."""

import io
import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
COLUMNS = 150
REDRAWN = re.compile(rb"\x1b\[[0-9;]*[ABCDGJKhlsu]|\x1b\[\?[0-9]+[hl]")


def shown(arguments: list[str]) -> str:
    """What the command printed on its terminal, less the progress line that it draws over and over."""
    seen: list[bytes] = []

    def read(terminal: int) -> bytes:
        seen.append(os.read(terminal, 4096))
        return seen[-1]

    os.environ.update(COLUMNS=str(COLUMNS), TERM="xterm-256color")
    pty.spawn([str(ROOT / ".venv/bin/booth"), *arguments], read)
    lines = REDRAWN.sub(b"", b"".join(seen)).decode().replace("\r\n", "\n").split("\n")
    # A carriage return begins the progress line anew; what is printed above it follows the last one.
    return "\n".join(line.rsplit("\r", 1)[-1] for line in lines if not re.search(r"[━╸╺]", line.rsplit("\r", 1)[-1]))


if __name__ == "__main__":
    arguments = sys.argv[1:] or ["run", "config/sim.yaml", "--trays", "14"]
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(f"[bold]$ booth {' '.join(arguments)}[/]")
    console.print(Text.from_ansi(shown(arguments)))
    console.save_svg(str(ROOT / "docs/pictures/run.svg"), title="inspection-booth")
