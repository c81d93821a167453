"""What the repository consists of."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("booth", "drivers", "fakes")


def project_files(root: Path = ROOT) -> list[Path]:
    """Every file that is or would be committed, relative to `root`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [Path(name) for name in sorted(filter(None, listed.split("\0"))) if (root / name).is_file()]


def modules(root: Path = ROOT, packages: tuple[str, ...] = PACKAGES) -> Iterator[tuple[Path, ast.Module]]:
    """Each module under `packages`, as its path relative to `root` and its syntax tree."""
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"))
