"""`booth simulate day`: thousands of trays in virtual time, and whether the line kept its promise."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booth.cli.manners import Exit, Failed, exit_codes, report

if TYPE_CHECKING:
    from booth.assembly.day import Beta, Day, DayPlan
    from booth.assembly.day.shift import Progress
    from booth.settings import Settings

SIM, EVERY_FAULT = "config/sim.yaml", "config/faults/every-fault.yaml"
SHOWN_AT_MOST = 20


def day(
    config: Annotated[
        Path | None, typer.Argument(metavar="[CONFIG]", help=f"The settings of a simulated booth; else {SIM}.")
    ] = None,
    trays: Annotated[int, typer.Option(min=1, help="How many trays come.")] = 10_000,
    faults: Annotated[Path | None, typer.Option(metavar="PLAN", help=f"What goes wrong; else {EVERY_FAULT}.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws trays, scores, faults and people.")] = 0,
    damaged: Annotated[float, typer.Option(min=0, max=1, help="The share of damaged items.")] = 0.02,
    scores_good: Annotated[
        str, typer.Option(metavar="A,B", help="Beta distribution of the scores of good items.")
    ] = "1.2,14",
    scores_damaged: Annotated[str, typer.Option(metavar="A,B", help="The same of damaged items.")] = "8,1.5",
    shift: Annotated[
        int | None, typer.Option(min=1, help="Only this shift of the day, as a violation names it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="End with one JSON object on stdout.")] = False,
) -> None:
    """Play a day in virtual time, with everything that goes wrong in it, and judge whether the line kept its promise.

    Judged from the simulated world's truth, not from what the booth says of itself. Ends with 6 if a promise was
    broken.
    """
    try:
        with exit_codes():
            settings, plan = _wanted(config, trays, faults, seed, damaged, (scores_good, scores_damaged))
            played = _play(settings, plan, shift)
    except Failed as failed:
        report(failed, as_json=False)
        raise typer.Exit(failed.code) from failed
    if as_json:
        print(json.dumps(played.summary()))
    else:
        print("\n".join(_lines(played)))
    raise typer.Exit(Exit.CHECK_FAILED if played.violations else Exit.OK)


def _wanted(
    config: Path | None, trays: int, faults: Path | None, seed: int, damaged: float, scores: tuple[str, str]
) -> "tuple[Settings, DayPlan]":
    from booth.assembly.day import DayPlan, Distributions
    from booth.assembly.simulation import fault_plan
    from booth.cli.shipped import shipped
    from booth.settings import load

    path = config or shipped(SIM)
    settings = load(path)
    if not settings.simulated:
        raise Failed(Exit.CONFIG_INVALID, "not-simulated", f"{path}: has no `world`, it is of a real line; take {SIM}")
    good, bad = (_beta(text) for text in scores)
    wrong = fault_plan(faults or shipped(EVERY_FAULT))
    return settings, DayPlan(trays, wrong, seed, damaged, Distributions(good, bad))


def _beta(text: str) -> "Beta":
    from booth.assembly.day import Beta

    try:
        a, b = (float(part) for part in text.split(","))
        return Beta(a, b)
    except ValueError as error:
        says = f"{text!r} is not a beta distribution: give its two numbers, both above 0, as 1.2,14"
        raise Failed(Exit.USAGE, "not-a-distribution", says) from error


def _play(settings: "Settings", plan: "DayPlan", shift: int | None) -> "Day":
    from booth.assembly.day import simulate as play

    with _shown(plan) as progress:
        try:
            return play(settings, plan, shift, len(os.sched_getaffinity(0)), progress)
        except (IndexError, ValueError) as error:
            raise Failed(Exit.USAGE, "no-such-day", str(error)) from error


@contextmanager
def _shown(plan: "DayPlan") -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("a simulated day"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("trays"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=plan.trays)
        yield lambda entered: bar.update(task, completed=entered)


def _lines(day: "Day") -> Iterator[str]:
    told: dict[str, Any] = day.summary()
    yield f"SIMULATED: {told['trays']} trays in {told['hours']:g} h of the line, scores drawn, nothing here is real"
    ends = " + ".join(f"{told[name]} {name}" for name in ("passed", "diverted", "held", "bypassed"))
    yield f"{told['entered']} entered = {ends}; {told['resets']} resets by a person"
    if told["trays"] > told["entered"]:
        yield f"{told['trays'] - told['entered']} trays had no entry edge of their own: they touched the one ahead"
    yield "faults: " + (", ".join(f"{count} {name}" for name, count in told["faults"].items()) or "none")
    if fooled := told["deceived"]:
        yield f"{fooled} about which gate and confirm sensor lied at once: nobody could tell, and nobody is blamed"
    if poor := told["passed_in_poor_light"]:
        yield f"{poor} passed that were seen with too little light: the booth has no means to notice that yet"
    for number, broken in day.violations[:SHOWN_AT_MOST]:
        yield f"VIOLATION in shift {number}: {broken.tray or 'the line'}: {broken.promise}: {broken.text}"
    if len(day.violations) > SHOWN_AT_MOST:
        yield f"and {len(day.violations) - SHOWN_AT_MOST} more violations: --json has them all"
    yield f"{len(day.violations)} violations" if day.violations else "no violation of the line's promise"
