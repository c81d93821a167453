"""The figures that the card reports come from models/training/head.py: a script beside the packages, loaded by path."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "models" / "training" / "head.py"


@pytest.fixture(scope="module")
def head() -> ModuleType:
    spec = importlib.util.spec_from_file_location("head", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["head"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_auroc_counts_the_pairs_that_are_ranked_rightly(head: ModuleType) -> None:
    rng = np.random.default_rng(1)
    scores, damaged = rng.integers(0, 8, 60).astype(float), rng.random(60) < 0.3
    pairs = [(bad > good) + (bad == good) / 2 for bad in scores[damaged] for good in scores[~damaged]]
    assert head.auroc(scores, damaged) == pytest.approx(np.mean(pairs))


def test_recall_is_counted_above_the_share_of_pristine_trays(head: ModuleType) -> None:
    scores = np.concatenate((np.arange(100) / 100, [0.5, 0.985, 0.999, 1.0]))
    damaged = np.arange(104) >= 100
    assert head.recall_at_fpr(scores, damaged, 0.01) == pytest.approx(0.75)


def test_the_fit_finds_the_direction_that_parts_the_classes(head: ModuleType) -> None:
    rng = np.random.default_rng(2)
    damaged = rng.random(400) < 0.2
    features = rng.normal(0, 1, (400, 3)) * (1, 50, 1) + (5, 0, 0) + damaged[:, None] * (4.0, 0, 0)
    fitted = head.fit(features, damaged, ridge=1e-3)
    assert head.auroc(fitted.logit(features), damaged) > 0.99
    assert abs(fitted.weights[1]) < abs(fitted.weights[0]) / 50
    scaled = fitted.scaled(2.0, 1.0)
    assert scaled.logit(features) == pytest.approx(2 * fitted.logit(features) + 1)
