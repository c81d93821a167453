"""Whether scenes can be drawn here."""

import pytest

from fakes.stage import NoGraphics, gl


def drawable() -> bool:
    try:
        gl.context().release()
    except NoGraphics:
        return False
    return True


needs_gl = pytest.mark.skipif(not drawable(), reason="no software GL here: apt-get install libegl1 libgl1-mesa-dri")
