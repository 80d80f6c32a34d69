from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from understudy.risk.scores import _genuine, found, pooled


def trials(people: int, each: int, strength: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    whose = np.repeat(np.arange(people), each)
    scores = dice.normal(size=(people * each, people))
    scores[np.arange(len(whose)), whose] += strength
    return scores, whose


def test_chance_finds_what_chance_finds() -> None:
    told = found(*trials(40, 30, 0.0), seed=1)
    assert told.rank1_chance == 1 / 40
    assert told.rank1.low <= 1 / 40 <= told.rank1.high
    assert told.auc.value == pytest.approx(0.5, abs=0.03)
    assert told.eer.value == pytest.approx(0.5, abs=0.03)


def test_certainty_finds_everybody() -> None:
    told = found(*trials(40, 3, 50.0), seed=1)
    assert (told.rank1.value, told.rank1.low) == (1.0, 1.0)
    assert told.auc.value == pytest.approx(1.0, abs=0.001)
    assert told.eer.value == pytest.approx(0.0, abs=0.01)


def test_auc_is_the_area_that_scikit_learn_finds() -> None:
    scores, whose = trials(20, 15, 1.5)
    own, others = _genuine(scores, whose)
    labels = np.concatenate([np.ones(len(own)), np.zeros(others.size)])
    area = roc_auc_score(labels, np.concatenate([own, others.ravel()]))
    assert found(scores, whose, seed=1).auc.value == pytest.approx(area, abs=0.004)


def test_the_interval_is_of_people_not_of_trials() -> None:
    few, many = found(*trials(10, 50, 1.0), seed=1), found(*trials(80, 50, 1.0), seed=1)
    assert few.auc.high - few.auc.low > many.auc.high - many.auc.low


def test_somebody_with_many_trials_counts_once() -> None:
    scores = np.full((101, 2), -1.0)
    scores[:, 0] = 0.0
    whose = np.array([0] + [1] * 100)
    assert found(scores, whose, seed=1).rank1.value == 0.5


def test_the_same_seed_gives_the_same_figures() -> None:
    assert found(*trials(15, 4, 1.0), seed=3) == found(*trials(15, 4, 1.0), seed=3)


def test_one_person_is_told_apart_from_nobody() -> None:
    with pytest.raises(ValueError, match="takes two"):
        found(np.zeros((3, 2)), np.zeros(3, np.int64), seed=1)


def test_pooling_means_windows_in_a_row() -> None:
    windows = np.arange(12.0).reshape(6, 2)
    assert pooled(windows, 1).tolist() == windows.tolist()
    assert pooled(windows, 3).tolist() == [[2, 3], [4, 5], [6, 7], [8, 9]]
    assert pooled(windows, None).tolist() == pooled(windows, 100).tolist() == [[5, 6]]
