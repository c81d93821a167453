import ast
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

import pytest

from tests.architecture.tree import PACKAGES, ROOT, modules, project_files

# Names that say nothing about what is inside.
EMPTY_WORDS = {"base", "common", "helper", "helpers", "manager", "managers", "misc", "util", "utils"}

# Built, so that this file does not name what it looks for.
MACHINE_PATHS = re.compile(r"(?<![\w.$}-])/(?:home|root|work|workspace|Users)" + "/")
FOREIGN_FOLDERS = re.compile(r"(?<![\w-])shared" + "/")


def empty_file_names(files: Iterable[PurePath]) -> list[str]:
    return [
        str(file)
        for file in files
        if any(EMPTY_WORDS & set(re.split(r"[_\W]", part.lower())) for part in file.with_suffix("").parts)
    ]


def empty_class_names(root: Path = ROOT, packages: tuple[str, ...] = PACKAGES) -> list[str]:
    return [
        f"{path}:{node.lineno}: {node.name}"
        for path, module in modules(root, packages)
        for node in ast.walk(module)
        if isinstance(node, ast.ClassDef)
        and EMPTY_WORDS & set(re.findall("[a-z]+", re.sub("([A-Z])", r" \1", node.name).lower()))
    ]


def workplace_traces(root: Path, files: Iterable[Path]) -> list[str]:
    """Lines of text files that only make sense on the machine they were written on."""
    traces = []
    for file in files:
        content = (root / file).read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), 1):
            if MACHINE_PATHS.search(line) or FOREIGN_FOLDERS.search(line):
                traces.append(f"{file}:{number}: {line.strip()}")
    return traces


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert empty_file_names(project_files()) == []


def test_no_class_has_a_name_that_says_nothing() -> None:
    assert empty_class_names() == []


def test_no_committed_file_names_the_machine_it_was_written_on() -> None:
    assert workplace_traces(ROOT, project_files()) == []


@pytest.mark.parametrize("name", ["booth/utils.py", "drivers/camera_base.py", "tests/helpers/x.py", "docs/common.md"])
def test_an_empty_file_name_is_found(name: str) -> None:
    assert empty_file_names([PurePath(name)]) == [name]


def test_a_word_that_merely_contains_one_passes() -> None:
    assert empty_file_names([PurePath("booth/baseline.py"), PurePath("booth/database.py")]) == []


def test_an_empty_class_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "booth").mkdir()
    (tmp_path / "booth/line.py").write_text(
        "class Database: ...\nclass LineManager: ...\nclass BaseGate(Database): ...\n"
    )
    assert empty_class_names(tmp_path, ("booth",)) == ["booth/line.py:2: LineManager", "booth/line.py:3: BaseGate"]


@pytest.mark.parametrize("folder", ["/work", "/home", "../shared", "shared"])
def test_a_path_of_the_machine_it_was_written_on_is_found(tmp_path: Path, folder: str) -> None:
    (tmp_path / "notes.md").write_text(f"fine: /usr/share/inspection-booth/x, work/in/progress\nsee {folder}/design\n")
    (tmp_path / "picture.png").write_bytes(f"\0{folder}/design\n".encode())
    assert workplace_traces(tmp_path, [Path("notes.md"), Path("picture.png")]) == [f"notes.md:2: see {folder}/design"]
