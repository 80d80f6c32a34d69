"""How sure a measured share is: Wilson's interval for one share, a bootstrap over tasks and episodes for a mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

Z_95 = 1.959963984540054
"""The normal distribution's 97.5 % point."""
DRAWS = 2_000
"""Draws of a bootstrap: the ends of a 95 % interval move by less than a point from one run to the next."""


class Interval(NamedTuple):
    """A 95 % interval, both ends included."""

    low: float
    high: float


def wilson(successes: int, trials: int, z: float = Z_95) -> Interval:
    """Wilson's score interval of a share; (0, 1) without trials. Raises ValueError for impossible counts."""
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    if trials == 0:
        return Interval(0.0, 1.0)
    share = successes / trials
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    # At the ends rounding alone would leave the share outside its own interval.
    low = 0.0 if successes == 0 else middle - spread / scale
    high = 1.0 if successes == trials else middle + spread / scale
    return Interval(max(0.0, low), min(1.0, high))


def mean_over(results: Mapping[str, Sequence[float]]) -> float:
    """The mean of the groups' means; NaN when no group has a value."""
    means = [float(np.mean(values)) for values in results.values() if len(values)]
    return float(np.mean(means)) if means else math.nan


def bootstrap_over(results: Mapping[str, Sequence[float]], *, seed: int = 0, draws: int = DRAWS) -> Interval:
    """95 % interval of `mean_over`: groups are drawn with replacement, and within each its values.

    So it tells how much the mean would move with other tasks of the kind and other episodes. (NaN, NaN) without values.
    """
    groups = [np.asarray(values, dtype=np.float64) for _, values in sorted(results.items()) if len(values)]
    if not groups:
        return Interval(math.nan, math.nan)
    random = np.random.default_rng(seed)
    means = np.empty(draws)
    # All draws of one group at a time: (draws, values). Each draw of groups then picks among the drawn means.
    drawn = np.stack([group[random.integers(0, len(group), (draws, len(group)))].mean(axis=1) for group in groups])
    picked = random.integers(0, len(groups), (draws, len(groups)))
    for draw in range(draws):
        means[draw] = drawn[picked[draw], draw].mean()
    low, high = np.quantile(means, (0.025, 0.975))
    return Interval(float(low), float(high))


def paired_difference(
    one: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]], *, seed: int = 0, draws: int = DRAWS
) -> tuple[float, Interval]:
    """Mean of `one` less `other` over the groups that both have, and its 95 % interval; values are paired by place.

    Raises ValueError where a group's lengths differ.
    """
    both: dict[str, list[float]] = {}
    for group in sorted(one.keys() & other.keys()):
        both[group] = [a - b for a, b in zip(one[group], other[group], strict=True)]
    return mean_over(both), bootstrap_over(both, seed=seed, draws=draws)
