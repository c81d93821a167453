"""How much a lamp may be given, and how much a controller gives. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.units import Duration, as_ms

PULSES = ((100.0, 999.0), (200.0, 30.0), (300.0, 10.0), (500.0, 2.0), (999.0, 1.0))
"""Up to this share of a channel's rating (percent): the longest pulse (ms). Gardasoft RT-20 series manual, 7.2."""

CONTINUOUS_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Drive:
    """`rated_ma`: what the lamp takes for ever, by its data sheet. `channel_ma`: the rating that the controller has for
    its channel. `overdrive`: how many times its rating full intensity is; `overdrive_at_most`: how many the lamp's
    data sheet allows for `pulse`, which is None for light that is not pulsed."""

    rated_ma: float
    channel_ma: float
    overdrive: float = 1.0
    overdrive_at_most: float = 1.0
    pulse: Duration | None = None

    def percent(self, intensity: float) -> float:
        """Of the channel's rating."""
        return intensity * self.overdrive * self.rated_ma / self.channel_ma * 100

    def too_much(self, intensity: float = 1.0) -> str | None:
        """Why a lamp or a channel must not be driven so; None if it may."""
        percent = self.percent(intensity)
        asked = intensity * self.overdrive
        if asked > self.overdrive_at_most:
            return (
                f"{asked:g} times the lamp's {self.rated_ma:g} mA, and its data sheet allows "
                f"{self.overdrive_at_most:g} times (overdrive_at_most): lower overdrive"
            )
        if self.pulse is None:
            return self._too_much_for_ever(asked, percent)
        longest = next((span for most, span in PULSES if percent <= most), 0.0)
        if as_ms(self.pulse) > longest:
            return (
                f"{percent:.0f} % of the channel's rating for {as_ms(self.pulse):g} ms, and the controller gives that "
                f"for {longest:g} ms at most: shorten pulse_ms, or lower overdrive"
            )
        return None

    def _too_much_for_ever(self, asked: float, percent: float) -> str | None:
        if asked > 1:
            return f"{asked:g} times the lamp's rated current for ever: set mode: pulsed, or overdrive to 1"
        if percent > CONTINUOUS_PERCENT:
            return (
                f"{percent:.0f} % of the channel's rating of {self.channel_ma:g} mA for ever, and it gives 100 % at "
                "most: set the channel's rating in the controller to the lamp's, and say so in channel_ma"
            )
        return None
