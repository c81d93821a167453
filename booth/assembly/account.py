"""What is known of each tray of a run, from four sides: keeper, controller, world, clock. Pure."""

from dataclasses import dataclass, field, replace
from typing import Any

from booth.line import wire
from booth.tray import Counts, TrayId

TOLD = ("product", "damaged", "damages", "went")
"""What is shown of the truth on a tray."""


@dataclass(slots=True)
class Row:
    """One tray as it is shown. `judged` is the controller's word, `truth` the simulated world's, `plate` what its label
    says by the keeper's word."""

    tray: TrayId
    entered_at: int
    judged: dict[str, Any] | None = None
    truth: dict[str, Any] | None = None
    ended: wire.TrayEnded | None = None
    plate: str | None = None

    def line(self) -> dict[str, Any]:
        """The `{"kind": "tray"}` object of `booth run --json`."""
        assert self.ended is not None
        judged = self.judged or {}
        reasons = [*judged.get("reasons", []), *({"code": r.code, "text": r.text} for r in self.ended.reasons)]
        seen: dict[str, dict[str, str]] = {reason["code"]: reason for reason in reversed(reasons)}
        return {
            "kind": "tray",
            "tray_id": self.tray,
            "plate": self.plate,
            "end": self.ended.end.value,
            "verdict": judged.get("verdict"),
            "reasons": list(reversed(seen.values())),
            "score": judged.get("score"),
            "lanes": judged.get("lanes", {}),
            "truth": self.truth,
            "latency_ms": judged.get("latency_ms"),
            "deciding_ms": judged.get("deciding_ms"),
            "late": self.ended.late,
            "evidence": judged.get("evidence"),
            "simulated": judged.get("simulated", self.truth is not None),
        }


@dataclass(slots=True)
class Account:
    """Joins the sides by tray id, and the truth by the instant of the entry edge. Rows leave when they have ended.

    Counts what it has seen itself: the keeper's own counts begin anew when it is started again.
    """

    open: dict[TrayId, Row] = field(default_factory=dict)
    truths: dict[int, dict[str, Any]] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)

    def entered(self, message: wire.TrayEntered) -> None:
        self.open[message.tray] = Row(message.tray, message.entered_at)
        self.counts = replace(self.counts, entered=self.counts.entered + 1)

    def identified(self, message: wire.TrayIdentified) -> None:
        if row := self.open.get(message.tray):
            row.plate = message.plate

    def judged(self, head: dict[str, Any]) -> None:
        if row := self.open.get(TrayId(head["tray"])):
            row.judged = head

    def truth(self, head: dict[str, Any]) -> None:
        """Told when a tray enters and again when it leaves, which may be after its row has left."""
        at = int(head["entered_at"])
        if head["went"] == "belt" or at in self.truths:
            self.truths[at] = {key: head[key] for key in TOLD}

    def ended(self, message: wire.TrayEnded) -> Row | None:
        """The tray's row, complete. None for a tray that is not open: the keeper tells some ends twice."""
        row = self.open.pop(message.tray, None)
        if row is None:
            return None
        row.ended = message
        row.truth = self.truths.pop(row.entered_at, None)
        name = message.end.name.lower()
        self.counts = replace(
            self.counts, **{name: getattr(self.counts, name) + 1, "late": self.counts.late + message.late}
        )
        return row

    def summary(self) -> dict[str, Any]:
        """The `{"kind": "summary"}` object of `booth run --json`."""
        counts = self.counts
        return {
            "kind": "summary",
            "entered": counts.entered,
            "passed": counts.passed,
            "diverted": counts.diverted,
            "held": counts.held,
            "bypassed": counts.bypassed,
            "late": counts.late,
            "in_flight": counts.in_flight,
        }
