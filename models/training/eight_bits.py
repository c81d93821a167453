"""Tries a pack's network in 8 bits, and says whether it is worth having: the last step of `make train`, or

    .venv-train/bin/python models/training/eight_bits.py models/NAME [--tell]

writes build/training/eight-bits/NAME.json, and beside it NAME-int8, a pack that loads. `--tell` writes what was found
into the pack's own card and metrics. What was scored already is not scored again.
"""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]  # a folder of scripts beside the packages, not one of them

import numpy as np  # noqa: E402
from eight_bits_card import tell  # noqa: E402
from eight_bits_figures import MAY_FALL, TIME_AT_MOST, Change, Floats, against, changes, too_slow  # noqa: E402

from booth.evaluation.framing import framing_for  # noqa: E402
from booth.evaluation.kept import Kept, Row  # noqa: E402
from booth.evaluation.reading import read  # noqa: E402
from booth.evaluation.scoring import judge_of, rows, scorer_of, with_lanes  # noqa: E402
from booth.evaluation.trays import DataSet, Tray  # noqa: E402
from booth.geometry.views import View  # noqa: E402
from booth.scoring.network import Network, Outputs  # noqa: E402
from booth.scoring.packs.manifest import Manifest  # noqa: E402
from booth.scoring.packs.pack import MANIFEST, Pack, golden_view, load  # noqa: E402
from booth.scoring.packs.session import Session  # noqa: E402
from drivers.clock import SystemClock  # noqa: E402
from drivers.units import as_ms, between  # noqa: E402

CALIBRATED_ON, TIMED, WARM = 96, 60, 3
APPEARANCE, FUSED = "appearance", "all_lanes"
ABOVE = """# {name}-int8: the network of {name} in 8 bits

Every figure below is of {name}, in 32 bits; those of this one stand beside it, as far as they were taken.

"""


@dataclass(frozen=True, slots=True)
class Effort:
    """`calibrated_on`: training captures. `lanes`: those to score by, none for all of the pack. `first`: so many
    validation trays alone."""

    calibrated_on: int = CALIBRATED_ON
    lanes: tuple[str, ...] = ()
    first: int | None = None


def main() -> None:
    options = _options()
    effort = Effort(options.captures, tuple(options.lanes), options.first)
    found = tried(options.pack, options.data, options.work, effort)
    print(json.dumps(found, indent=2))
    if options.tell:
        tell(options.pack, found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Try a pack's network in 8 bits.")
    parser.add_argument("pack", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "data", help="holds train and val")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "training" / "eight-bits")
    parser.add_argument("--captures", type=int, default=CALIBRATED_ON, help="of the training part, for the ranges")
    parser.add_argument("--lanes", nargs="*", default=(), help="score by these alone")
    parser.add_argument("--first", type=int, help="score so many validation trays, the first by name")
    parser.add_argument("--tell", action="store_true", help="write it into the pack's card and metrics")
    return parser.parse_args()


def tried(folder: Path, data: Path, work: Path, effort: Effort = Effort()) -> dict[str, Any]:
    """What is written to work/NAME.json. Raises PackInvalid, DatasetUnreadable, NotRanked."""
    work.mkdir(parents=True, exist_ok=True)
    fp32 = load(folder)
    int8 = load(variant(fp32, data / "train", work, effort.calibrated_on))
    val = read(data / "val", "val")
    trays = val.trays[: effort.first]
    scored = [_scored(with_lanes(pack, effort.lanes), val, trays, work) for pack in (fp32, int8)]
    figures = {APPEARANCE: _changes(trays, [_of(APPEARANCE, one) for one in scored])}
    if len(with_lanes(fp32, effort.lanes).manifest.lanes.brought) > 1:
        figures[FUSED] = _changes(trays, [_of(None, one) for one in scored])
    found = told(fp32, int8, trays, figures, _times(fp32, int8, trays[: TIMED + WARM]), effort)
    (work / f"{fp32.name}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return found


def told(
    fp32: Pack,
    int8: Pack,
    trays: Sequence[Tray],
    figures: dict[str, dict[str, Change]],
    time: dict[str, float],
    effort: Effort,
) -> dict[str, Any]:
    because = [one for lanes, changed in figures.items() for one in against(lanes, changed)]
    because += too_slow(time["ratio_p50"])
    return {
        "pack": fp32.name,
        "model_sha256": fp32.manifest.files[_model(fp32).name],
        "calibrated_on": effort.calibrated_on,
        "trays": len(trays),
        "pristine": sum(not tray.truth.damaged for tray in trays),
        "figures": {lanes: {name: one.told() for name, one in changed.items()} for lanes, changed in figures.items()},
        "model_mb": {"fp32": _model(fp32).stat().st_size / 1e6, "int8": _model(int8).stat().st_size / 1e6},
        "time": time,
        "rule": {"may_fall": dict(MAY_FALL), "time_at_most": TIME_AT_MOST},
        "shipped": "fp32" if because else "int8",
        "because": because,
    }


def variant(pack: Pack, train: Path, work: Path, captures: int) -> Path:
    """The pack with its network in 8 bits, in `work`, made anew if it is of another network or other captures."""
    wanted = {"of": pack.sha256, "captures": captures}
    into, mark = work / f"{pack.name}-int8", work / f"{pack.name}-int8.of.json"
    if mark.is_file() and json.loads(mark.read_text()) == wanted:
        return into
    from eight_bits_graph import quantised  # onnx: not wanted by who reads the figures alone

    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(pack.folder, into)
    model = into / _model(pack).name
    quantised(_model(pack), model, _feeds(pack, train, captures))
    _restate(into, model)
    mark.write_text(json.dumps(wanted))
    return into


def _feeds(pack: Pack, train: Path, captures: int) -> Iterator[dict[str, Any]]:
    """What the graph is fed for captures spread over the training part, as a booth would feed it."""
    assert pack.network is not None
    trays = read(train, "train").trays
    framing = framing_for(pack.manifest.view)
    for number in np.linspace(0, len(trays) - 1, min(captures, len(trays))).astype(int):
        for view in trays[number].views(framing):
            yield pack.network.feeds(view)


def _restate(folder: Path, model: Path) -> None:
    """Its card and manifest after the network was replaced: hashes and golden, and nothing that was measured of the
    other."""
    about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    card = folder / about["card"]
    card.write_text(ABOVE.format(name=about["name"]) + card.read_text(encoding="utf-8"), encoding="utf-8")
    about |= {"name": folder.name, "thresholds": [], "metrics": {}}
    about["files"] |= {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in (model, card)}
    about["golden"]["tolerance_reason"] = f"of the same in 32 bits: {about['golden']['tolerance_reason']}"
    about["golden"].pop("exact", None)
    (folder / MANIFEST).write_text(json.dumps(about), encoding="utf-8")
    answers = _golden_answers(folder, model)
    for name, one in about["golden"]["outputs"].items():
        start = one.get("starts_at", 0)
        numbers = answers[name].reshape(-1)[start : start + len(one["starts_with"])]
        one["starts_with"] = [round(float(number), 6) for number in numbers]
    (folder / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _golden_answers(folder: Path, model: Path) -> Outputs:
    about = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    view = golden_view(folder)
    assert about.lanes.appearance is not None
    assert view is not None
    return Network(Session(model.read_bytes()), about.lanes.appearance, about.view).of(view)


def _model(pack: Pack) -> Path:
    assert pack.manifest.lanes.appearance is not None
    return pack.folder / pack.manifest.lanes.appearance.model


def _scored(pack: Pack, val: DataSet, trays: Sequence[Tray], work: Path) -> list[Row]:
    lanes = "+".join(pack.manifest.lanes.brought)
    kept = Kept(work / f"{pack.name}-{pack.sha256[:12]}-{lanes}.csv", f"{pack.name} {pack.sha256} {lanes}")
    return rows(trays, judge_of(scorer_of(pack, val.gallery), pack), kept, _progress(pack.name))


def _progress(name: str) -> Any:
    def told(done: int, of: int) -> None:
        if done % 100 == 0 or done == of:
            print(f"{name}: scored {done} of {of}", file=sys.stderr, flush=True)

    return told


def _of(lane: str | None, scored: Sequence[Row]) -> Floats:
    """The scores of a lane, of all together for None. Of a tray that could not be scored the worst."""
    return np.array([row.score if lane is None else row.lanes.get(lane, row.score) for row in scored])


def _changes(trays: Sequence[Tray], both: Sequence[Floats]) -> dict[str, Change]:
    return changes([tray.truth for tray in trays], both[0], both[1])


def _times(fp32: Pack, int8: Pack, trays: Sequence[Tray]) -> dict[str, float]:
    """Milliseconds of one view on one core, both by turns, so that what slows the machine down slows both."""
    found: dict[str, list[float]] = {"fp32": [], "int8": []}
    packs = [("fp32", fp32), ("int8", int8)]
    for tray in trays:
        view = tray.views(framing_for(fp32.manifest.view))[0]
        for name, pack in packs:
            found[name].append(_milliseconds(pack, view))
        packs.reverse()
    shares = {
        f"{name}_{of}": float(np.quantile(each[WARM:], share))
        for name, each in found.items()
        for of, share in (("p50_ms", 0.5), ("p99_ms", 0.99))
    }
    return {**shares, "ratio_p50": shares["int8_p50_ms"] / shares["fp32_p50_ms"]}


def _milliseconds(pack: Pack, view: View) -> float:
    assert pack.network is not None
    feeds, outputs = pack.network.feeds(view), tuple(pack.network.form.given.values())
    clock = SystemClock()
    begun = clock.now()
    pack.network.session.run(feeds, outputs)
    return as_ms(between(begun, clock.now()))


if __name__ == "__main__":
    main()
