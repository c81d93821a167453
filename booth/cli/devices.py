"""`booth devices`: which cameras and serial lines are there, how to name them in the settings, and what is amiss."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from booth.cli.manners import Answer, Diagnostic, Exit, run
from booth.cli.options import Json

if TYPE_CHECKING:
    from drivers.discovery import Found, Look, Option, Problem

HELD = frozenset({"busy", "held-or-hung"})

Verbose = Annotated[
    int,
    typer.Option(
        "-v", count=True, show_default=False, help="Streams, lenses, firmware, links. -vv: every option with its range."
    ),
]
Kind = Annotated[
    list[str] | None,
    typer.Option("--kind", help="Only realsense, basler, uvc or serial; may be given several times.", metavar="KIND"),
]


def devices(verbose: Verbose = 0, kind: Kind = None, as_json: Json = False) -> None:
    """Say which cameras and serial lines there are, a block of settings for them, and what is wrong where there are
    none. Opens cameras for -v, which a booth that runs does not let go of."""
    run(lambda: _devices(verbose, kind or []), as_json)


def _devices(verbose: int, kinds: list[str]) -> Answer:
    from drivers.discovery import KINDS, look
    from drivers.discovery.found import Detail

    if unknown := sorted(set(kinds) - set(KINDS)):
        raise typer.BadParameter(f"no kind is called {unknown[0]}; there are: {', '.join(KINDS)}", param_hint="--kind")
    wanted = {kind: function for kind, function in KINDS.items() if kind in kinds or not kinds}
    return answered(look(Detail(min(verbose, max(Detail))), wanted))


def answered(looks: "Mapping[str, Look]") -> Answer:
    """What all the looks come to."""
    found = [each for look in looks.values() for each in look.found]
    problems = [each for look in looks.values() for each in look.problems]
    cameras, to_correct = proposed(found)
    text = "\n".join([*(_shown(each) for each in found), *_block_shown(cameras, to_correct)])
    data = {"found": [asdict(each) for each in found], "proposal": {"cameras": cameras}, "to_correct": to_correct}
    diagnostics = tuple(Diagnostic(each.code, each.severity, each.says) for each in problems)
    return Answer(text or "nothing was found", data, diagnostics=diagnostics, ends=_end(found, problems))


def _end(found: "list[Found]", problems: "list[Problem]") -> Exit | None:
    """None: something is there, and nothing that is there cannot be used."""
    amiss = {each.code for each in problems if each.severity == "error"}
    if amiss & HELD:
        return Exit.DEVICE_BUSY
    return Exit.DEVICE_MISSING if amiss or not found else None


def proposed(found: "list[Found]") -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, str]]]:
    """Blocks for `cameras:` of the settings, by a name for each camera; and of each the keys that are guesses."""
    counts: dict[str, int] = {}
    cameras, to_correct = {}, {}
    for each in found:
        if each.block is not None:
            counts[each.kind] = counts.get(each.kind, 0) + 1
            name = f"{each.kind}-{counts[each.kind]}"
            cameras[name], to_correct[name] = dict(each.block), dict(each.to_correct)
    return cameras, {name: keys for name, keys in to_correct.items() if keys}


def _shown(found: "Found") -> str:
    facts = ", ".join(f"{word} {text}" for word, text in found.facts.items())
    lines = [
        f"{found.kind}: {found.model} {found.serial or '(no serial number)'} at {found.at}"
        + f" ({facts})" * bool(facts)
    ]
    lines += [f"    {stream}" for stream in found.streams]
    for stream, lens in found.lenses.items():
        lines.append(f"    lens of {stream}: " + ", ".join(f"{key} {value}" for key, value in lens.items()))
    return "\n".join([*lines, *(f"    {_option_shown(each)}" for each in found.options)])


def _option_shown(option: "Option") -> str:
    text = f"{option.name} = {option.value}"
    if option.limits is not None:
        least, most, step = option.limits
        text += f" ({least:g} to {most:g}" + (f" by {step:g})" if step else ")")
    elif option.choices:
        text += f" ({', '.join(option.choices)})"
    return text if option.writable else f"{text}, read only"


def _block_shown(cameras: Mapping[str, Mapping[str, Any]], to_correct: Mapping[str, Mapping[str, str]]) -> list[str]:
    if not cameras:
        return []
    lines = ["", "For the settings; name them by where they stand:", "", "cameras:"]
    for name, block in cameras.items():
        lines.append(f"  {name}:")
        for key, value in block.items():
            note = to_correct.get(name, {}).get(key)
            lines.append(f"    {key}: {_yaml(value)}" + (f"  # a guess, correct it: {note}" if note else ""))
    return lines


def _yaml(value: Any) -> str:
    """On one line; a serial number stays text."""
    import json

    return json.dumps(value)
