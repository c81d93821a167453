"""The labels of a data set as COCO has them (cocodataset.org, "Data format"), one file for each part."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fakes.dataset.split import SPLITS
from fakes.props.harm import TYPES

Mask = NDArray[np.bool_]


def write(folder: Path, captures: Iterable[Path]) -> dict[str, int]:
    """`train.coco.json` and so on beside the captures; returns how many images each has."""
    parts: dict[str, list[tuple[Path, dict[str, Any]]]] = {split: [] for split in SPLITS}
    for capture in captures:
        about = json.loads((capture / "capture.json").read_text(encoding="utf-8"))
        parts[about["split"]].append((capture, about))
    counts = {}
    for split, members in parts.items():
        document = labels(folder, members)
        (folder / f"{split}.coco.json").write_text(json.dumps(document) + "\n", encoding="utf-8")
        counts[split] = len(document["images"])
    return counts


def labels(folder: Path, captures: Iterable[tuple[Path, dict[str, Any]]]) -> dict[str, Any]:
    """An image for each view, of its first shot, and an annotation for each damage that this view can see.

    `segmentation` is COCO's run-length code, uncompressed. What is beyond COCO is under `booth`.
    """
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    ids = {name: number for number, name in enumerate(TYPES, 1)}
    for capture, about in captures:
        place = capture.relative_to(folder).as_posix()
        for view, camera in about["cameras"].items():
            images.append(_image(len(images) + 1, place, view, camera, about))
            marks = cv2.imread(str(capture / f"{view}.marks.png"), cv2.IMREAD_UNCHANGED)
            for damage in about["damages"]:
                mask = np.asarray(marks >> damage["bit"] & 1, dtype=np.bool_)
                if mask.any():
                    own = {"id": len(annotations) + 1, "image_id": len(images), "category_id": ids[damage["type"]]}
                    annotations.append({**own, **_area(mask), "booth": {"severity": damage["severity"]}})
    categories = [{"id": number, "name": name, "supercategory": "damage"} for name, number in ids.items()]
    about_all = {"description": "Simulated captures of inspection-booth", "version": "1"}
    return {"info": about_all, "images": images, "annotations": annotations, "categories": categories}


def run_lengths(mask: Mask) -> list[int]:
    """Runs down the columns, the first of zeros."""
    flat = mask.ravel(order="F")
    ends = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], ends, [flat.size]]))
    return [0, *runs.tolist()] if flat.size and flat[0] else runs.tolist()


def _image(number: int, place: str, view: str, camera: dict[str, Any], about: dict[str, Any]) -> dict[str, Any]:
    first = next(iter(about["shots"]))
    files = {light: f"{place}/{view}.{light}.png" for light in about["shots"]}
    kept = ("product", "family", "arrangement", "items", "decoys")
    return {
        "id": number, "file_name": files[first], "width": camera["colour"]["width_px"],
        "height": camera["colour"]["height_px"],
        "booth": {
            "view": view, "shots": files, "depth": f"{place}/{view}.depth.png", **{key: about[key] for key in kept},
        },
    }  # fmt: skip


def _area(mask: Mask) -> dict[str, Any]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    size = [int(columns[-1]) - left + 1, int(rows[-1]) - top + 1]
    code = {"counts": run_lengths(mask), "size": list(mask.shape)}
    return {"bbox": [left, top, *size], "area": int(mask.sum()), "segmentation": code, "iscrowd": 0}
