from pathlib import Path

import pytest

from booth.settings import Settings, SettingsInvalid, load
from tests.architecture.tree import ROOT

CONFIGS = sorted((ROOT / "config").glob("*.yaml"))


def test_there_are_configs_to_load() -> None:
    assert ROOT / "config/sim.yaml" in CONFIGS


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_config_loads(config: Path) -> None:
    assert isinstance(load(config), Settings)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.name)
def test_a_misspelt_key_in_a_shipped_config_is_refused(config: Path, tmp_path: Path) -> None:
    misspelt = tmp_path / config.name
    misspelt.write_text(config.read_text() + "\nlightz: 1\n")
    with pytest.raises(SettingsInvalid, match="lightz"):
        load(misspelt)
