"""Membership: was somebody's episode among those that a model learnt from? Told from its losses, and chance beside it.

Several models each learn from a random half. Each in turn is attacked, and the others, who did not learn from an
episode, tell how hard it is anyway: the score is how much less the attacked one loses on it than they do (a likelihood
ratio attack without its Gaussian, after Carlini et al. 2022). Pure.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from understudy.risk.scores import BOOTSTRAPS, Estimate, estimate

FALSE_ALARMS = 0.01
"""Where the share of members found is told besides the area: an attacker who must be sure."""
FEWEST = 20
"""Among fewer members or non-members no figure is told."""

Losses = npt.NDArray[np.float64]
"""(models, episodes)"""
Held = npt.NDArray[np.bool_]
"""(models, episodes): whether the model learnt from the episode"""


@dataclass(frozen=True)
class Membership:
    """How well members are told from others: the area under the curve (guessing: 0.5), and the share of members found
    at `FALSE_ALARMS` false ones (guessing: that share). Intervals are of draws of the people."""

    models: int
    episodes: int
    people: int
    auc: Estimate
    found: Estimate


def halves(people: Sequence[str], models: int, seed: int) -> Held:
    """(models, episodes): a random half of the episodes for each model, of everybody about half; `people` by episode.

    Models come in pairs of which one learns from what the other doesn't, so that each episode has both. With two pairs
    or more, whoever is attacked, another model is without each episode.
    """
    dice = random.Random(seed)
    held = np.zeros((models, len(people)), bool)
    for nth in range(0, models, 2):
        for person in sorted(set(people)):
            own = [episode for episode, whose in enumerate(people) if whose == person]
            dice.shuffle(own)
            # Of an odd number the half is now the smaller, now the larger.
            half = (len(own) + dice.randrange(2)) // 2
            held[nth, own[:half]] = True
        if nth + 1 < models:
            held[nth + 1] = ~held[nth]
    return held


def membership(losses: Losses, held: Held, people: Sequence[str], *, seed: int) -> Membership:
    """The attack's figures. Raises ValueError for fewer than two models, or too few members or others."""
    if len(losses) < 2:
        raise ValueError(f"{len(losses)} model: what an episode costs one that didn't learn from it takes another")
    scores: list[tuple[float, bool, str]] = []
    for model, row in enumerate(losses):
        for episode, loss in enumerate(row):
            others = [losses[nth, episode] for nth in range(len(losses)) if nth != model and not held[nth, episode]]
            if others:
                scores.append((float(np.mean(others)) - float(loss), bool(held[model, episode]), people[episode]))
    members = sum(member for _, member, _ in scores)
    if min(members, len(scores) - members) < FEWEST:
        raise ValueError(f"{members} members and {len(scores) - members} others; expected at least {FEWEST} of each")
    of: dict[str, list[tuple[float, bool]]] = {}
    for score, member, whose in scores:
        of.setdefault(whose, []).append((score, member))
    names = sorted(of)
    dice = np.random.default_rng(seed)
    drawn = []
    for _ in range(BOOTSTRAPS):
        some = [pair for nth in dice.integers(0, len(names), len(names)) for pair in of[names[nth]]]
        drawn.append(_figures(some))
    auc, share = _figures([pair for name in names for pair in of[name]])
    spread = np.array([one for one in drawn if np.isfinite(one[0])])
    return Membership(
        models=len(losses),
        episodes=len(people),
        people=len(names),
        auc=estimate(auc, spread[:, 0]),
        found=estimate(share, spread[:, 1]),
    )


def _figures(pairs: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """(AUC, share of members above the score that `FALSE_ALARMS` of the others reach); NaN without one or the other."""
    scores = np.array([score for score, _ in pairs])
    member = np.array([one for _, one in pairs], bool)
    inside, outside = scores[member], scores[~member]
    if not len(inside) or not len(outside):
        return float("nan"), float("nan")
    order = np.sort(outside)
    below = (np.searchsorted(order, inside, "left") + np.searchsorted(order, inside, "right")) / 2
    threshold = order[min(len(order) - 1, int(np.ceil(len(order) * (1 - FALSE_ALARMS))))]
    return float(below.mean() / len(outside)), float((inside > threshold).mean())
