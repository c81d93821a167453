"""Records to write and read back."""

from datetime import UTC, datetime

from booth.faults import Occurrence
from booth.records.record import FaultRecord, RunRecord, Source, TrayEnd, TrayRecord
from booth.tray import End, Judgement, Reason, TrayId, Verdict, tray_id
from drivers.units import Instant, ms

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PACK = Source("damage-head", "ab" * 32)
CALIBRATIONS = (Source("left-tray-3.json", "cd" * 32),)


def numbered(number: int) -> TrayId:
    return tray_id(1, number)


def judged(number: int = 1, verdict: Verdict = Verdict.DIVERT, entered_ns: int = 5) -> TrayRecord:
    reasons = (Reason("score", "appearance 0.91 is at or above 0.5"),) if verdict is Verdict.DIVERT else ()
    return TrayRecord(
        tray=numbered(number),
        entered_at=Instant(entered_ns),
        judged_at=Instant(1_500_000_123),
        written=NOON,
        judgement=Judgement(verdict, reasons, 0.91, (("appearance", 0.91),)),
        latency=ms(312.25),
        recipe="01" * 32,
        pack=PACK,
        calibrations=CALIBRATIONS,
        settings="ef" * 32,
        simulated=True,
        evidence=f"evidence/{numbered(number)}",
        plate=f"400123456789{number % 10}",
        product="tea-01",
        identified_by="plate",
        gallery=Source("gallery/3", "98" * 32),
    )


def ended(number: int = 1, end: End = End.DIVERTED, entered_ns: int = 5) -> TrayEnd:
    return TrayEnd(
        numbered(number),
        end,
        (Reason("verdict", "told to divert"),),
        False,
        Instant(entered_ns),
        Instant(4_000_000_000),
        True,
    )


def fault(code: str = "camera-silent", tray: str = "000001-000001", device: str = "left") -> FaultRecord:
    return FaultRecord(Occurrence(code, tray, device, "no answer"), Instant(7), NOON)


def run(name: str = "run-1") -> RunRecord:
    return RunRecord(name, NOON, {"booth": "0.1.0", "onnxruntime": "1.20"}, "ef" * 32, PACK, CALIBRATIONS, True)
