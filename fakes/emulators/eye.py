"""What a camera of the floor sees, and what goes wrong with its frames, in no vendor's form yet."""

from dataclasses import dataclass

from drivers.frames import Colour, RawDepth
from drivers.units import Duration, Instant, after, ms
from fakes.line.climate import stretched
from fakes.line.floor import Floor


@dataclass(frozen=True, slots=True)
class Trouble:
    """What befalls one frame. `stale`: the frame before comes again as it was; `repeated`: its picture, under a new
    counter. `burnt`: times the light that there is."""

    dropped: bool = False
    stale: bool = False
    repeated: bool = False
    late: Duration = Duration(0)
    burnt: float = 1.0


@dataclass(frozen=True, slots=True)
class Pictures:
    """Of one exposure, as Studio.photograph gives them."""

    colour: Colour | None
    depth: RawDepth | None


class Eye:
    """The camera `name`. May be asked for the next exposure before the last one is done."""

    def __init__(self, floor: Floor, name: str) -> None:
        self._floor, self._name, self._exposures = floor, name, 0

    def trouble(self) -> Trouble:
        """For the frame that begins now: what waits for one, and what stands."""
        faults, name = self._floor.faults, self._name
        late, burnt = faults.take("frame-late", name), faults.take("saturated", name)
        return Trouble(
            dropped=faults.take("frame-dropped", name) is not None,
            stale=faults.take("frame-stale", name) is not None,
            repeated=faults.take("frame-repeated", name) is not None,
            late=ms(late.much) if late else Duration(0),
            burnt=burnt.much if burnt else 1.0,
        )

    async def expose(self, exposure: Duration, gain: float = 1.0) -> Pictures:
        """Expose from now on; returns once that is over and the pictures are made."""
        start = self._floor.catch_up()
        under, index = self._floor.line.at_station(), self._exposures
        travel = self._floor.line.carries(exposure)
        self._exposures += 1
        await self._floor.clock.sleep_until(after(start, exposure))
        lamps = self._floor.lamps.seen(start, after(start, exposure))
        seen = Duration(round(exposure * gain))
        colour, depth = await self._floor.exhibition.photograph(under, self._name, lamps, seen, index, travel)
        return Pictures(colour, None if depth is None else self._warmed(depth, start))

    def _warmed(self, depth: RawDepth, at: Instant) -> RawDepth:
        fault = self._floor.faults.standing("depth-bias", self._name)
        return stretched(depth, fault.much * self._floor.climate.warmer_k(at)) if fault else depth
