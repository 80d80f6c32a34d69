from __future__ import annotations

import numpy as np
import pytest

from understudy.risk.membership import halves, membership

PEOPLE = [f"p{nth % 12}" for nth in range(300)]


def losses(held: np.ndarray, gain: float, seed: int = 0) -> np.ndarray:
    """Hard and easy episodes, noise, and what having learnt from one gains."""
    dice = np.random.default_rng(seed)
    hard = dice.gamma(2, 1, held.shape[1])
    return hard + dice.normal(0, 0.3, held.shape) - gain * held


def test_halves_are_halves_of_everybody() -> None:
    held = halves(PEOPLE, 4, seed=1)
    assert (held[0] == ~held[1]).all() and (held[2] == ~held[3]).all()
    assert (held[0] != held[2]).any()
    for person in set(PEOPLE):
        own = [episode for episode, whose in enumerate(PEOPLE) if whose == person]
        assert held[0, own].sum() in (12, 13)


def test_without_learning_by_heart_members_look_like_others() -> None:
    held = halves(PEOPLE, 4, seed=1)
    told = membership(losses(held, 0.0), held, PEOPLE, seed=1)
    assert told.auc.low <= 0.5 <= told.auc.high
    assert told.found.value < 0.05


def test_learning_by_heart_shows_although_episodes_differ_in_how_hard_they_are() -> None:
    held = halves(PEOPLE, 4, seed=1)
    told = membership(losses(held, 1.0), held, PEOPLE, seed=1)
    assert told.auc.low > 0.9
    assert told.found.value > 0.3
    assert (told.models, told.episodes, told.people) == (4, 300, 12)


def test_it_takes_two_models_and_some_episodes() -> None:
    held = halves(PEOPLE, 2, seed=1)
    with pytest.raises(ValueError, match="takes another"):
        membership(losses(held, 0.0)[:1], held[:1], PEOPLE, seed=1)
    with pytest.raises(ValueError, match="at least 20"):
        membership(losses(held, 0.0)[:, :15], held[:, :15], PEOPLE[:15], seed=1)
