from pathlib import Path

import pytest

from tests.architecture import sizes


@pytest.fixture(scope="module")
def found() -> list[sizes.Function]:
    return sizes.functions()


def test_no_function_is_longer_than_a_screen(found: list[sizes.Function]) -> None:
    assert sizes.too_long(found) == []


def test_half_of_all_functions_are_read_at_a_glance(found: list[sizes.Function]) -> None:
    median, p90 = sizes.figures(found)
    assert median <= sizes.MEDIAN_FUNCTION
    assert p90 <= sizes.P90_FUNCTION


def test_no_file_outgrows_its_reader() -> None:
    assert sizes.too_long_files() == []


def write(folder: Path, name: str, text: str) -> None:
    (folder / "booth").mkdir(exist_ok=True)
    (folder / "booth" / name).write_text(text)


def test_a_function_of_61_lines_is_found_and_its_docstring_is_not_held_against_it(tmp_path: Path) -> None:
    docstring = '    """One\n\n    two.\n    """\n'
    write(tmp_path, "fits.py", "def fits():\n" + docstring + "    x = 1\n" * 59)
    write(tmp_path, "nested.py", "class A:\n    async def grew(self):\n" + "        x = 1\n" * 60)
    assert sizes.too_long(sizes.functions(tmp_path, ("booth",))) == ["booth/nested.py:2: grew has 61 lines"]


def test_a_protocol_of_short_verbs_does_not_improve_the_figures(tmp_path: Path) -> None:
    write(tmp_path, "protocols.py", 'class P:\n    def a(self): ...\n    def b(self):\n        """Does b."""\n')
    write(tmp_path, "long.py", "def long():\n" + "    x = 1\n" * 29 + "def longer():\n" + "    x = 1\n" * 29)
    assert sizes.figures(sizes.functions(tmp_path, ("booth",))) == (30, 30)


def test_a_file_of_401_lines_is_found(tmp_path: Path) -> None:
    write(tmp_path, "fits.py", "x = 1\n" * 400)
    write(tmp_path, "grew.py", "x = 1\n" * 401)
    assert sizes.too_long_files(tmp_path, ("booth",)) == ["booth/grew.py has 401 lines"]
