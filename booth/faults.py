"""Faults are rows: code, severity, what the operator reads, what they can do."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """COUNTED: the tray is diverted, the booth goes on. DEGRADED: it stands until what it says has ended, and as a rule
    every tray is diverted until then. LATCHED: the line stands until a person has said what became of the tray."""

    COUNTED = "counted"
    DEGRADED = "degraded"
    LATCHED = "latched"


@dataclass(frozen=True, slots=True)
class Fault:
    """`says` and `do` may name {tray}, {device} and {detail}."""

    code: str
    severity: Severity
    says: str
    do: str


# fmt: off
_ROWS = (
    Fault("camera-lost", Severity.DEGRADED, "Camera {device} is gone: {detail}.",
          "Check its cable and power; the booth tries again by itself and diverts every tray until then."),
    Fault("camera-given-up", Severity.DEGRADED, "Camera {device} is not tried any more: {detail}.",
          "The booth diverts every tray until a person has looked at the camera, and then: systemctl restart boothd"),
    Fault("camera-silent", Severity.COUNTED, "Camera {device} did not answer in time for tray {tray}.",
          "If it happens again: `booth check`, then check the camera's link and exposure."),
    Fault("frame-stale", Severity.COUNTED, "Camera {device} gave the same frame again for tray {tray}.",
          "If it happens again, unplug the camera and plug it in; its firmware has stopped counting."),
    Fault("frame-gap", Severity.COUNTED, "Camera {device} lost count at tray {tray}: {detail}.",
          "If it happens again: check the trigger wiring for ringing, and the link for lost frames."),
    Fault("frame-bad", Severity.COUNTED, "Camera {device} gave a damaged frame for tray {tray}: {detail}.",
          "If it happens again, replace the cable; for a recording, restore the file from its copy."),
    Fault("recording-ended", Severity.COUNTED, "The recorded session of {device} has no capture for tray {tray}.",
          "Send no more trays than the session has captures, or record a longer one."),
    Fault("frame-outside-light", Severity.COUNTED, "Camera {device} exposed tray {tray} outside its light: {detail}.",
          "Raise the light's settle time, or measure the light timing again."),
    Fault("pair-apart", Severity.COUNTED, "The cameras exposed tray {tray} too far apart: {detail}.",
          "Raise recipe.pairing_ms or lower the belt speed."),
    Fault("calibration-expired", Severity.COUNTED, "The calibration held until {detail}; tray {tray} is diverted.",
          "Empty the station, then: booth calibrate tray CONFIG, and restart the service."),
    Fault("quality-poor", Severity.COUNTED, "Tray {tray} could not be judged from {device}: {detail}.",
          "Clean the window and look at the exposure; the evidence folder holds the picture."),
    Fault("light-lost", Severity.DEGRADED, "Light {device} does not answer: {detail}.",
          "Check the light controller; every tray is diverted until it answers."),
    Fault("score-failed", Severity.COUNTED, "Tray {tray} could not be scored: {detail}.",
          "If it happens again: `booth model verify`, then restart the service."),
    Fault("deadline-missed", Severity.COUNTED, "Tray {tray} had no verdict in time.",
          "If it happens again, the PC is overloaded or a camera is slow: see the latencies in the summary."),
    Fault("keeper-lost", Severity.DEGRADED, "The controller has lost the line keeper.",
          "Nothing is lost: the keeper diverts. If it lasts: systemctl status booth-line."),
    Fault("controller-lost", Severity.DEGRADED, "The line keeper has lost the controller: every tray is diverted.",
          "It comes back by itself. If it lasts: systemctl status boothd."),
    Fault("queue-full", Severity.COUNTED, "Tray {tray} came while the booth was still busy: {detail}.",
          "The trays come faster than the verdict: lower the belt speed or raise line.min_pitch_mm."),
    Fault("pitch-short", Severity.COUNTED, "Tray {tray} follows too closely: both neighbours are diverted.",
          "Look at the infeed: line.min_pitch_mm is the smallest pitch the gate can part."),
    Fault("trays-merged", Severity.COUNTED, "Something longer than a tray passed the entry sensor as tray {tray}.",
          "Look at the infeed, and for a dirty or cut entry sensor."),
    Fault("plate-unbound", Severity.COUNTED, "A label was read that belongs to no tray: {detail}.",
          "The trays lack their plate in the record. If it happens again: measure line.scanner.at_mm and window_mm."),
    Fault("plate-contradicts", Severity.COUNTED, "Two labels were read on tray {tray}: {detail}.",
          "It has no plate in the record. Look for old labels on the trays, or narrow line.scanner.window_mm."),
    Fault("scanner-lost", Severity.DEGRADED, "The label scanner is gone: {detail}.",
          "Check its cable and power. The line goes on without plates, and tries again by itself."),
    Fault("tray-missing", Severity.LATCHED, "Tray {tray} did not come to the pre-gate sensor.",
          "Find the tray, then: booth line reset --tray {tray} --found diverted|passed|removed"),
    Fault("tray-unexpected", Severity.LATCHED, "A tray nobody expected is at the pre-gate sensor.",
          "Take it off the belt, then: booth line reset"),
    Fault("confirm-missing", Severity.LATCHED, "Tray {tray} was told to divert and nobody saw it arrive.",
          "Find the tray, then: booth line reset --tray {tray} --found diverted|passed|removed"),
    Fault("confirm-spurious", Severity.LATCHED, "The divert sensor saw a tray that nobody had diverted.",
          "Look at the gate and at its sensor, then: booth line reset"),
    Fault("bypass-contradicted", Severity.LATCHED, "The bypass key reads on, and the divert sensor saw tray {tray}.",
          "Check the key's cable, find the tray, then: booth line reset --tray {tray} --found diverted|passed|removed"),
    Fault("keeper-restarted", Severity.LATCHED, "The line keeper was restarted with trays on the line.",
          "Look at the stretch from entry to gate, clear it, then: booth line reset. Or start the belt, if it starts: "
          "with the gate at divert it brings those trays to the bin, and the line goes on by itself."),
    Fault("trays-unaccounted", Severity.LATCHED, "Not all trays from before the keeper's restart are found: {detail}.",
          "Look at the stretch from entry to gate and at the bin, clear the stretch, then: booth line reset"),
    Fault("plc-silent", Severity.LATCHED, "The PLC is not heard any more: {detail}.",
          "Look at its program and the network, say what became of the trays, then: booth line reset"),
    Fault("plc-untaken", Severity.LATCHED, "The PLC did not say what became of tray {tray}.",
          "Find the tray, look at the PLC's program, then: booth line reset"),
    Fault("plc-contradicts", Severity.LATCHED, "The PLC contradicts the booth: {detail}.",
          "Stop the line, look at the PLC's program and at its last trays, then: booth line reset"),
    Fault("plc-overrun", Severity.LATCHED, "The PLC triggered tray {tray} too many: {detail}.",
          "Let the PLC take each result before it triggers further trays, then: booth line reset"),
    Fault("encoder-dead", Severity.LATCHED, "The belt's encoder does not follow the trays: {detail}.",
          "Check the encoder's wheel, cable and power, clear the stretch from entry to gate, then: booth line reset"),
    Fault("bin-full", Severity.DEGRADED, "The bin for diverted trays is full: the line waits.",
          "Empty the bin, then start the belt; trays on it go on from where they stand."),
    Fault("low-air", Severity.DEGRADED, "The gate's air pressure is low: the line waits.",
          "Bring the pressure back, then start the belt; trays on it go on from where they stand."),
    Fault("backed-up", Severity.DEGRADED, "The line behind the booth is backed up: the line waits.",
          "Free the line behind the booth, then start the belt; trays on it go on from where they stand."),
    Fault("diverts-in-a-row", Severity.DEGRADED, "{detail} in a row were diverted.",
          "Look at them in the bin. If they are good: clean the windows, look at the lights, then: booth check."),
    Fault("diverts-many", Severity.DEGRADED, "{detail} were diverted.",
          "Look at them, and at their reasons in the journal: the product, the light or the recipe has changed."),
    Fault("line-io-lost", Severity.LATCHED, "The line's {device} does not answer: {detail}.",
          "Check the I/O module and its power, then: booth line reset"),
    Fault("ledger-failed", Severity.LATCHED, "The keeper cannot write its ledger: {detail}.",
          "Free disk space in state_dir, then: booth line reset"),
    Fault("journal-failed", Severity.COUNTED, "The record of tray {tray} could not be written: {detail}.",
          "Free disk space in state_dir; the decision itself was made and stands."),
    Fault("evidence-failed", Severity.COUNTED, "The pictures of tray {tray} could not be kept: {detail}.",
          "Free disk space in state_dir; the decision itself was made and stands."),
)
# fmt: on

FAULTS: dict[str, Fault] = {row.code: row for row in _ROWS}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One fault that happened. Raises KeyError from `fault` for a code that has no row."""

    code: str
    tray: str = "-"
    device: str = "-"
    detail: str = "-"

    @property
    def fault(self) -> Fault:
        return FAULTS[self.code]

    def says(self) -> str:
        """What happened, in the operator's words."""
        return self.fault.says.format(tray=self.tray, device=self.device, detail=self.detail)

    def text(self) -> str:
        """What happened, and what the operator can do."""
        return f"{self.says()} {self.fault.do.format(tray=self.tray, device=self.device, detail=self.detail)}"
