"""How long functions and files are. As a command, prints the figures."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from tests.architecture.tree import PACKAGES, ROOT, modules

Definition = ast.FunctionDef | ast.AsyncFunctionDef

LONGEST_FUNCTION = 60
LONGEST_FILE = 400
MEDIAN_FUNCTION = 8
P90_FUNCTION = 25


@dataclass(frozen=True)
class Function:
    """A function with a body: a protocol's verbs and overloads, which are all docstring or `...`, do not count."""

    where: str
    lines: int  # from `def` to the last line, the docstring not counted: a contract may be long


def functions(root: Path = ROOT, packages: tuple[str, ...] = PACKAGES) -> list[Function]:
    return [
        Function(f"{path}:{node.lineno}: {node.name}", length(node))
        for path, module in modules(root, packages)
        for node in ast.walk(module)
        if isinstance(node, Definition) and code(node)
    ]


def length(node: Definition) -> int:
    docstring = 0
    if ast.get_docstring(node) is not None:
        docstring = (node.body[0].end_lineno or 0) - node.body[0].lineno + 1
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def code(node: Definition) -> list[ast.stmt]:
    """The statements that do something."""
    return [one for one in node.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]


def too_long(found: Iterable[Function]) -> list[str]:
    return [f"{one.where} has {one.lines} lines" for one in found if one.lines > LONGEST_FUNCTION]


def too_long_files(root: Path = ROOT, packages: tuple[str, ...] = (*PACKAGES, "tests")) -> list[str]:
    counted = (
        (path, len((root / path).read_text(encoding="utf-8").splitlines())) for path, _ in modules(root, packages)
    )
    return [f"{path} has {lines} lines" for path, lines in counted if lines > LONGEST_FILE]


def figures(found: Iterable[Function]) -> tuple[float, float]:
    """Median and 90th percentile of the lengths, in lines."""
    lengths = [one.lines for one in found]
    return median(lengths), quantiles(lengths, n=10, method="inclusive")[-1]


if __name__ == "__main__":
    everything = functions()
    middle, p90 = figures(everything)
    print(
        f"{len(everything)} functions: median {middle:g} lines, p90 {p90:g}, longest {max(f.lines for f in everything)}"
    )
