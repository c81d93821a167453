from pathlib import Path

import pytest
import yaml

from booth.settings import load
from booth.settings.loading import SettingsInvalid

SIM = Path("config/sim.yaml")


def written(folder: Path, **recipe: object) -> Path:
    tree = yaml.safe_load(SIM.read_text())
    tree["recipe"] |= recipe
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


def test_a_gallery_is_beside_the_settings_and_the_newest_unless_a_version_is_named(tmp_path: Path) -> None:
    recipe = load(written(tmp_path, gallery="gallery")).recipe
    assert recipe.gallery == (tmp_path / "gallery").resolve()
    assert recipe.gallery_version is None
    assert load(written(tmp_path, gallery="gallery", gallery_version=3)).recipe.gallery_version == 3


def test_a_version_of_no_gallery_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match=r"recipe\.gallery_version.*no `gallery:`"):
        load(written(tmp_path, gallery_version=3))


@pytest.mark.parametrize("name", ["../tea", "", ".tea"])
def test_a_product_has_a_name_that_a_gallery_could_have(tmp_path: Path, name: str) -> None:
    own = {"thresholds": [{"lanes": ["appearance"], "divert_at": 0.9}]}
    assert load(written(tmp_path, products={"tea-01": own})).recipe.products["tea-01"].thresholds[0].divert_at == 0.9
    with pytest.raises(SettingsInvalid, match=r"recipe\.products"):
        load(written(tmp_path, products={name: own}))
