"""The command line of the training, and how a pack says that it was made."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "build" / "training"


@dataclass(frozen=True, slots=True)
class Asked:
    """`into`: the pack's folder. `data`: holds train and val. `work`: what is kept between runs. `first`: so many
    captures of each training set alone."""

    into: Path
    data: Path
    work: Path
    first: int | None
    workers: int
    quick: bool
    eight_bits: bool

    @property
    def command(self) -> str:
        """What makes the same network again."""
        told = [*(["--quick"] if self.quick else []), *([f"--first {self.first}"] if self.first is not None else [])]
        return f'make train TRAIN_ARGS="{" ".join(told)}"' if told else "make train"


def asked(words: Sequence[str] | None = None) -> Asked:
    """None: of this process. A quick run keeps away from the pack that is shipped, and from what a whole run kept."""
    told = _parser().parse_args(words)
    work = told.work or (WORK / "quick" if told.quick else WORK)
    into = told.into or (work / "damage-quick" if told.quick else ROOT / "models" / "damage-sim1")
    return Asked(into, told.data, work, told.first, told.workers, told.quick, told.eight_bits)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Make a model pack again, from seeds.")
    parser.add_argument("--into", type=Path, help="the pack; else models/damage-sim1, of --quick beside its work")
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "data", help="holds train and val")
    parser.add_argument("--work", type=Path, help="what is kept between runs; else build/training, or quick in it")
    parser.add_argument("--first", type=int, help="train on the first so many of each set, and render no more")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--quick", action="store_true", help="a pack that knows nothing, of the data that is there")
    parser.add_argument(
        "--eight-bits", action=argparse.BooleanOptionalAction, default=True, help="try them, as the last"
    )
    return parser
