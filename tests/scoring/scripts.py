"""The scripts that make a pack lie beside the packages, and are loaded by path."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

SCRIPTS = Path(__file__).parents[2] / "models" / "training"


def script(name: str) -> ModuleType:
    """It finds the others beside it while it is loaded, and nothing finds them afterwards."""
    sys.path.insert(0, str(SCRIPTS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SCRIPTS))
