"""What a site wants of its Basler."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from drivers.units import Duration, Millimetres, ms

MICROSECOND = Duration(1_000)
SOFTWARE = "Software"


@dataclass(frozen=True, slots=True)
class Lens:
    """Focal length, and the pitch of the sensor's pixels."""

    focal: Millimetres
    pitch: Millimetres

    @property
    def focal_px(self) -> float:
        return self.focal / self.pitch


@dataclass(frozen=True, slots=True)
class Wanted:
    """`size_px` None: all of the sensor. `strobe_line`: the output that is on while the sensor is exposed. `readout`
    None: as the camera says of itself."""

    lens: Lens
    source: str = SOFTWARE
    activation: str = "RisingEdge"
    delay: Duration = Duration(0)
    gain: float = 0.0
    pixel_format: str = "BGR8"
    size_px: tuple[int, int] | None = None
    strobe_line: str | None = None
    readout: Duration | None = None


def read_wanted(options: Mapping[str, Any]) -> Wanted:
    """From a settings block; a key that is not there keeps its default."""
    trigger, size, readout = options.get("trigger", {}), options.get("size_px"), options.get("readout_ms")
    return Wanted(
        lens=Lens(Millimetres(options["lens_mm"]), Millimetres(options["pixel_um"] / 1000)),
        source=trigger.get("TriggerSource", SOFTWARE),
        activation=trigger.get("TriggerActivation", "RisingEdge"),
        delay=Duration(round(trigger.get("TriggerDelay_us", 0) * MICROSECOND)),
        gain=float(options.get("gain_db", 0.0)),
        pixel_format=options.get("pixel_format", "BGR8"),
        size_px=None if size is None else (int(size[0]), int(size[1])),
        strobe_line=options.get("strobe_line"),
        readout=None if readout is None else ms(readout),
    )
