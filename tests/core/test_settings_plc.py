"""A line has one owner: the booth, or a PLC."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from booth.settings import SettingsInvalid, load

PLC = {"listen": "127.0.0.1", "verdict_due_ms": 2000}


def edited(folder: Path, **changes: Any) -> Path:
    """config/sim.yaml with other top-level keys; None takes one out."""
    tree = yaml.safe_load(Path("config/sim.yaml").read_text()) | changes
    path = folder / "booth.yaml"
    path.write_text(yaml.safe_dump({key: part for key, part in tree.items() if part is not None}))
    return path


def test_a_plc_may_own_the_line_instead_of_the_booth(tmp_path: Path) -> None:
    settings = load(edited(tmp_path, line=None, plc=PLC))
    assert settings.plc is not None
    assert (settings.line, settings.plc.port, settings.plc.trays) == (None, 1502, 8)


@pytest.mark.parametrize("changes", [{"plc": PLC}, {"line": None}])
def test_a_line_with_two_owners_or_with_none_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsInvalid, match="either `line:`, which it keeps itself, or `plc:`"):
        load(edited(tmp_path, **changes))


def test_a_port_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"plc\.port"):
        load(edited(tmp_path, line=None, plc=PLC | {"port": 0}))
