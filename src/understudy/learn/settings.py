"""How a policy is trained: one frozen value, kept in the model's manifest."""

from __future__ import annotations

from typing import Literal

import msgspec

from understudy.learn.augment import Variation
from understudy.learn.lessons import Corrections
from understudy.learn.model import Sizes


class TrainingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`epochs` of `epoch_size` looks each are drawn; `minutes` (None: no limit) ends sooner, and then how much was
    trained depends on the machine.

    `evenness` 0 gives every page the same share of an epoch, 1 each look. `tasks` are the pages to learn, () all;
    `demonstrations` the most episodes of each, None all. Only successful or unjudged episodes are taught unless
    `failures`. `shuffle_labels` and `observation` "after" are controls: targets taken from other turns of the page,
    and the screen as it was after the action.
    """

    seed: int = 0
    epochs: int = 60
    minutes: float | None = None
    epoch_size: int = 4_000
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    evenness: float = 0.35
    corrections: Corrections = "drop"
    tasks: tuple[str, ...] = ()
    demonstrations: int | None = None
    failures: bool = False
    shuffle_labels: bool = False
    observation: Literal["before", "after"] = "before"
    sizes: Sizes = Sizes()
    variation: Variation = Variation()


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Told after every few batches. `share` is how much of the training is done, 0 to 1; `loss` and `accuracy` are
    means since the last time; `lessons` how many looks are taught in all, `per_s` looks a second."""

    epoch: int
    step: int
    share: float
    loss: float
    accuracy: float
    lessons: int
    per_s: float
