"""What stands where in the simulated booth, by name."""

PLACES = ("entry", "pregate", "confirm", "bypass", "bin")
"""Where there is a sensor; `bypass` is the key-switch, `bin` says that the bin of diverted trays is full."""

CAMERAS = ("left", "right")
LAMPS = ("ring", "left", "right", "front", "back")
