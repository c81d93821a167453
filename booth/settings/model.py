"""The settings as nouns with units. The comments are for the person with the screwdriver."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from booth.settings.belt import LAG_MM, Alarms, Debounce, SampleMs, SimulatedEncoder
from booth.settings.cameras import CLOCKS_MS, NOT_LIVE, Camera, RunsFree
from booth.settings.lights import GardasoftSerialModule, GardasoftTcpModule, Light
from booth.settings.line_io import (
    Actuator,
    Gate,
    Heartbeat,
    LcusModule,
    ModbusEncoder,
    ModbusRtuModule,
    ModbusTcpModule,
    Sensor,
    StackLight,
)
from booth.settings.nouns import Fraction, Frozen, Located, Name, Positive, refuse
from booth.settings.plc import Plc
from booth.settings.scanner import Scanner

REACTION_MS = 40
"""What the line keeper takes as a margin on either side of a gate's move, beside the pre-gate sensor's debounce."""

LINE_DEVICES = ("entry", "pregate", "confirm", "bypass", "gate", "tray_stop", "belt_permit")
ProductName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Module = Annotated[
    ModbusTcpModule | ModbusRtuModule | LcusModule | GardasoftTcpModule | GardasoftSerialModule,
    Field(discriminator="driver"),
]
Encoder = Annotated[SimulatedEncoder | ModbusEncoder, Field(discriminator="driver")]
SUSPENDING = ("bin_full", "low_air", "backed_up")
OPTIONAL_DEVICES = ("encoder", "heartbeat", "stack_light", "scanner", *SUSPENDING)


class Line(Frozen):
    """The conveyor as it was built and measured. Distances are along the belt, of a tray's leading edge."""

    transport: Literal["indexed", "continuous"]
    """Indexed: the tray stop holds the tray while it is looked at."""
    belt_mm_per_s: Positive
    """As measured over the stretch from entry to gate, under load."""
    tray_length_mm: Positive
    min_pitch_mm: Positive
    """Closer than this and the gate cannot part them: both are diverted."""
    entry_to_station_mm: Positive
    station_to_pregate_mm: Positive
    pregate_to_gate_mm: Positive
    position_tolerance_mm: Positive
    """How far from its expected place a tray may be at the pre-gate sensor."""
    verdict_due_ms: Positive
    """After the entry edge."""
    station_hold_ms: Positive
    """The longest a tray is held at the station."""
    entry: Sensor
    """Light barrier at the entry. Every sensor is wired so that a cut cable reads blocked."""
    pregate: Sensor
    confirm: Sensor
    """Sees every tray that arrives in the divert lane."""
    bypass: Sensor
    """The key-switch that holds the gate at pass by wire; on reads as blocked."""
    gate: Gate
    tray_stop: Actuator
    belt_permit: Actuator
    encoder: Encoder | None = None
    """A counter on the belt. Without it trays are followed by time, and a belt that stops loses them."""
    encoder_sample_ms: SampleMs = 20
    heartbeat: Heartbeat | None = None
    """A relay in the belt's start circuit that lets go when the line keeper hangs."""
    stack_light: StackLight | None = None
    scanner: Scanner | None = None
    """Reads each tray's label, for the record; what it names selects references and thresholds of that product."""
    bin_full: Sensor | None = None
    """Suspends the line while it is blocked, as low_air and backed_up do: the belt's permit is withdrawn, and the trays
    wait where they are."""
    low_air: Sensor | None = None
    """Pressure switch of the gate's air; low reads as blocked."""
    backed_up: Sensor | None = None
    """Blocked while the line behind the booth takes no more trays."""
    answers_within_ms: Positive = 200
    """An output that takes longer to acknowledge a command is lost, and the line is held."""
    debounce_ms: Debounce = Debounce()
    alarms: Alarms = Alarms()

    @model_validator(mode="after")
    def trays_that_wait_are_followed_by_an_encoder(self) -> "Line":
        for name in SUSPENDING:
            if getattr(self, name) is not None and self.encoder is None:
                raise refuse(
                    name,
                    "stops the belt with trays on it, and without `encoder:` nobody knows where they stand then; add "
                    "one, or wire this switch into the belt's own circuit",
                )
        return self

    @model_validator(mode="after")
    def the_encoder_is_quick_enough_for_the_belt(self) -> "Line":
        if self.encoder is not None:
            run_mm = self.encoder_sample_ms * self.belt_mm_per_s / 1000
            if run_mm > self.position_tolerance_mm / 2:
                raise refuse(
                    "encoder_sample_ms",
                    f"the belt runs {run_mm:.0f} mm from one reading to the next, more than half of "
                    f"position_tolerance_mm {self.position_tolerance_mm:g}; read it more often",
                )
            lag_mm = self.encoder.latency_ms * self.belt_mm_per_s / 1000
            if lag_mm > LAG_MM:
                raise refuse(
                    "encoder",
                    f"the belt runs {lag_mm:.1f} mm within its latency of {self.encoder.latency_ms:g} ms, more than "
                    f"{LAG_MM:g}; use a hardware counter, or a faster link to it",
                )
        return self

    @model_validator(mode="after")
    def a_label_is_read_on_one_tray(self) -> "Line":
        scanner = self.scanner
        if scanner is None:
            return self
        if not scanner.window_mm <= scanner.at_mm <= self.entry_to_station_mm:
            raise refuse(
                "scanner.at_mm",
                f"{scanner.at_mm:g} is not between window_mm {scanner.window_mm:g} and entry_to_station_mm "
                f"{self.entry_to_station_mm:g}: a label has to be read once its tray has entered, and before its "
                "verdict; move the scanner",
            )
        if 2 * scanner.window_mm >= self.tray_length_mm:
            raise refuse(
                "scanner.window_mm",
                f"{scanner.window_mm:g} to either side is not less than tray_length_mm {self.tray_length_mm:g} in all: "
                "two trays could be in it; measure where labels are read, and narrow it",
            )
        if (run_mm := scanner.latency_ms * self.belt_mm_per_s / 1000) > scanner.window_mm:
            raise refuse(
                "scanner.latency_ms",
                f"the belt runs {run_mm:.0f} mm meanwhile, more than window_mm {scanner.window_mm:g}; "
                "use a scanner that decodes faster, or measure it",
            )
        return self

    @model_validator(mode="after")
    def the_gate_can_part_the_trays(self) -> "Line":
        if self.min_pitch_mm <= self.tray_length_mm:
            raise refuse(
                "min_pitch_mm",
                f"{self.min_pitch_mm:g} is not longer than tray_length_mm {self.tray_length_mm:g}: "
                "trays would touch; raise the pitch at the infeed",
            )
        gap_ms = (self.min_pitch_mm - self.tray_length_mm) / self.belt_mm_per_s * 1000
        if self.transport == "indexed" and self.station_hold_ms >= gap_ms:
            raise refuse(
                "station_hold_ms",
                f"{self.station_hold_ms:g} is not shorter than the {gap_ms:.0f} ms after which the next tray at "
                "min_pitch_mm touches the one that is held; hold it less long, or raise the pitch at the infeed",
            )
        reaction_ms = REACTION_MS + self.debounce_ms.pregate
        reach_ms = self.pregate_to_gate_mm / self.belt_mm_per_s * 1000
        if reach_ms <= self.gate.actuation_ms + reaction_ms:
            raise refuse(
                "gate.actuation_ms",
                f"{self.gate.actuation_ms:g} is longer than the {reach_ms:.0f} ms that a tray needs from the pre-gate "
                f"sensor to the gate, less {reaction_ms:g} to react; slow the belt or move the sensor upstream",
            )
        gap_ms = (self.min_pitch_mm - self.tray_length_mm - self.position_tolerance_mm) / self.belt_mm_per_s * 1000
        if gap_ms <= self.gate.actuation_ms + reaction_ms:
            raise refuse(
                "min_pitch_mm",
                f"{self.min_pitch_mm:g} leaves {gap_ms:.0f} ms between two trays, less position_tolerance_mm; the gate "
                f"needs {self.gate.actuation_ms:g} and {reaction_ms:g} ms to react: raise the pitch, or slow the belt",
            )
        return self


class Shot(Frozen):
    """One lighting pattern and the exposure under it. Every camera is exposed in every shot."""

    lights: dict[Name, Annotated[float, Field(gt=0, le=1)]]
    """Light: intensity of full."""
    exposure_ms: Positive
    side: Literal["left", "right", "front", "back"] | None = None
    """The one side of the belt that all of its lights shine from, seen along its run: what relief is seen by. Nothing:
    from above, or from all around."""


class Threshold(Frozen):
    """Divert at this score and above, for exactly this set of lanes: a tray that others looked at is diverted, too."""

    lanes: tuple[Literal["appearance", "reference", "relief", "geometry"], ...] = Field(min_length=1)
    divert_at: Fraction


class Quality(Frozen):
    """What a picture must be before its score counts."""

    saturated_at_most: Fraction
    dark_at_most: Fraction
    valid_depth_at_least: Fraction
    side_saturated_at_most: Fraction = 0.2
    """Of every shot but the first. Light from one side leaves half of a tall item in shadow."""
    side_dark_at_most: Fraction = 0.8
    contrast_at_least: Fraction = 0.04
    """Between the darkest and the brightest of the picture; less, and there is nothing in it. 0: neither that, nor
    blur, nor missing rows are looked for."""
    blur_px_at_most: Positive = 1.3
    """Of the sharpest edges, on the pixels that are scored. The simulated cameras have up to 1.0."""
    depth_hole_at_most: Fraction = 0.25
    """In one piece, of what is scored of the picture."""

    @property
    def looks_at_detail(self) -> bool:
        return self.contrast_at_least > 0


class Arrangements(Frozen):
    """What becomes of trays that do not hold one item as they should. What is found stands among the reasons; views
    whose pixels are wider than 8 mm on the tray's floor tell nothing."""

    empty: Literal["pass", "divert", "score"] = "score"
    """Nothing on it is high enough for the depth cameras, about 3 mm. Pass: that overrules the score; a flat item
    passes with it."""
    two: Literal["divert", "score"] = "divert"
    overhang: Literal["divert", "score"] = "divert"
    """Over the tray's edge, or cut off by the border of every picture."""
    tray_mm: tuple[Positive, Positive] | None = None
    """Across and down the pictures, around the middle of what is scored. Nothing: nobody looks for an overhang."""


class OfProduct(Frozen):
    """What one product needs of its own."""

    thresholds: tuple[Threshold, ...] = Field(min_length=1)
    """Instead of the recipe's for the same lanes, on trays whose product is told by their plate or by a code that a
    camera reads. On those that only look like it they hold where they are stricter."""


class Recipe(Frozen):
    """What a product family needs."""

    shots: tuple[Shot, ...] = Field(min_length=1)
    pairing_ms: Positive
    """The cameras of one shot start exposing no further apart than this."""
    max_motion_mm: Positive
    """The tray may move this much within one shot."""
    pack: Located
    """Folder with manifest.json. `booth model activate` lets another take its place, until this names another one."""
    pack_signed_by: Located | None = None
    """An Ed25519 public key, a PEM file: a pack without a manifest.sig of that key is refused. Nothing: none is asked
    for."""
    gallery: Located | None = None
    """Folder of reference captures of pristine items, by product: what `booth gallery add` makes."""
    gallery_version: Annotated[int, Field(gt=0)] | None = None
    """An older version of it, by its number. Nothing: the newest when the booth starts."""
    thresholds: tuple[Threshold, ...] = Field(min_length=1)
    products: dict[ProductName, OfProduct] = Field(default_factory=dict)
    """By name in the gallery, or by the number on plate or code."""
    quality: Quality
    arrangements: Arrangements = Arrangements()

    @model_validator(mode="after")
    def a_version_is_of_a_gallery(self) -> "Recipe":
        if self.gallery_version is not None and self.gallery is None:
            raise refuse(
                "gallery_version", f"there is no `gallery:` that it could be version {self.gallery_version} of"
            )
        return self


class Records(Frozen):
    """What is kept, and for how long one commit may gather rows."""

    evidence: Literal["none", "diverted", "all"] = "diverted"
    """Whose pictures are kept."""
    group_commit_ms: Positive = 200
    queue_rows: Annotated[int, Field(gt=0)] = 256


class World(Frozen):
    """The simulated booth. Its presence is what makes a booth a simulated one."""

    seed: Annotated[int, Field(ge=0)]
    pitch_mm: tuple[Positive, Positive]
    """Shortest and longest, drawn evenly."""
    damaged: Fraction
    """Share of damaged items."""
    faults: Located | None = None
    """A plan of what goes wrong; without it nothing does."""
    pictures: Literal["rendered", "staged", "shipped"] = "rendered"
    """rendered: of height fields, quick. staged: of panels by software GL, far more like photographs; a tray takes
    seconds to draw, so let pitch_mm begin at 2500. shipped: the same, but only the few scenes that come with the booth,
    and without GL."""


class Settings(Frozen):
    """One booth, whole. Relative paths were resolved against the folder of the file."""

    name: Name
    state_dir: Located
    """Journal, evidence, ledger."""
    runtime_dir: Located
    """Sockets."""
    calibration: Located
    """Folder of calibration files; the newest of each kind is used."""
    calibration_days: Positive | None = None
    """How long a calibration holds; older than this and every tray is diverted. Without it none grows old."""
    modules: dict[Name, Module] = Field(default_factory=dict)
    """I/O modules and light controllers that devices of the line, or lights, are wired to."""
    line: Line | None = None
    """The conveyor, whose keeper is the booth."""
    plc: Plc | None = None
    """Instead of `line`: a PLC keeps it."""
    cameras: dict[Name, Camera] = Field(min_length=1)
    lights: dict[Name, Light]
    recipe: Recipe
    records: Records = Records()
    world: World | None = None

    @property
    def simulated(self) -> bool:
        return self.world is not None

    @property
    def conveyor(self) -> Line:
        """The line of a booth that keeps one itself. Only where there is no PLC."""
        assert self.line is not None, "the line belongs to a PLC"
        return self.line

    @model_validator(mode="after")
    def the_line_has_one_owner(self) -> "Settings":
        if (self.line is None) == (self.plc is None):
            raise refuse("line", "a booth has either `line:`, which it keeps itself, or `plc:`; name one of them")
        return self

    @model_validator(mode="after")
    def a_simulator_is_asked_for_by_name(self) -> "Settings":
        if self.world is None and (named := self._not_live()):
            raise refuse(
                named[0],
                f"a simulated or recorded device on a booth without a `world:` section ({', '.join(named)}); "
                "name the real drivers, or add `world:` if this is a simulation",
            )
        return self

    @model_validator(mode="after")
    def every_shot_names_lights_that_exist(self) -> "Settings":
        named = {light for shot in self.recipe.shots for light in shot.lights}
        if unknown := sorted(named - self.lights.keys()):
            raise refuse("recipe.shots", f"no light is called {', '.join(unknown)}; add it to `lights:` or correct it")
        return self

    @model_validator(mode="after")
    def the_tray_moves_little_within_a_shot(self) -> "Settings":
        if self.line is None or self.line.transport == "indexed":
            return self
        for number, shot in enumerate(self.recipe.shots):
            moved = self.line.belt_mm_per_s * (shot.exposure_ms + self.recipe.pairing_ms) / 1000
            if moved > self.recipe.max_motion_mm:
                raise refuse(
                    f"recipe.shots.{number}.exposure_ms",
                    f"the tray moves {moved:.1f} mm while it and pairing_ms last, more than max_motion_mm "
                    f"{self.recipe.max_motion_mm:g}; shorten the exposure, stop the tray "
                    "(line.transport: indexed), or raise max_motion_mm",
                )
        return self

    @model_validator(mode="after")
    def frames_can_be_shown_to_belong_together(self) -> "Settings":
        free = {name: camera for name, camera in self.cameras.items() if isinstance(camera, RunsFree)}
        together = len(self.cameras) > 1
        needed = {name: each.doubt_ms + (each.wait_ms if together else 0) for name, each in free.items()}
        worst = max(needed, key=lambda name: needed[name], default=None)
        if worst is not None and needed[worst] + CLOCKS_MS > self.recipe.pairing_ms:
            raise refuse(
                "recipe.pairing_ms",
                f"{self.recipe.pairing_ms:g} is less than the {needed[worst] + CLOCKS_MS:.0f} within which frames of "
                f"{worst}, which runs free, can be shown to begin; raise it or fps, or measure underway_ms",
            )
        return self

    def _not_live(self) -> list[str]:
        """The keys of devices that do not see or move what is on the belt."""
        cameras = [f"cameras.{name}" for name, camera in self.cameras.items() if camera.driver in NOT_LIVE]
        lights = [f"lights.{name}" for name, light in self.lights.items() if light.driver == "simulated"]
        there = {name: getattr(self.line, name, None) for name in (*LINE_DEVICES, *OPTIONAL_DEVICES)}
        line = [f"line.{name}" for name, device in there.items() if device is not None and device.driver == "simulated"]
        return cameras + lights + line
