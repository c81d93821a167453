"""An evaluation as JSON and as a table that a person reads."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from booth.evaluation.figures import ALARMS, OVERALL, RECALLS, Group, Row
from booth.evaluation.measuring import Evaluation
from booth.evaluation.resampling import Measured

HEADS = {
    "auroc": "AUROC", "ap": "AP", "recall_at_fpr_1pct": "recall at 1 % FPR", "recall_at_fpr_01pct": "at 0.1 % FPR",
    "recall_at_p50": "at 50 % precision", "fpr_at_1pct": "FPR at 1 %", "fpr_at_01pct": "at 0.1 %",
}  # fmt: skip
SHOWN_PRODUCTS = 12

Line = tuple[str, ...]


def plain(found: Evaluation) -> dict[str, Any]:
    """The figures of the whole and the counts, and no more: what every data set has."""
    counts = {
        "trays": len(found.rows), "damaged": found.figures.overall.damaged, "pristine": found.figures.overall.pristine,
        "gallery": len(found.data.gallery), "products": found.products,
        "not_scored": sum(bool(row.failed) for row in found.rows),
    }  # fmt: skip
    return {**figures_in_json(found.figures.overall.figures), "counts": counts}


def whole(found: Evaluation) -> dict[str, Any]:
    """All of it."""
    figures = found.figures
    groups = {
        "per_type": figures.types, "per_severity": figures.severities, "per_family": figures.families,
        "per_product": figures.products, "hard_negatives": figures.decoys, "per_arrangement": figures.arrangements,
        "per_lane": found.lanes,
    }  # fmt: skip
    about = {"dataset": str(found.data.path), "form": found.data.form, "split": found.data.split, "scored_by": found.by}
    return {
        **plain(found),
        **about,
        "simulated": found.data.simulated,
        "kaputt": figures_in_json(figures.kaputt),
        "thresholds": dict(figures.thresholds),
        **{name: {key: _group(group) for key, group in some.items()} for name, some in groups.items()},
    }


def text(found: Evaluation, *, short: bool = False) -> str:
    """Tables, one under the other; `short`: the whole alone."""
    return "\n\n".join("\n".join(table) for table in _tables(found, short))


def steps(found: Mapping[str, Evaluation]) -> str:
    """Evaluations of one data set, a line each: what each thing that a booth has is worth."""
    first = next(iter(found.values()))
    lines = [line(name, one.figures.overall, OVERALL) for name, one in found.items()]
    return "\n".join([*_head(first), "", *aligned([heads(OVERALL), *lines])])


def sections(found: Evaluation) -> Iterator[tuple[str, Line, list[Line]]]:
    """Title, heads and lines of every table. Groups that nobody named are left out."""
    figures, ranked, both = found.figures, OVERALL, (*OVERALL[:2], *RECALLS, *ALARMS)
    for title, groups, names in (
        ("type of damage, against every pristine tray", figures.types, ranked),
        ("severity, against every pristine tray", figures.severities, ranked),
        ("lane, alone", found.lanes, ranked),
        ("pristine, but with what only looks like damage", figures.decoys, ALARMS),
        ("family, at the thresholds of the whole", figures.families, both),
        ("arrangement, at the thresholds of the whole", figures.arrangements, both),
        ("products with false alarms at 1 %, the most first", _worst(figures.products), both),
    ):
        if groups:
            yield title, heads(names), [line(name, group, names) for name, group in groups.items()]


def figures_in_words(row: Row) -> str:
    """One a line."""
    return "\n".join(aligned([(name.replace("_", " "), shown(figure)) for name, figure in row.items()]))


def heads(names: Sequence[str]) -> Line:
    return ("", "damaged", "pristine", *(HEADS[name] for name in names))


def line(name: str, group: Group, names: Sequence[str]) -> Line:
    return (name, str(group.damaged), str(group.pristine), *(shown(group.figures[figure]) for figure in names))


def shown(figure: Measured) -> str:
    """0.981 (0.974 to 0.987), of 95 %; a dash where there was nothing to measure it on."""
    if figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def aligned(lines: Sequence[Line]) -> list[str]:
    """Names to the left, figures under each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(one, widths, strict=True)).rstrip() for one in lines]


def _tables(found: Evaluation, short: bool) -> Iterable[list[str]]:
    yield [*_head(found), f"scored by {found.by}"]
    group = found.figures.overall
    yield aligned([heads(OVERALL), line("any damage", group, OVERALL)])
    if short:
        return
    kaputt = ((name, shown(figure)) for name, figure in found.figures.kaputt.items())
    yield ["by the names of the Kaputt protocol", *aligned(list(kaputt))]
    for title, top, lines in sections(found):
        yield [title, *aligned([top, *lines])]
    yield ["intervals of 95 %, by drawing products; the score at each rate: " + _thresholds(found)]


def _head(found: Evaluation) -> list[str]:
    data = found.data
    part = f", part {data.split}" if data.split else ""
    return [f"{data.path}{part}: {len(found.rows)} trays" + ("  SIMULATED" if data.simulated else "")]


def _thresholds(found: Evaluation) -> str:
    told = {"1pct": "1 %", "01pct": "0.1 %"}
    return ", ".join(
        f"{told[name]}: " + ("above all of them" if score is None else f"{score:.6g}")
        for name, score in found.figures.thresholds.items()
    )


def _worst(products: Mapping[str, Group]) -> dict[str, Group]:
    def alarms(name: str) -> float:
        return products[name].figures[ALARMS[0]].value or 0.0

    some = (name for name in sorted(products, key=alarms, reverse=True) if alarms(name) > 0)
    return {name: products[name] for name in islice(some, SHOWN_PRODUCTS)}


def figures_in_json(row: Row) -> dict[str, Any]:
    """Each as value, low and high."""
    return {name: figure.told() for name, figure in row.items()}


def _group(group: Group) -> dict[str, Any]:
    return {"damaged": group.damaged, "pristine": group.pristine, **figures_in_json(group.figures)}
