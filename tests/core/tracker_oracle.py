"""What a line owes, judged from what went into the tracker and what came out of it. Shares no code with the tracker.

`told` is the whole story in order: instants, events and commands of booth.line, which are only read. `went` is where
trays really went, by the instant of their entry edge, as far as anybody knows; `fooled` are those about which no line
could know it. A Ready is a keeper's first word, and the ends beside it are of those that the last keeper left open.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

Told = Sequence[tuple[int, Any, Sequence[Any]]]


def wrongs(told: Told, went: Mapping[int, str], fooled: Collection[int] = ()) -> Iterable[str]:
    went, before = {at: way for at, way in went.items() if at not in fooled}, 0
    entered: dict[str, int] = {}
    ends: dict[str, str] = {}
    words: dict[str, set[str]] = {}
    near, opened, confirms, diverted, latched = set[str](), set[str](), 0, 0, False
    for at, event, commands in told:
        kind, message = type(event).__name__, getattr(event, "message", None)
        before = len(ends) if kind == "Ready" else before
        confirms += kind == "EdgeSeen" and event.place == "confirm" and event.blocked
        if message is not None and message.__class__.__name__ == "Decision" and message.tray in entered.keys() - opened:
            words.setdefault(message.tray, set()).add(message.judgement.verdict.name)
        for command in commands:
            match type(command).__name__:
                case "TrayEntered":
                    entered[command.tray] = command.entered_at
                case "TrayAt" if command.place == "pregate":
                    near.add(command.tray)
                case "MoveGate" if command.to.name == "PASS":
                    own = [tray for tray in near - opened - ends.keys() if words.get(tray) == {"PASS"}]
                    opened.update(own[:1])
                    if not own or latched:
                        yield f"{at}: the gate opens, and no tray there has its own PASS, or the line is held"
                case "FaultRaised" if command.code in LATCHING:
                    latched = True
                case "Status":
                    latched = bool(command.latched)
                case "TrayEnded":
                    end, diverted = command.end.name, diverted + (command.end.name == "DIVERTED")
                    there = went.get(command.entered_at, end.lower())
                    if command.tray in ends or (end == "PASSED" and words.get(command.tray) != {"PASS"}):
                        yield f"{at}: {command.tray} ends {end}, twice or without its own PASS"
                    if end in ("PASSED", "DIVERTED") and there != end.lower():
                        yield f"{at}: {command.tray} ends {end} and went {there}"
                    adds_up = len(ends) - before + 1 + command.counts.in_flight == command.counts.entered
                    if diverted > confirms or not (adds_up or kind == "Ready"):
                        yield f"{at}: more DIVERTED than confirmed, or counts that do not add up"
                    ends[command.tray] = end
    yield from (f"{tray} has no end" for tray in entered.keys() - ends.keys())
    for at, way in went.items():
        tray = next((name for name, entry in entered.items() if entry == at), "a tray nobody named")
        if way == "passed" and (words.get(tray) != {"PASS"} or ends.get(tray) not in ("PASSED", "HELD")):
            yield f"{tray} went down the line with {words.get(tray)} and ended {ends.get(tray)}"


LATCHING = (
    "tray-missing", "tray-unexpected", "confirm-missing", "confirm-spurious", "bypass-contradicted", "encoder-dead",
    "keeper-restarted", "line-io-lost", "ledger-failed", "trays-unaccounted",
)  # fmt: skip
