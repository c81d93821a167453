"""What becomes of a verdict once it has left: a row, pictures, a line on the log, a word to whoever reads along."""

import asyncio
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from booth.faults import Occurrence
from booth.inspection.controller import Finished
from booth.inspection.examination import Examined
from booth.inspection.station import Capture
from booth.line import wire
from booth.records.evidence import Evidence, TrayEvidence, evidence_of
from booth.records.journal import Journal
from booth.records.record import FaultCleared, FaultRecord, RunRecord, Source, TrayEnd, TrayRecord
from booth.records.sessions import Recorder
from booth.scoring.products.identity import UNKNOWN
from booth.service.desk import Desk
from booth.service.logs import FaultLog
from booth.service.notify import Heart
from booth.settings.model import Records
from booth.tray import Verdict
from drivers.clock import Clock
from drivers.units import after, as_ms, seconds

STUCK_AFTER = seconds(2)
"""A tray without any verdict this long after it was due: the controller hangs, and the watchdog may have it."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What every record of a run names."""

    recipe: str
    pack: Source
    calibrations: tuple[Source, ...]
    settings: str
    simulated: bool
    gallery: Source | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of the controller: told on the log, at the desk and in the journal. Safe to call from any thread."""

    log: FaultLog
    desk: Desk
    journal: Journal
    clock: Clock
    loop: asyncio.AbstractEventLoop

    def raised(self, occurrence: Occurrence) -> None:
        """A COUNTED fault is a row each time, however often it repeats; the log says it once."""
        self.journal.put(FaultRecord(occurrence, self.clock.now(), self.clock.utc()))
        self._tell(occurrence, raised=True)

    def unwritten(self, occurrence: Occurrence) -> None:
        """A fault of the records themselves: it cannot be a row."""
        self.loop.call_soon_threadsafe(self._tell, occurrence, True)

    def cleared(self, occurrence: Occurrence) -> None:
        self.journal.put(FaultCleared(occurrence.code, self.clock.now(), occurrence.device))
        self._tell(occurrence, raised=False)

    def _tell(self, occurrence: Occurrence, raised: bool) -> None:
        if raised:
            self.log.raised(occurrence)
        else:
            self.log.recovered(occurrence.code, occurrence.device)
        said = {"code": occurrence.code, "tray": occurrence.tray, "device": occurrence.device}
        self.desk.tell({"kind": "fault", **said, "text": occurrence.text(), "raised": raised})


@dataclass(slots=True)
class Book:
    """Keeps trays. Nothing here waits for a disk: queues take it, or count what they could not. `grounds` change when
    another pack is taken."""

    grounds: Grounds
    keeping: Records
    journal: Journal
    evidence: Evidence
    recorder: Recorder
    desk: Desk
    log: FaultLog
    heart: Heart
    clock: Clock

    def entered(self, entered: wire.TrayEntered) -> None:
        self.heart.expect(entered.tray, after(entered.decide_by, STUCK_AFTER))

    def finished(self, finished: Finished) -> None:
        self.heart.met(finished.tray)
        record = self._record(finished)
        if finished.capture and self._keeps(finished.judgement.verdict):
            kept = replace(record, evidence=evidence_of(finished.tray))
            if self.evidence.put(_evidence(finished.capture, finished.examined, kept)):
                record = kept
        if finished.capture:
            self.recorder.put(finished.tray, finished.capture.shots, self.clock.utc())
        self.journal.put(record)
        self.desk.tell(_judged(finished, record))

    def ended(self, ended: wire.TrayEnded) -> None:
        self.log.tray_done(ended.tray)
        self.journal.put(
            TrayEnd(
                ended.tray,
                ended.end,
                ended.reasons,
                ended.late,
                ended.entered_at,
                ended.at,
                self.grounds.simulated,
            )
        )

    def _keeps(self, verdict: Verdict) -> bool:
        return self.keeping.evidence == "all" or (self.keeping.evidence == "diverted" and verdict is Verdict.DIVERT)

    def _record(self, finished: Finished) -> TrayRecord:
        grounds, examined = self.grounds, finished.examined
        identity = examined.scored.identity if examined and examined.scored else UNKNOWN
        return TrayRecord(
            finished.tray,
            finished.entered_at,
            finished.judged_at,
            self.clock.utc(),
            finished.judgement,
            finished.latency,
            grounds.recipe,
            (examined and examined.pack) or grounds.pack,
            grounds.calibrations,
            grounds.settings,
            grounds.simulated,
            plate=finished.plate,
            product=identity.product,
            identified_by=identity.how,
            gallery=grounds.gallery,
        )


def _evidence(capture: Capture, examined: Examined | None, record: TrayRecord) -> TrayEvidence:
    if examined is None:
        return TrayEvidence(record, capture.shots, ())
    return TrayEvidence(record, capture.shots, examined.views, examined.geometries, examined.sides)


def _judged(finished: Finished, record: TrayRecord) -> dict[str, Any]:
    judgement = finished.judgement
    return {
        "kind": "judged",
        "tray": finished.tray,
        "verdict": judgement.verdict.value,
        "score": judgement.score,
        "lanes": dict(judgement.lanes),
        "reasons": [{"code": reason.code, "text": reason.text} for reason in judgement.reasons],
        "latency_ms": round(as_ms(finished.latency), 1),
        "deciding_ms": None if finished.deciding is None else round(as_ms(finished.deciding), 1),
        "heard": finished.heard,
        "product": record.product,
        "evidence": record.evidence,
        "simulated": record.simulated,
    }


def run_record(grounds: Grounds, clock: Clock) -> RunRecord:
    """From now on records name these grounds."""
    started = clock.utc()
    versions = {name: version(name) for name in ("inspection-booth", "numpy", "opencv-python", "onnxruntime")}
    run = f"{started:%Y%m%dT%H%M%S.%fZ}"
    return RunRecord(run, started, versions, grounds.settings, grounds.pack, grounds.calibrations, grounds.simulated)
