"""How good the pack is on the validation part, as a page with its worst misses and false alarms."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from booth.evaluation import report
from booth.evaluation.runs import Wish, as_a_booth
from booth.evaluation.scoring import Progress
from booth.scoring.packs.pack import load

EVERY = 50


def page(pack: Path, dataset: Path, folder: Path) -> Path:
    """The page in `folder`; beside it the scores, so that one that was stopped goes on. Raises PackInvalid,
    DatasetUnreadable, NotRanked, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    scores = folder / f"{load(pack).sha256[:12]}.csv"  # of this pack alone
    return report.write(folder, *as_a_booth(Wish(dataset, pack, split="val", scores=scores), _shown))


@contextmanager
def _shown(what: str) -> Iterator[Progress]:
    def told(done: int, of: int) -> None:
        if done % EVERY == 0 or done == of:
            print(f"report: {what}, {done} of {of}", flush=True)

    yield told
