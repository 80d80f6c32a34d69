"""How well an attacker tells people apart: rank-1, equal error rate and AUC, with bootstrap intervals over people.

An attacker gives each trial (some windows of a session whose maker he looks for) one score a person, the higher the
likelier. Trials of one person are no independent evidence, so intervals come from drawing people, never trials.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]
"""(trials, people)"""
Whose = npt.NDArray[np.int64]
"""(trials,): the column of the person who really made each trial"""

BOOTSTRAPS = 300
INTERVAL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure with the interval that 95 of 100 draws of the people fall into."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Found:
    """What an attacker found. `rank1_chance` is what guessing reaches; of EER and AUC that is one half."""

    people: int
    trials: int
    rank1: Estimate
    eer: Estimate
    auc: Estimate
    rank1_chance: float


def found(scores: Scores, whose: Whose, *, seed: int, bootstraps: int = BOOTSTRAPS) -> Found:
    """The figures of these trials. Each person counts the same, however many trials are theirs.

    Raises ValueError when fewer than two people have a trial.
    """
    people = np.unique(whose)
    if len(people) < 2:
        raise ValueError(f"{len(people)} people with trials; telling people apart takes two")
    hits = np.array([np.mean(np.argmax(scores[whose == one], axis=1) == one) for one in people])
    own, others = _genuine(scores, whose)
    curves = [_Curve(own[whose == one], others[whose == one].ravel()) for one in people]
    dice = np.random.default_rng(seed)
    draws = dice.integers(0, len(people), (bootstraps, len(people)))
    drawn = np.array([_errors([curves[nth] for nth in draw]) for draw in draws])
    eer, auc = _errors(curves)
    return Found(
        people=len(people),
        trials=len(scores),
        rank1=estimate(float(hits.mean()), hits[draws].mean(axis=1)),
        eer=estimate(eer, drawn[:, 0]),
        auc=estimate(auc, drawn[:, 1]),
        rank1_chance=1 / scores.shape[1],
    )


def _genuine(scores: Scores, whose: Whose) -> tuple[npt.NDArray[np.float64], Scores]:
    """The score of the right person (trials,), and those of all others (trials, people - 1), by trial.

    A trial's scores are set against each other first: how likely a person is beside the rest, not how usual the trial.
    """
    top = scores.max(axis=1, keepdims=True)
    beside = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
    rows = np.arange(len(scores))
    others = np.ones(scores.shape, bool)
    others[rows, whose] = False
    return beside[rows, whose], beside[others].reshape(len(scores), -1)


BINS = 2048


class _Curve:
    """One person's genuine and impostor scores as shares a bin, so that drawing people is adding histograms."""

    def __init__(self, genuine: npt.NDArray[np.float64], impostor: npt.NDArray[np.float64]) -> None:
        # The logistic function keeps the order and maps every score between 0 and 1.
        self.genuine = np.bincount(_bins(genuine), minlength=BINS) / len(genuine)
        self.impostor = np.bincount(_bins(impostor), minlength=BINS) / len(impostor)


def _bins(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    share = np.exp(np.clip(scores, -40, 0) / 4)
    return np.minimum((share * BINS).astype(np.int64), BINS - 1)


def _errors(curves: list[_Curve]) -> tuple[float, float]:
    """(EER, AUC) of some people together."""
    genuine = np.sum([curve.genuine for curve in curves], axis=0) / len(curves)
    impostor = np.sum([curve.impostor for curve in curves], axis=0) / len(curves)
    below = np.cumsum(impostor) - impostor
    auc = float(np.sum(genuine * (below + impostor / 2)))
    # From accepting everybody to accepting nobody; where the two errors cross, between two thresholds, lies the EER.
    rejected = np.concatenate([[0.0], np.cumsum(genuine)])
    accepted = np.concatenate([[1.0], 1 - np.cumsum(impostor)])
    nth = int(np.argmax(rejected >= accepted))
    before = max(nth - 1, 0)
    gap, gap_before = rejected[nth] - accepted[nth], accepted[before] - rejected[before]
    share = gap_before / (gap + gap_before) if gap + gap_before > 0 else 0.0
    return float(rejected[before] + share * (rejected[nth] - rejected[before])), auc


def estimate(value: float, drawn: npt.NDArray[np.float64]) -> Estimate:
    """A figure with the middle 95 of 100 of what draws (of people) gave for it."""
    tail = 100 * (1 - INTERVAL) / 2
    low, high = np.percentile(drawn, [tail, 100 - tail])
    return Estimate(round(value, 4), round(float(low), 4), round(float(high), 4))


def pooled(windows: Scores, count: int | None) -> Scores:
    """One session's scores (windows, people) as trials that pool `count` windows in a row, or all of them for None.

    Pooled scores are means of logarithms. A session with fewer windows is one trial with what it has.
    """
    many = len(windows) if count is None else min(count, len(windows))
    sums = np.cumsum(np.vstack([np.zeros(windows.shape[1]), windows]), axis=0)
    trials: Scores = (sums[many:] - sums[:-many]) / many
    return trials
