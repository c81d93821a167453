"""What is raised where nothing can be drawn."""


class NoGraphics(Exception):
    """There is no GL to draw with; the message names the Debian packages that bring it."""
