"""The software GL that everything here is drawn with."""

from importlib import import_module
from typing import Any

from fakes.graphics import NoGraphics


def context() -> Any:
    """A new GL context (moderngl.Context) without a window. Raises NoGraphics. Release it after use."""
    try:
        made = import_module("moderngl").create_context(standalone=True, backend="egl", require=330)
    except Exception as error:  # moderngl raises bare Exceptions, and OSError where libEGL is missing
        raise NoGraphics(
            f"No OpenGL to draw the simulated booth with ({error}). Install it: apt-get install libegl1 "
            "libgl1-mesa-dri and pip install 'inspection-booth[sim]'; shipped scenes work without: `world.pictures: "
            "shipped` in the settings, `booth simulate render --what shipped`."
        ) from error
    return made
