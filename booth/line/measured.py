"""The line of the settings as the tracker wants it."""

from booth.line.belt import Travel, pace, run, travel
from booth.line.layout import Alarms, Layout
from booth.settings import model
from booth.settings.scanner import Scanner
from drivers.units import Millimetres, MillimetresPerSecond, ms

SAMPLES_MISSED, ANSWERS_WITHIN_MS = 3, 400
"""The encoder is not believed any longer than so many samples and one that is slow."""


def layout(line: model.Line) -> Layout:
    """The line as it was measured."""
    set_speed = pace(MillimetresPerSecond(line.belt_mm_per_s))

    def along(*distances: float) -> Travel:
        return travel(Millimetres(sum(distances)))

    station, pregate = line.entry_to_station_mm, line.entry_to_station_mm + line.station_to_pregate_mm
    return Layout(
        indexed=line.transport == "indexed",
        pace=set_speed,
        length=along(line.tray_length_mm),
        pitch=along(line.min_pitch_mm),
        to_station=along(station),
        to_pregate=along(pregate),
        to_gate=along(pregate, line.pregate_to_gate_mm),
        tolerance=along(line.position_tolerance_mm),
        confirm_within=run(set_speed, ms(line.gate.confirm_within_ms)),
        actuation=ms(line.gate.actuation_ms),
        hold_at_most=ms(line.station_hold_ms),
        verdict_due=ms(line.verdict_due_ms),
        believed=ms(SAMPLES_MISSED * line.encoder_sample_ms + ANSWERS_WITHIN_MS),
        debounces={place: ms(span) for place, span in line.debounce_ms.model_dump().items()},
        alarms=Alarms(line.alarms.diverts_in_a_row, line.alarms.diverted_share, line.alarms.of_the_last),
        label=_label(line.scanner),
    )


def _label(scanner: Scanner | None) -> tuple[Travel, Travel] | None:
    if scanner is None:
        return None
    before, behind = scanner.at_mm - scanner.window_mm, scanner.at_mm + scanner.window_mm
    return travel(Millimetres(before)), travel(Millimetres(behind))
