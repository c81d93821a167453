"""A look at every kind, each in a process of its own, all at once."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from drivers.discovery.found import Detail, Look, Problem
from drivers.units import Duration, as_seconds, seconds

KINDS: Mapping[str, str] = {
    "realsense": "drivers.discovery.realsense:look",
    "basler": "drivers.discovery.basler:look",
    "uvc": "drivers.discovery.uvc:look",
    "serial": "drivers.discovery.serial_lines:look",
}
"""Kind: the function that looks, called with a Detail and a Machine in the process that is made for it."""

WITHIN = seconds(15)
"""Of one look. pyrealsense2 needs 0.1 s, pylon a second and more where it asks the network."""

SAYS_WHY = 200  # characters of what a process wrote last before it ended badly


def look(detail: Detail, kinds: Mapping[str, str] = KINDS, within: Duration = WITHIN) -> dict[str, Look]:
    """By kind, in the order of `kinds`. Takes no longer than `within`, and raises for no device."""
    with ThreadPoolExecutor(max(1, len(kinds))) as each:
        looks = each.map(lambda kind: _apart(kind, kinds[kind], detail, within), kinds)
        return dict(zip(kinds, looks, strict=True))


def _apart(kind: str, function: str, detail: Detail, within: Duration) -> Look:
    command = [sys.executable, "-m", "drivers.discovery", function, str(int(detail))]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=as_seconds(within), check=False
        )
    except subprocess.TimeoutExpired:
        says = (
            f"{kind}: its SDK did not answer within {as_seconds(within):g} s and was stopped; unplug the camera, "
            "plug it in again, and look once more"
        )
        return Look(problems=(Problem(kind, "look-hung", "error", says),))
    if done.returncode != 0:
        return Look(problems=(Problem(kind, "look-crashed", "error", _ended(kind, done)),))
    return Look.unpacked(json.loads(done.stdout))


def _ended(kind: str, done: subprocess.CompletedProcess[bytes]) -> str:
    said = done.stderr.decode(errors="replace").strip()[-SAYS_WHY:].splitlines()[-1:] or ["nothing was said"]
    how = signal.Signals(-done.returncode).name if done.returncode < 0 else f"exit code {done.returncode}"
    return (
        f"{kind}: the look at it ended with {how} ({said[0]}); unplug the camera, plug it in again, look once more; "
        "if it stays, install another version of the SDK"
    )
