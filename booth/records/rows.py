"""Between the nouns of a record and the columns of the journal."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from booth.records import schema
from booth.records.record import FaultCleared, FaultRecord, KeptTray, Row, RunRecord, Source, TrayEnd, TrayRecord
from booth.tray import End, Judgement, Reason, TrayId, Verdict
from drivers.units import Instant, as_ms, ms

Columns = dict[str, Any]


def statement(row: Row) -> tuple[str, Columns]:
    """The SQL that keeps `row`, and its parameters."""
    match row:
        case TrayRecord():
            return schema.JUDGED, tray_columns(row)
        case TrayEnd():
            return schema.ENDED, _end(row)
        case FaultRecord():
            return schema.FAULT, _fault(row)
        case FaultCleared():
            return schema.CLEARED, {"code": row.code, "at_ns": row.at, "device": row.device}
        case RunRecord():
            return schema.RUN, _run(row)


def tray_columns(row: TrayRecord) -> Columns:
    """The columns of a judged tray."""
    judgement = row.judgement
    return {
        "tray_id": row.tray,
        "entered_at_ns": row.entered_at,
        "simulated": int(row.simulated),
        "judged_at_ns": row.judged_at,
        "written_utc": row.written.isoformat(),
        "verdict": judgement.verdict.value,
        "score": judgement.score,
        "lanes": json.dumps(dict(judgement.lanes)),
        "reasons": _reasons(judgement.reasons),
        "latency_ms": as_ms(row.latency),
        "recipe_sha256": row.recipe,
        "pack": row.pack.name,
        "pack_sha256": row.pack.sha256,
        "calibrations": _sources(row.calibrations),
        "settings_sha256": row.settings,
        "evidence": row.evidence,
        "plate": row.plate,
        "product": row.product,
        "identified_by": row.identified_by,
        "gallery": row.gallery and row.gallery.name,
        "gallery_sha256": row.gallery and row.gallery.sha256,
    }


def kept_tray(columns: Mapping[str, Any]) -> KeptTray:
    """The nouns of one row of `trays`."""
    judged = columns["judged_at_ns"] is not None
    ended = columns["end"] is not None
    tray = TrayId(columns["tray_id"])
    return KeptTray(tray, _judged(columns) if judged else None, _ended(columns) if ended else None)


def _end(row: TrayEnd) -> Columns:
    return {
        "tray_id": row.tray,
        "entered_at_ns": row.entered_at,
        "simulated": int(row.simulated),
        "end": row.end.value,
        "end_reasons": _reasons(row.reasons),
        "ended_at_ns": row.ended_at,
        "late": int(row.late),
    }


def _fault(row: FaultRecord) -> Columns:
    fault = row.occurrence
    return {
        "code": fault.code,
        "tray": fault.tray,
        "device": fault.device,
        "detail": fault.detail,
        "at_ns": row.at,
        "utc": row.written.isoformat(),
    }


def _run(row: RunRecord) -> Columns:
    return {
        "run_id": row.run,
        "started_utc": row.started.isoformat(),
        "versions": json.dumps(dict(row.versions)),
        "settings_sha256": row.settings,
        "pack": row.pack.name,
        "pack_sha256": row.pack.sha256,
        "calibrations": _sources(row.calibrations),
        "simulated": int(row.simulated),
    }


def _judged(columns: Mapping[str, Any]) -> TrayRecord:
    judgement = Judgement(
        Verdict(columns["verdict"]),
        _read_reasons(columns["reasons"]),
        columns["score"],
        tuple(json.loads(columns["lanes"]).items()),
    )
    return TrayRecord(
        tray=TrayId(columns["tray_id"]),
        entered_at=Instant(columns["entered_at_ns"]),
        judged_at=Instant(columns["judged_at_ns"]),
        written=datetime.fromisoformat(columns["written_utc"]),
        judgement=judgement,
        latency=ms(columns["latency_ms"]),
        recipe=columns["recipe_sha256"],
        pack=Source(columns["pack"], columns["pack_sha256"]),
        calibrations=read_sources(columns["calibrations"]),
        settings=columns["settings_sha256"],
        simulated=bool(columns["simulated"]),
        evidence=columns["evidence"],
        plate=columns["plate"],
        product=columns["product"],
        identified_by=columns["identified_by"],
        gallery=Source(columns["gallery"], columns["gallery_sha256"]) if columns["gallery"] else None,
    )


def _ended(columns: Mapping[str, Any]) -> TrayEnd:
    return TrayEnd(
        tray=TrayId(columns["tray_id"]),
        end=End(columns["end"]),
        reasons=_read_reasons(columns["end_reasons"]),
        late=bool(columns["late"]),
        entered_at=Instant(columns["entered_at_ns"]),
        ended_at=Instant(columns["ended_at_ns"]),
        simulated=bool(columns["simulated"]),
    )


def _reasons(reasons: Iterable[Reason]) -> str:
    return json.dumps([{"code": reason.code, "text": reason.text} for reason in reasons])


def _read_reasons(text: str) -> tuple[Reason, ...]:
    return tuple(Reason(**reason) for reason in json.loads(text))


def _sources(sources: Iterable[Source]) -> str:
    return json.dumps([{"name": source.name, "sha256": source.sha256} for source in sources])


def read_sources(text: str) -> tuple[Source, ...]:
    return tuple(Source(**source) for source in json.loads(text))
