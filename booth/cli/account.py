"""Who gives a command."""

import getpass
import os
from contextlib import suppress


def account() -> str:
    """The name of the person's account: behind sudo, of whoever called it. A container may have no name for its own."""
    with suppress(KeyError, OSError):
        return os.environ.get("SUDO_USER") or getpass.getuser()
    return f"uid {os.getuid()}"
