"""Makes a data set, as many captures at a time as there are cores, and goes on where it was stopped."""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from fakes.dataset import coco
from fakes.dataset.capture import Job
from fakes.dataset.capture import make as make_one
from fakes.dataset.plan import DatasetPlan
from fakes.dataset.split import HELD_OUT, of_product, parted, wholly
from fakes.orphans import end_with_parent
from fakes.props import FAMILIES, Chosen, Drawn, drawn
from fakes.stage import Studio
from fakes.streams import stream

SEEDS = 1_000_000
"""Captures that one seed is good for."""
AHEAD = 2
LOOKS_EVERY_S = 0.5

Progress = Callable[[int, int], None]
"""Is told how many captures there are, and how many there will be."""


def make(plan: DatasetPlan, folder: Path, processes: int, progress: Progress) -> dict[str, Any]:
    """The data set in `folder`; returns its manifest, which is written as manifest.json when all is there.

    Captures that are there already stay as they are. Raises DatasetUnfit, NoGraphics, OSError.
    """
    plan.claim(folder)
    captures = folder / "captures"
    captures.mkdir(exist_ok=True)
    wanted = list(jobs(plan))
    missing = [job for job in wanted if not (captures / job.name).exists()]
    progress(len(wanted) - len(missing), len(wanted))
    try:
        for done in _made(missing, plan, captures, processes):
            progress(len(wanted) - len(missing) + done, len(wanted))
        return _manifest(plan, folder, [captures / job.name for job in wanted])
    except OSError as error:  # of a worker, or of a write: seldom does it say which file it was
        raise OSError(error.errno, f"{error.strerror}; run it again to go on", str(folder)) from error


def jobs(plan: DatasetPlan) -> Iterator[Job]:
    """Every capture of the plan, references first."""
    for family, kind in FAMILIES.items():
        for number in range(kind.products if plan.references else 0):
            part = of_product(family, number)
            for pose in range(plan.references if plan.split in (None, part) else 0):
                seed = int(stream(plan.seed, "reference", family, number, pose).integers(1 << 31))
                alone = Drawn(seed, "one", (Chosen(family, number),))
                yield Job(f"reference-{family}-{number:02d}-{pose}", alone, part)
    yield from islice(_by_lot(plan), plan.captures)


def _by_lot(plan: DatasetPlan) -> Iterator[Job]:
    """As many as one seed is good for."""
    for number in range(SEEDS):
        wanted = drawn(plan.seed * SEEDS + number, share=plan.damaged, products=plan.products)
        if plan.split is None:
            yield Job(f"{number:06d}", *parted(wanted))
        elif wholly(wanted, plan.split):
            yield Job(f"{number:06d}", wanted, plan.split)


def _made(missing: list[Job], plan: DatasetPlan, folder: Path, processes: int) -> Iterator[int]:
    """How many are done, again and again. No more than a few are asked for ahead, so that Ctrl-C is heard."""
    if not missing:
        return
    waiting: set[Future[None]] = set()
    done, queue = 0, iter(missing)
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin) as pool:
        try:
            while True:
                while len(waiting) < processes * AHEAD and (job := next(queue, None)):
                    waiting.add(pool.submit(_make_here, job, plan, folder))
                if not waiting:
                    return
                ended, waiting = wait(waiting, LOOKS_EVERY_S, FIRST_COMPLETED)
                for future in ended:
                    future.result()
                    done += 1
                yield done
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin() -> None:
    """Each worker has a core of its own: the software GPU and OpenCV shall not start threads beside it."""
    end_with_parent()
    os.environ["LP_NUM_THREADS"] = "0"
    import cv2

    cv2.setNumThreads(1)


_studio: list[Studio] = []
"""Of this worker, once it has one."""


def _make_here(job: Job, plan: DatasetPlan, folder: Path) -> None:
    if not _studio:
        _studio.append(Studio())
    try:
        make_one(job, plan, _studio[0], folder)
    except Exception as error:
        error.add_note(f"capture {job.name} of seed {plan.seed}: {job.wanted}")
        raise


def _manifest(plan: DatasetPlan, folder: Path, captures: list[Path]) -> dict[str, Any]:
    images = coco.write(folder, captures)
    digest = hashlib.sha256()
    for capture in captures:
        for file in sorted(capture.iterdir()):
            digest.update(f"{capture.name}/{file.name}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    found = {
        "simulated": True, "captures": len(captures), "images": images, "seed": plan.seed, "views": list(plan.views),
        "shots": list(plan.shots), **plan.chosen, "held_out_families": list(HELD_OUT), "sha256": digest.hexdigest(),
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found
