"""The cameras that a booth can have, one block for each driver."""

from typing import Annotated, Literal

from pydantic import Field

from booth.settings.nouns import Frozen, Located, NotNegative, Positive

Pixels = Annotated[int, Field(gt=0)]
Size = tuple[Pixels, Pixels]


class SdkCamera(Frozen):
    """What every camera has that is driven by a vendor's library."""

    process: Literal["own", "booth"] = "own"
    """own: the vendor's library runs in a process of its own, which can hang, crash and be killed alone. booth: in the
    controller's."""


class SimulatedCamera(SdkCamera):
    """A camera of the simulated booth."""

    driver: Literal["simulated"]
    view: Literal["left", "right"]
    process: Literal["own", "booth"] = "booth"
    """As for a camera with a vendor's library, which this one does without. own: to see what the loss of it costs."""


class RecordedCamera(Frozen):
    """A camera that plays the captures of a recorded session, one per trigger."""

    driver: Literal["recorded"]
    session: Located
    """Folder with session.yaml."""
    camera: str
    """Its name in that session."""


class RealSenseCamera(SdkCamera):
    """An Intel RealSense D400, found by its serial number. It runs free: a trigger takes the first frame that can be
    shown to begin after it."""

    driver: Literal["realsense"]
    serial: Annotated[str, Field(min_length=1)]
    """As printed on the camera, and as `booth devices` lists it."""
    depth_px: Size | None = (848, 480)
    """Width and height; nothing: no depth. 848 x 480 is what depth of this family is best at."""
    colour_px: Size | None = (1280, 720)
    """Width and height; nothing: no colour."""
    fps: Annotated[int, Field(gt=0)] = 30
    """Of both. A higher rate shortens the wait for a frame, and the longest exposure."""
    colour_format: Literal["bgr8", "rgb8", "yuyv"] = "bgr8"
    """yuyv costs least: the SDK converts every frame to the others, the driver only those that are asked for."""
    preset: Literal["default", "hand", "high-accuracy", "high-density", "medium-density"] | None = None
    """The vendor's set of options for depth. high-accuracy: fewer pixels, few of them wrong; high-density: the reverse.
    Nothing: as the camera comes up."""
    depth_exposure_ms: Positive | None = None
    """Nothing: as long as the shot's."""
    depth_gain: Positive | None = None
    colour_gain: NotNegative | None = None
    white_balance_k: Positive | None = None
    """Nothing: as the camera comes up; it is fixed in any case, as exposure is."""
    emitter: bool = True
    """The infrared pattern. Off: no depth on plain surfaces."""
    laser_power: NotNegative | None = None
    """mW. More: less noise, until shiny things dazzle it."""
    decimation: Annotated[int, Field(ge=1, le=8)] = 1
    """Depth as the median of so many pixels square: less noise, fewer pixels. 1: off. Then calibrate anew."""
    spatial: bool = False
    """Smooth depth along surfaces. Rounds the edges of dents off: small ones lose depth."""
    depth_frames: Annotated[int, Field(ge=1, le=8)] = 1
    """Average so many frames, all exposed after the trigger: less noise, a longer shot. Only for a tray that stands."""
    fill_holes: bool = False
    """Give pixels without a measurement that of a neighbour. What is filled was not measured, and is scored as if."""
    underway_ms: tuple[NotNegative, Positive] | None = None
    """From a frame's exposure to its arrival, at least and at most: what light timing measures. Nothing: up to two
    frame periods, which makes every shot longer by as much."""
    depth_readout_ms: NotNegative | None = None
    """First row to last; 0: global shutter. Nothing: by the model."""
    colour_readout_ms: NotNegative | None = None
    """As above."""
    record: Located | None = None
    """A .db3 that everything it streams is written to, up to 100 MB a second. Opened again: -2, -3, ..."""

    @property
    def doubt_ms(self) -> float:
        """Between the earliest and the latest instant at which a frame can have begun."""
        period = 1000 / self.fps
        least, most = self.underway_ms or (0.0, 2 * period)
        rows = [period if readout is None else readout for readout in (self.depth_readout_ms, self.colour_readout_ms)]
        return most - least + max(rows)

    @property
    def wait_ms(self) -> float:
        """From a trigger until the next frame begins, at most."""
        return 1000 / self.fps


class RealSensePlayback(SdkCamera):
    """A .db3 that a RealSense recorded, played through the vendor's library; one pair of pictures per trigger."""

    driver: Literal["realsense-playback"]
    file: Located
    real_time: bool = False
    """At its own pace: what is not asked for in time is skipped."""


class BaslerTrigger(Frozen):
    """What starts an exposure. The keys are GenICam's, as in the vendor's viewer."""

    TriggerSource: Literal["Software", "Line1", "Line2", "Line3", "Line4"] = "Software"
    """Software: the booth itself. A line: whoever drives that input; a shot then takes the next exposure, whoever
    causes it."""
    TriggerActivation: Literal["RisingEdge", "FallingEdge"] = "RisingEdge"
    """Of a line."""
    TriggerDelay_us: NotNegative = 0
    """From the trigger to the exposure: the time that a strobed lamp needs."""


class BaslerCamera(SdkCamera):
    """A Basler area scan camera, found by its serial number. Colour only; the exposure is the shot's."""

    driver: Literal["basler"]
    serial: Annotated[str, Field(min_length=1)]
    """As printed on the camera."""
    lens_mm: Positive
    """Focal length. With pixel_um: what the camera sees until it has been calibrated."""
    pixel_um: Positive
    """Pitch of the sensor's pixels, of its data sheet."""
    size_px: Size | None = None
    """Width and height in the middle of the sensor; nothing: all of it."""
    pixel_format: Literal["BGR8", "RGB8", "BayerRG8", "BayerBG8", "BayerGR8", "BayerGB8", "Mono8"] = "BGR8"
    """What goes over the wire; pictures are BGR in any case. Bayer: a third of the bytes, and some milliseconds of the
    booth's processor."""
    gain_db: NotNegative = 0
    """Old GigE cameras count steps of their own here (GainRaw)."""
    trigger: BaslerTrigger = BaslerTrigger()
    strobe_line: Literal["Line1", "Line2", "Line3", "Line4"] | None = None
    """The output that is on while the sensor is exposed, for a lamp's trigger input."""
    readout_ms: NotNegative | None = None
    """First row to last; 0: global shutter. Nothing: as the camera says of itself, and global if it does not."""


class UvcCamera(SdkCamera):
    """A UVC camera (a webcam, a board camera), for small booths: colour, rolling shutter as a rule. It runs free; the
    exposure is the shot's, white balance and gain are fixed, and what it takes is read back."""

    driver: Literal["uvc"]
    device: Annotated[str, Field(pattern=r"^/dev/v4l/by-(id|path)/.")]
    """/dev/v4l/by-id/...-video-index0: /dev/video0 is another camera after the next start. by-path: the socket that it
    is plugged into, for two of a kind without serial numbers."""
    size_px: Size = (1280, 720)
    fps: Annotated[int, Field(gt=0)] = 30
    """An exposure is no longer than a frame lasts."""
    pixel_format: Literal["yuyv", "mjpg"] = "yuyv"
    """yuyv: as the sensor saw it, over USB 2 only at low rates or sizes. mjpg: compressed by the camera, which wipes
    small marks out."""
    white_balance_k: Positive | None = None
    """Nothing: as the camera comes up; it is fixed in any case."""
    gain: NotNegative | None = None
    """In steps of the camera's own. Nothing: as above."""
    underway_ms: tuple[NotNegative, Positive] | None = None
    """From a frame's exposure to its first packet, at least and at most: what light timing measures. Nothing: up to two
    frame periods, which makes every shot longer by as much."""
    readout_ms: NotNegative | None = None
    """First row to last; 0: global shutter. Nothing: a frame period."""

    @property
    def doubt_ms(self) -> float:
        """As of a RealSense."""
        period = 1000 / self.fps
        least, most = self.underway_ms or (0.0, 2 * period)
        return most - least + (period if self.readout_ms is None else self.readout_ms)

    @property
    def wait_ms(self) -> float:
        """As of a RealSense."""
        return 1000 / self.fps


class EmulatedBasler(SdkCamera):
    """A camera of the simulated booth behind pylon's own emulation and the driver of the real one. Colour only."""

    driver: Literal["emulated-basler"]
    view: Literal["left", "right"]


class EmulatedRealSense(SdkCamera):
    """A camera of the simulated booth behind the vendor's own library and the driver of the real one."""

    driver: Literal["emulated-realsense"]
    view: Literal["left", "right"]
    fps: Annotated[int, Field(gt=0)] = 30
    """Frames that no trigger waits for come too, and are black: only the others are drawn."""
    underway_ms: tuple[NotNegative, Positive] = (30, 40)
    """As for a RealSense: the world's transfer, and what the machine adds to it."""
    record: Located | None = None
    """As for a RealSense."""

    @property
    def doubt_ms(self) -> float:
        """As of a RealSense."""
        least, most = self.underway_ms
        return most - least

    @property
    def wait_ms(self) -> float:
        """As of a RealSense."""
        return 1000 / self.fps


Camera = Annotated[
    SimulatedCamera
    | RecordedCamera
    | RealSenseCamera
    | RealSensePlayback
    | EmulatedRealSense
    | BaslerCamera
    | UvcCamera
    | EmulatedBasler,
    Field(discriminator="driver"),
]

RunsFree = RealSenseCamera | UvcCamera | EmulatedRealSense
"""A trigger takes the next frame of one that begins for certain after it."""

CLOCKS_MS = 5
"""What the clocks of two cameras, and two triggers, may be apart."""

SEES_THE_WORLD = frozenset({"simulated", "emulated-realsense", "emulated-basler"})
"""Drivers whose pictures are of the simulated world."""

NOT_LIVE = SEES_THE_WORLD | {"recorded", "realsense-playback"}
"""Drivers whose pictures are not of the tray that is under the camera: for a booth with a `world:` alone."""
