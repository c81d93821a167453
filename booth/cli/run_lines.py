"""A run as JSON lines: results on stdout, everything else on stderr."""

import json
import sys
from types import TracebackType
from typing import Any, Self

from booth.assembly.account import Account, Row
from booth.cli.exits import reader_gone


class Lines:
    """One object a tray, then the summary; each line leaves at once, so that a pipe sees it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        return None

    def say(self, who: str, line: str) -> None:
        print(f"{who}: {line}", file=sys.stderr, flush=True)

    def fault(self, code: str, text: str, raised: bool) -> None:
        self.say("fault", f"{code}: {text}" if raised else f"{code}: over")

    def entered(self, account: Account) -> None:
        """Progress is not a result: it goes to stderr."""
        self.say("progress", f"{account.counts.entered} entered, {len(account.open)} on the line")

    def row(self, row: Row, account: Account) -> None:
        _result(row.line())

    def summary(self, summary: dict[str, Any]) -> None:
        _result(summary)


def _result(line: dict[str, Any]) -> None:
    try:
        print(json.dumps(line), flush=True)
    except BrokenPipeError:
        reader_gone()
