"""What `booth calibrate` does: look, measure, judge, store. Imported when a command runs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2

from booth.assembly.looking import look
from booth.assembly.simulation import Exhibit
from booth.calibration import intrinsics as lens
from booth.calibration import tray as floor
from booth.calibration.applied import intrinsics_in_use, uncalibrated
from booth.calibration.board import Board
from booth.calibration.figures import Figure, table
from booth.calibration.store import Calibration, Device, Draft, Input, Kind, load_all, picture_hash, save
from booth.cli.manners import Answer, Diagnostic, Exit, Failed
from booth.cli.taking import taken
from booth.geometry.views import Region
from booth.records.store import StorageFailed
from booth.settings import Settings, load
from drivers.cameras.session import captures_of
from drivers.clock import SystemClock
from drivers.frames import CameraInfo, Colour, Frame


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whether to store: `dry` never, `anyway` even when a limit was missed."""

    dry: bool
    anyway: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which pictures of the empty tray, and where in them it is (None: look for it)."""

    frames: int
    capture: str | None
    region: Region | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One camera, measured."""

    draft: Draft
    figures: tuple[Figure, ...]
    picture: Colour

    @property
    def passed(self) -> bool:
        return all(figure.passed for figure in self.figures)


def intrinsics(config: Path, camera: str, views: int, board: Board, keeping: Keeping) -> Answer:
    settings = _settings(config, camera)
    # A world behind recorded cameras draws no pictures, and has no board to show.
    exhibit: Exhibit = "board" if settings.cameras[camera].driver == "simulated" else "empty"
    with _ours(settings, [camera], "intrinsics"):
        info, frames = look(settings, camera, views, exhibit)
    pictures = [frame.colour for frame in frames if frame.colour is not None]
    try:
        measured = lens.measure(pictures, board)
    except lens.BoardNotSeen as error:
        raise Failed(Exit.CHECK_FAILED, "board-not-seen", str(error)) from error
    except ValueError as error:
        raise Failed(Exit.USAGE, "board-impossible", str(error)) from error
    draft = _draft("intrinsics", camera, info, frames, measured.result(), measured.figures)
    finding = Finding(draft, measured.figures, lens.overlay(pictures[0], measured))
    return _answer([finding], settings.calibration, keeping)


def tray(config: Path, camera: str | None, wanted: Wanted, keeping: Keeping) -> Answer:
    """Every camera is measured before anything is stored: a tray is calibrated for all of them or for none."""
    settings = _settings(config, camera)
    cameras = list(settings.cameras) if camera is None else [camera]
    with _ours(settings, cameras, "tray"):
        findings = [_tray(settings, name, wanted) for name in cameras]
    return _answer(findings, settings.calibration, keeping)


@contextmanager
def _ours(settings: Settings, cameras: Sequence[str], what: str) -> Iterator[None]:
    """A service that runs has its cameras and lights; recorded ones nobody has. Raises Failed."""
    live = any(settings.cameras[camera].driver != "recorded" for camera in cameras)
    with taken(settings, "cameras", f"booth calibrate {what}") if live else nullcontext():
        yield


def region_of(text: str) -> Region:
    """From "x,y,width,height". Raises Failed."""
    try:
        x, y, width, height = (int(part) for part in text.split(","))
    except ValueError as error:
        says = f"--region {text}: is not four whole numbers x,y,width,height in px, as in 120,80,400,300"
        raise Failed(Exit.USAGE, "region-unreadable", says) from error
    return Region(x, y, width, height)


def _settings(config: Path, camera: str | None) -> Settings:
    settings = load(config)
    if camera is not None and camera not in settings.cameras:
        says = f"{config}: no camera is called {camera}; there are: {', '.join(settings.cameras)}"
        raise Failed(Exit.USAGE, "camera-unknown", says)
    return settings


def _tray(settings: Settings, camera: str, wanted: Wanted) -> Finding:
    info, frames = _of_the_empty_tray(settings, camera, wanted)
    calibrations = load_all(settings.calibration)
    try:
        measured = floor.measure(frames, uncalibrated(camera, info, calibrations), wanted.region)
    except floor.TrayNotFound as error:
        raise Failed(Exit.CHECK_FAILED, "tray-not-found", str(error)) from error
    result = measured.result() | {"intrinsics": intrinsics_in_use(camera, calibrations)}
    colour = frames[0].colour
    assert colour is not None, "uncalibrated() refuses a camera without colour"
    draft = _draft("tray", camera, info, frames, result, measured.figures)
    return Finding(draft, measured.figures, floor.overlay(colour, measured))


def _of_the_empty_tray(settings: Settings, camera: str, wanted: Wanted) -> tuple[CameraInfo, tuple[Frame, ...]]:
    """Live frames, or those of the named capture of a recorded session."""
    block = settings.cameras[camera]
    if block.driver != "recorded":
        if wanted.capture is not None:
            says = f"--capture {wanted.capture}: camera {camera} is not recorded; leave it out"
            raise Failed(Exit.USAGE, "capture-needless", says)
        return look(settings, camera, wanted.frames, "empty")
    captures = captures_of(block.session)
    if wanted.capture not in captures:
        says = f"name the capture of {block.session} that shows the empty tray: --capture {' | '.join(captures)}"
        raise Failed(Exit.USAGE, "capture-unknown", says)
    info, frames = look(settings, camera, len(captures), "empty")
    return info, tuple(frame for frame in frames if frame.origin["capture"] == wanted.capture)[: wanted.frames]


def _draft(
    kind: Kind,
    camera: str,
    info: CameraInfo,
    frames: Sequence[Frame],
    result: dict[str, Any],
    figures: Sequence[Figure],
) -> Draft:
    assert info.colour is not None, "uncalibrated() and the board both need colour"
    return Draft(
        kind,
        camera,
        Device(info.model, info.serial, info.simulated),
        (info.colour.width_px, info.colour.height_px),
        SystemClock().utc(),
        f"inspection-booth {version('inspection-booth')}",
        tuple(picture for frame in frames for picture in _inputs(frame, depth_too=kind == "tray")),
        result,
        tuple(figure.as_json() for figure in figures),
    )


def _inputs(frame: Frame, depth_too: bool) -> list[Input]:
    name = frame.origin.get("capture", f"frame {frame.sequence}")
    pictures = [("colour", frame.colour), ("depth", frame.depth if depth_too else None)]
    return [Input(f"{name} {kind}", picture_hash(picture)) for kind, picture in pictures if picture is not None]


def _answer(findings: Sequence[Finding], folder: Path, keeping: Keeping) -> Answer:
    passed = all(finding.passed for finding in findings)
    storing = not keeping.dry and (passed or keeping.anyway)
    stored = [_stored(folder, finding) if storing else None for finding in findings]
    texts = [_text(finding, file) for finding, file in zip(findings, stored, strict=True)]
    if not storing:
        texts.append("nothing was stored" + ("" if passed else "; mend what failed and try again, or give --keep"))
    diagnostics = tuple(_missed(finding, figure) for finding in findings for figure in finding.figures
                        if not figure.passed)  # fmt: skip
    rows = [_row(finding, file) for finding, file in zip(findings, stored, strict=True)]
    return Answer("\n".join(texts), {"calibrations": rows}, passed, diagnostics)


def _stored(folder: Path, finding: Finding) -> Calibration:
    """The file, and beside it the overlay for a person to look at."""
    file = save(folder, finding.draft)
    _, picture = cv2.imencode(".png", finding.picture)
    try:
        file.path.with_suffix(".png").write_bytes(picture.tobytes())
    except OSError as error:
        says = f"{file.path.with_suffix('.png')}: could not be written ({error.strerror}); the calibration was stored"
        raise StorageFailed(says) from error
    return file


def _text(finding: Finding, file: Calibration | None) -> str:
    draft = finding.draft
    lines = [f"{draft.kind} of camera {draft.camera} ({draft.device.model} {draft.device.serial})"]
    lines.append(table(finding.figures))
    if file is not None:
        lines.append(f"stored as {file.path}; look at {file.path.with_suffix('.png').name} beside it")
    return "\n".join(lines)


def _missed(finding: Finding, figure: Figure) -> Diagnostic:
    says = f"camera {finding.draft.camera}: {figure.name} is {figure.value:.4g} {figure.unit} ({figure.limit()})"
    return Diagnostic("limit-missed", "error", f"{says}. {figure.hint}")


def _row(finding: Finding, file: Calibration | None) -> dict[str, Any]:
    draft = finding.draft
    return {
        "kind": draft.kind,
        "camera": draft.camera,
        "passed": finding.passed,
        "stored": None if file is None else str(file.path),
        "sha256": None if file is None else file.sha256,
        "result": draft.result,
        "figures": [figure.as_json() for figure in finding.figures],
    }
