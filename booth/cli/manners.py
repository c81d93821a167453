"""How every command behaves: stdout is the result, stderr the rest, exit codes mean one thing each."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NoReturn

import typer

from booth.cli.exits import Exit, Failed, exit_codes

SCHEMA = "booth.result/1"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing to know. `code` is stable; `message` says what is wrong and what to do."""

    code: str
    severity: Literal["info", "warning", "error"]
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found. `text` is what people read; `data` is what `--json` carries.

    A failed answer (a check that ran and missed its limit) ends with Exit.CHECK_FAILED; one with `ends` with that,
    which is for a command that has something to show although it failed.
    """

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    passed: bool = True
    diagnostics: tuple[Diagnostic, ...] = ()
    ends: Exit | None = None

    @property
    def status(self) -> str:
        if self.ends is not None:
            return "error"
        return "pass" if self.passed else "fail"


def run(command: Callable[[], Answer], as_json: bool) -> NoReturn:
    """Run `command`, print its answer or its failure, and end with the exit code that it means."""
    try:
        with exit_codes():
            answer = command()
    except Failed as failed:
        report(failed, as_json)
        raise typer.Exit(failed.code) from failed
    if as_json:
        print(envelope(answer.status, answer.data, answer.diagnostics))
    else:
        print(answer.text)
        for diagnostic in answer.diagnostics:
            print(f"{diagnostic.severity}: {diagnostic.message}", file=sys.stderr)
    raise typer.Exit(answer.ends or (Exit.OK if answer.passed else Exit.CHECK_FAILED))


def report(failed: Failed, as_json: bool) -> None:
    """Tell why the command ended: on stderr, and as the envelope if that was asked for."""
    if as_json:
        lines = failed.says.splitlines() or [""]
        print(envelope("error", {}, tuple(Diagnostic(failed.name, "error", line) for line in lines)))
    print(failed.says, file=sys.stderr)


def envelope(status: str, data: dict[str, Any], diagnostics: tuple[Diagnostic, ...]) -> str:
    told = [{"code": d.code, "severity": d.severity, "message": d.message} for d in diagnostics]
    return json.dumps({"schema": SCHEMA, "status": status, "data": data, "diagnostics": told})


__all__ = ["Answer", "Diagnostic", "Exit", "Failed", "envelope", "exit_codes", "report", "run"]
