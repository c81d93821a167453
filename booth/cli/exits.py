"""What exit codes mean, and which error of the product leads to which. Light: the line keeper uses it too."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn


class Exit(IntEnum):
    """What the exit code of every `booth` command means."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    CONFIG_INVALID = 3
    DEVICE_MISSING = 4
    DEVICE_BUSY = 5
    CHECK_FAILED = 6
    MODEL_INVALID = 7
    STORAGE = 8
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.INTERNAL: "a mistake of ours; please report what was printed",
    Exit.USAGE: "the command line was not understood",
    Exit.CONFIG_INVALID: "the settings or a calibration cannot be used",
    Exit.DEVICE_MISSING: "a device or a system package is missing",
    Exit.DEVICE_BUSY: "another process holds the device",
    Exit.CHECK_FAILED: "a check ran and failed its limit",
    Exit.MODEL_INVALID: "a model pack or a gallery cannot be used",
    Exit.STORAGE: "the disk is full, or the records are damaged",
    Exit.INTERRUPTED: "interrupted (not `booth run`, which parks and ends with 0)",
}


class Failed(Exception):
    """Ends a command with `code`. `says` is for people, one line a problem, each with its next step."""

    def __init__(self, code: Exit, name: str, says: str) -> None:
        super().__init__(says)
        self.code, self.name, self.says = code, name, says


def reader_gone() -> NoReturn:
    """To be called when stdout is a broken pipe, as after `| head`. Raises Failed; what is still in the buffer goes
    nowhere, so that Python does not stumble over it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise Failed(Exit.INTERRUPTED, "reader-gone", "nobody reads the output any more: stopped, as by Ctrl-C")


@contextmanager
def exit_codes() -> Iterator[None]:
    """Errors that the product raises become Failed with their exit code; anything else is our mistake."""
    try:
        yield
    except Failed:
        raise
    except KeyboardInterrupt as error:
        raise Failed(Exit.INTERRUPTED, "interrupted", "interrupted; everything was put back") from error
    except Exception as error:
        if row := _row_of(error):
            raise Failed(row[0], row[1], str(error)) from error
        if isinstance(error, OSError):
            missing = isinstance(error, FileNotFoundError)
            do = "make the folder, or correct the path" if missing else "free space there, or correct its rights"
            says = f"{error.filename or 'state_dir'}: {error.strerror}; {do}"
            raise Failed(Exit.STORAGE, "storage-failed", says) from error
        raise


def _row_of(error: Exception) -> tuple[Exit, str] | None:
    """By name of class, so that this module need not import what defines them."""
    for kind in type(error).__mro__:
        if row := ERRORS.get(kind.__name__):
            return row
    return None


ERRORS: dict[str, tuple[Exit, str]] = {
    "SettingsInvalid": (Exit.CONFIG_INVALID, "config-invalid"),
    "PlanInvalid": (Exit.CONFIG_INVALID, "config-invalid"),
    "FaultPlanInvalid": (Exit.CONFIG_INVALID, "config-invalid"),
    "DatasetUnfit": (Exit.USAGE, "dataset-unfit"),
    "DatasetUnreadable": (Exit.USAGE, "dataset-unreadable"),
    "NotRanked": (Exit.USAGE, "not-ranked"),
    "LanesUnknown": (Exit.USAGE, "lanes-unknown"),
    "RenderUnfit": (Exit.USAGE, "render-unfit"),
    "NoGraphics": (Exit.DEVICE_MISSING, "no-graphics"),
    "CalibrationInvalid": (Exit.CONFIG_INVALID, "calibration-invalid"),
    "DeviceBusy": (Exit.DEVICE_BUSY, "device-busy"),
    "DeviceError": (Exit.DEVICE_MISSING, "device-missing"),
    "LinkLost": (Exit.DEVICE_MISSING, "link-lost"),
    "PackInvalid": (Exit.MODEL_INVALID, "model-invalid"),
    "GalleryInvalid": (Exit.MODEL_INVALID, "gallery-invalid"),
    "StorageFailed": (Exit.STORAGE, "storage-failed"),
    "LedgerInvalid": (Exit.STORAGE, "ledger-invalid"),
}
