"""Intervals: known values, and how often they hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from understudy.learn.intervals import bootstrap_over, mean_over, paired_difference, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (45, 50, 0.7864, 0.9565)],
)
def test_wilson_has_the_values_that_are_known(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=1e-4)


def test_wilson_refuses_impossible_counts() -> None:
    with pytest.raises(ValueError, match="11 successes of 10"):
        wilson(11, 10)


def test_tasks_weigh_the_same_however_many_episodes_they_have() -> None:
    assert mean_over({"a": [1.0] * 100, "b": [0.0]}) == 0.5
    assert math.isnan(mean_over({}))


def test_the_bootstrap_is_wide_where_tasks_differ_and_the_same_each_time() -> None:
    alike = {f"t{n}": [1.0, 0.0] * 25 for n in range(20)}
    apart = {f"t{n}": [float(n % 2)] * 50 for n in range(20)}
    narrow, wide = bootstrap_over(alike), bootstrap_over(apart)
    assert wide.high - wide.low > 2 * (narrow.high - narrow.low)
    assert wide == bootstrap_over(apart)
    assert math.isnan(bootstrap_over({}).low)


def test_the_bootstrap_holds_the_true_mean_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    held = 0
    for trial in range(60):
        shares = random.uniform(0, 1, 30)  # tasks of a kind whose mean share is 0.5
        results = {f"t{n}": list(random.binomial(1, share, 20).astype(float)) for n, share in enumerate(shares)}
        interval = bootstrap_over(results, seed=trial, draws=300)
        held += interval.low <= 0.5 <= interval.high
    assert held >= 51


def test_a_paired_difference_is_surer_than_two_means() -> None:
    shares = {f"t{n}": [float(n % 2)] * 20 for n in range(20)}
    better = {task: [1.0, *values[1:]] for task, values in shares.items()}
    difference, interval = paired_difference(better, shares)
    assert difference == pytest.approx(0.025)
    assert 0 <= interval.low < interval.high < 0.06
