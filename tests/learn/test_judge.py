"""How surprised a policy is."""

from __future__ import annotations

import math
from types import SimpleNamespace

from understudy.learn.judge import losses
from understudy.learn.model import Sizes
from understudy.learn.policy import LearntPolicy
from understudy.learn.settings import TrainingSettings
from understudy.learn.train import train


def test_what_was_learnt_surprises_less(made_up: SimpleNamespace) -> None:
    settings = TrainingSettings(epochs=1, epoch_size=960, sizes=Sizes(width=16, heads=2, layers=1))
    episodes = made_up.episodes(8, 1)
    early = train(episodes, TrainingSettings(epochs=1, epoch_size=32, sizes=settings.sizes), device="cpu")
    late = train(episodes, settings, device="cpu")
    told = [
        losses(LearntPolicy(each.network, each.curriculum.operations, each.curriculum.vocabulary), episodes)
        for each in (early, late)
    ]
    assert len(told[0]) == 8
    assert sum(told[1]) < sum(told[0]) * 0.8
    empty = made_up.episode(0, "press", "nothing", [])
    policy = LearntPolicy(late.network, late.curriculum.operations, late.curriculum.vocabulary)
    assert math.isnan(losses(policy, [empty])[0])
